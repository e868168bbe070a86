from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.definition import (
    Definition,
    contradictions,
    surveys,
)

A = {"name": "A"}
STEP = {"identifier": "n", "unified_job_template": "A"}
VAULT = {"name": "C", "credential_type": "Vault"}
DAILY = {"name": "S", "unified_job_template": "A"}
ROLE = {"role": "execute", "teams": ["T", "U"], "job_templates": ["A"]}
RIGHT: dict[str, Any] = {
    "organization": "O",
    "project_url": "u",
    "image": "i",
    "execution_environment": "e",
    "staging": "staging, paris",
    "job_templates": [A],
    "workflows": [{"name": "W", "nodes": [STEP]}],
    "credentials": [VAULT],
    "schedules": [DAILY],
    "roles": [ROLE],
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image": ""}, "popsink_awx_image is not set."),
        ({"execution_environment": ""}, "popsink_awx_execution_environment is not set."),
        ({"staging": "paris:&eu"}, "popsink_awx_staging is 'paris:&eu'."),
        ({"staging": " ,"}, "popsink_awx_staging is ' ,'."),
        ({"teams": [A, A]}, "popsink_awx_teams has a name twice"),
        ({"schedules": [DAILY, DAILY]}, "popsink_awx_schedules has a name twice"),
        (
            {"credential_inputs": ["C", "D"]},
            "popsink_awx_credential_inputs has D, and popsink_awx_credentials has none",
        ),
        ({"notification_secrets": ["N"]}, "popsink_awx_notification_secrets has N, and popsink_awx_notifications has"),
        ({"schedules": [{**DAILY, "unified_job_template": "B"}]}, "A workflow or a schedule names B, which"),
        ({"workflows": [{"name": "W", "nodes": [{**STEP, "unified_job_template": "B"}]}]}, "names B, which"),
        ({"workflows": [{"name": "W", "nodes": [STEP, STEP]}]}, "popsink_awx_workflows, W has a step twice: n."),
        ({"workflows": [{"name": "W", "nodes": [{"identifier": "n"}]}]}, "the step n must have one of"),
        ({"workflows": [{"name": "W", "nodes": [{**STEP, "approval_node": A}]}]}, "the step n must have one of"),
        ({"workflows": [{"name": "W", "nodes": [{**STEP, "success_nodes": ["m"]}]}]}, "leads to m, which is no step"),
        ({"absent": {"teams": ["X", "X"]}}, "popsink_awx_absent.teams has twice: X."),
        (
            {"absent": {"credentials": [{**VAULT, "name": "D"}] * 2}},
            "popsink_awx_absent.credentials has twice: D, Vault.",
        ),
        ({"absent": {"job_templates": ["A"]}}, "popsink_awx_absent.job_templates names what popsink_awx_job_templates"),
        (
            {"absent": {"credentials": [VAULT]}},
            "popsink_awx_absent.credentials names what popsink_awx_credentials makes",
        ),
        ({"absent": {"schedules": [DAILY]}}, "names what popsink_awx_schedules makes: S, A."),
        (
            {"absent": {"nodes": [{"workflow": "W", "identifier": "n"}]}},
            "names what popsink_awx_workflows makes: W, n.",
        ),
        ({"absent": {"roles": [{**ROLE, "teams": ["U"]}]}}, "popsink_awx_roles makes: execute, U, job_templates, A."),
        ({"absent": {"credential_types": ["Vault"]}}, "names the type of what popsink_awx_credentials makes: C."),
    ],
)
def test_contradiction_is_found(change: Any, said: str) -> None:
    (finding,) = contradictions(Definition({**RIGHT, **change}))
    assert said in finding.found
    assert finding.remedy


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"absent": {"credentials": [{**VAULT, "credential_type": "Machine"}], "credential_types": ["Other"]}},
        {"absent": {"schedules": [{**DAILY, "unified_job_template": "B"}], "roles": [{**ROLE, "role": "read"}]}},
        {"absent": {"nodes": [{"workflow": "V", "identifier": "n"}]}},
    ],
)
def test_what_only_looks_alike_is_none(change: Any) -> None:
    assert contradictions(Definition({**RIGHT, **change})) == []


def test_surveys_are_by_kind_and_name() -> None:
    question = {"question_name": "Q", "variable": "v", "type": "text", "required": True}
    asking = [{"name": "A", "survey": [question]}, {"name": "B", "survey": []}, {"name": "C", "survey": [{}]}]
    found, (finding,) = surveys(
        Definition({"job_templates": asking, "workflows": [{"name": "A", "survey": [question]}]})
    )
    assert found == {
        "job_templates": {"A": [{**question, "default": ""}], "C": []},
        "workflows": {"A": [{**question, "default": ""}]},
    }
    assert finding.found.startswith("popsink_awx_job_templates, C: the question 'number 1'")
