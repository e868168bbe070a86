from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.definition import Definition
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.references import misfits
from ansible_collections.popsink.data_plane.plugins.module_utils.awx.there import There, look

FIELDS = {"inputs": {"fields": [{"id": "t", "label": "T", "type": "string"}]}, "injectors": {"env": {"T": "{{ t }}"}}}
#: Two organizations, each with what the other has, too.
AWX: dict[str, list[dict[str, Any]]] = {
    "organizations": [{"id": 1, "name": "Mine"}, {"id": 2, "name": "Other"}],
    "credential_types": [
        {"id": 10, "name": "Vault", **FIELDS},
        {"id": 11, "name": "T", **FIELDS},
        {"id": 12, "name": "O", **FIELDS},
    ],
    "execution_environments": [
        {"id": 20, "name": "theirs", "organization": 2},
        {"id": 21, "name": "mine", "organization": 1},
        {"id": 22, "name": "everybody's", "organization": None},
    ],
    "credentials": [
        {"id": 30, "name": "same", "organization": 2, "credential_type": 10},
        {"id": 31, "name": "same", "organization": 1, "credential_type": 10},
        {"id": 32, "name": "theirs", "organization": 2, "credential_type": 11},
        {"id": 33, "name": "nobody's", "organization": None, "credential_type": 10},
        {"id": 34, "name": "twice", "organization": 1, "credential_type": 10},
        {"id": 35, "name": "twice", "organization": 1, "credential_type": 11},
        {"id": 36, "name": "own", "organization": 1, "credential_type": 12},
    ],
    "teams": [{"id": 40, "name": "team"}],
    "workflow_job_templates": [{"id": 50, "name": "W"}],
    "workflow_job_template_nodes": [{"id": 60, "identifier": "n", "workflow_job_template": 50}],
}
RIGHT: dict[str, Any] = {"organization": "Mine", "execution_environment": "mine", "job_templates": [{"name": "J"}]}


def there() -> There:
    return look("Mine", lambda kind, _query: AWX.get(kind, []))


def asked(credential: str) -> dict[str, Any]:
    return {"job_templates": [{"name": "J", "credentials": [credential]}]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"execution_environment": "new"},
        *({"job_credentials": [name]} for name in ("same", "theirs", "nobody's")),
        {"job_credentials": ["new"], "credentials": [{"name": "new", "credential_type": "Vault"}]},
        {"job_credentials": ["new"], "job_templates": []},
        {"inventory_credential": "new", "inventory_url": ""},
        {"credential_types": [{"name": "T", **FIELDS}]},
        {"credential_types": [{"name": "O", "inputs": {}, "injectors": {}}]},
        {"absent": {"credential_types": ["O"], "credentials": [{"name": "own", "credential_type": "O"}]}},
        {"credential_types": [{"name": "U", "inputs": {}, "injectors": {}}], "absent": {"credential_types": ["gone"]}},
        {"roles": [{"role": "use", "teams": ["team"], "credentials": ["same"], "organizations": ["Other"]}]},
        {"roles": [{"role": "use", "teams": ["new"], "projects": ["P"]}], "teams": [{"name": "new"}]},
    ],
)
def test_what_is_there_or_made_is_found(change: Any) -> None:
    assert misfits(Definition({**RIGHT, **change}, projects=("P",)), there()) == []


@pytest.mark.parametrize(
    ("change", "said", "remedy"),
    [
        (asked("sane"), "popsink_awx_job_templates, J: there is no credential sane, and", "Did you mean same?"),
        ({"job_credentials": ["new"]}, "popsink_awx_job_credentials: there is no credential new", "Make it in AWX"),
        (
            {"image_credential": "new", "project_credential": "new"},
            "popsink_awx_project_credential and 1 more: there is no credential new",
            "Make it in AWX",
        ),
        (
            {"inventory_credential": "new", "inventory_url": "u"},
            "popsink_awx_inventory_credential: there is no",
            "Make",
        ),
        (asked("twice"), "AWX has more than one credential twice (T of Mine, Vault of Mine).", "Rename one"),
        (
            {
                **asked("twice"),
                "absent": {"credentials": [{"name": "twice", "credential_type": n} for n in ("T", "Vault")]},
            },
            "there is no credential twice",
            "Make it in AWX",
        ),
        (
            {"credentials": [{"name": "C", "credential_type": "Valt"}]},
            "there is no type Valt, and",
            "Did you mean Vault?",
        ),
        ({"roles": [{"role": "read", "teams": ["tem"]}]}, "there is none of teams that is called tem.", "mean team?"),
        (
            {"roles": [{"role": "read", "teams": [], "workflows": ["V"]}]},
            "none of workflows that is called V",
            "Correct",
        ),
        (
            {"roles": [{"role": "read", "teams": ["team"]}], "absent": {"teams": ["team"]}},
            "none of teams that is called team",
            "Correct",
        ),
        (
            {"roles": [{"role": "use", "teams": [], "credentials": ["theirs"]}]},
            "none of credentials that is",
            "Correct",
        ),
        ({"execution_environment": "theirs"}, "is theirs, which is there and belongs to Other.", "give another one"),
        ({"execution_environment": "everybody's"}, "belongs to no organization.", "give another one"),
        (
            {"credential_types": [{"name": "T", **FIELDS, "injectors": {}}]},
            "T: AWX has another one of that name, and credentials of it: theirs of Other.",
            "give yours another name",
        ),
        (
            {"absent": {"credential_types": ["T"]}},
            "of which there are credentials: theirs of Other, twice of Mine",
            "Rem",
        ),
    ],
)
def test_what_leads_nowhere_is_found(change: Any, said: str, remedy: str) -> None:
    (finding,) = misfits(Definition({**RIGHT, **change}), there())
    assert said in finding.found
    assert remedy in finding.remedy


def test_ids_are_those_of_the_organization() -> None:
    ids = there().ids({"twice": "T", "theirs": "T"})
    assert ids["credentials"] == {"same": 31, "nobody's": 33, "twice": 35, "own": 36}
    assert ids["workflow_job_template_nodes"] == {"W/n": 60}
    assert there().ids({})["credentials"]["theirs"] == 32


def test_awx_is_asked_for_the_organization_alone_where_that_counts() -> None:
    queries: dict[str, Any] = {}
    look("Mine", lambda kind, query: queries.setdefault(kind, query) and ())
    everybodys = {"organizations", "credential_types", "execution_environments", "credentials"}
    assert {kind for kind, query in queries.items() if not query} == everybodys
    assert {value for query in queries.values() for value in query.values()} == {"Mine"}
