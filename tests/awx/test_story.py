"""playbooks/awx.yml with the real modules of awx.awx: what it makes, and what it leaves alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.kinds import KINDS
from ansible_collections.popsink.data_plane.plugins.plugin_utils.input_collection import argument_spec

from tests.awx.conftest import PLAYBOOKS, new_awx
from tests.awx.definitions import CANARY, LITTLE, SECRETS, SLACK, WEBHOOK
from tests.awx.playbook import Run, run
from tests.awx.standin.facts import API
from tests.awx.standin.server import Server
from tests.awx.standin.store import Object
from tests.tools.environment import ROOT


@dataclass(frozen=True)
class Story:
    """An empty AWX: a check, a run, the same again."""

    awx: Server
    check: Run
    first: Run
    second: Run

    def all(self, kind: str) -> dict[str, Object]:
        return {item["name"]: item for item in self.awx.api.store.all(kind)}

    def surveys(self) -> dict[str, list[Object]]:
        surveyed = [*self.all("job_templates").values(), *self.all("workflow_job_templates").values()]
        return {item["name"]: self.awx.api.store.surveys.get(item["id"], {}).get("spec", []) for item in surveyed}


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    for awx in new_awx():
        notified = {"popsink_awx_notifications": [SLACK, WEBHOOK], "popsink_awx_backup_place": "s3://backups/popsink"}
        runs = [run(awx, *options, **SECRETS, **notified) for options in (["--check"], ["-vvv"], ["-vvv"])]
        yield Story(awx, *runs)


def test_check_writes_nothing_and_tells_all(story: Story) -> None:
    assert (story.check.code, story.check.writes) == (0, [])
    told = set(re.findall(r"\(item=(.+?)\)(?: => ?)?$", story.check.output, re.MULTILINE))
    kinds = {"Team": "teams", "Job template": "job_templates", "Credential": "credentials", "Schedule": "schedules"}
    assert {f"{word} {name}" for word, kind in kinds.items() for name in story.all(kind)} - told == set()
    assert story.check.changed > 0


def test_run_makes_everything(story: Story) -> None:
    assert story.first.code == 0, story.first.output[-3000:]
    assert [request for request in story.first.requests if request.status >= 400] == []


def test_second_run_sends_no_write(story: Story) -> None:
    assert (story.second.code, story.second.writes, story.second.changed) == (0, [], 0)


def test_no_output_has_a_secret(story: Story) -> None:
    assert [run.output.count(CANARY) for run in (story.check, story.first, story.second)] == [0, 0, 0]
    # A module that is handed over as a file would be named.
    assert "AnsiballZ_credential.py" not in story.first.output
    inputs = story.all("credentials")["Popsink vault password"]["inputs"]
    told = story.all("notification_templates")["Popsink channel"]["notification_configuration"]
    assert (inputs, told["token"]) == ({"vault_password": CANARY}, CANARY)


def test_every_playbook_has_a_job_template(story: Story) -> None:
    used = {item["playbook"] for item in story.all("job_templates").values()}
    assert set(PLAYBOOKS) - used == {"playbooks/awx.yml"}
    assert used - set(PLAYBOOKS) == set()


def test_job_templates_are_given_what_they_need(story: Story) -> None:
    store, credentials = story.awx.api.store, story.all("credentials")
    ids = {credentials[n]["id"] for n in ("Popsink vault password", "Popsink cluster", "Popsink image registry")}
    for name, item in story.all("job_templates").items():
        assert ids <= set(store.lists[item["id"], "credentials"]), name
        assert store.lists[item["id"], "labels"] == [story.all("labels")["popsink"]["id"]], name
        assert json.loads(item["extra_vars"])["popsink_secrets_store"] == "cluster", name
        assert item["ask_limit_on_launch"], name


def test_backup_is_named_by_its_job(story: Story) -> None:
    given = json.loads(story.all("job_templates")["Popsink: back up"]["extra_vars"])
    assert given["backup_place"] == "s3://backups/popsink"
    assert "{{ backup_place ~" in given["popsink_backup_file"]
    assert story.all("schedules")["Popsink: nightly backup"]["enabled"]


def test_survey_answers_are_inputs(story: Story) -> None:
    """Each choice and default is one that the input's own spec takes, as the text that a survey makes of it."""
    spec = argument_spec()
    for name, questions in story.surveys().items():
        for question in questions:
            variable = question["variable"]
            assert variable in spec, (name, variable)
            for answer in _answers(question):
                result = ArgumentSpecValidator({variable: spec[variable]}).validate({variable: answer})
                assert result.error_messages == [], (name, question)


def _answers(question: Object) -> list[Any]:
    choices = question.get("choices", "").splitlines()
    chosen = [[choice] for choice in choices] if question["type"] == "multiselect" else choices
    return [*chosen, *([question["default"]] if question["default"] != "" else [])]


def test_questions_have_what_the_pages_of_awx_need(story: Story) -> None:
    """A default that is text where there is none, and choices one a line."""
    questions = [question for survey in story.surveys().values() for question in survey]
    assert {type(question.get("default")) for question in questions if question["type"] != "integer"} == {str}
    assert {type(question["choices"]) for question in questions if "choices" in question} == {str}


def test_everything_that_can_be_rotated_can_be_chosen(story: Story) -> None:
    (question,) = story.surveys()["Popsink: rotate"]
    assert sorted(question["choices"].splitlines()) == sorted(KINDS)


def test_variables_of_jobs_and_credentials_are_inputs(story: Story) -> None:
    spec = argument_spec()
    given = [json.loads(item["extra_vars"]) for item in story.all("job_templates").values()]
    injected = [item["injectors"].get("extra_vars", {}) for item in story.all("credential_types").values()]
    unknown = {name for names in [*given, *injected] for name in names if name not in spec}
    # What popsink_backup_file is made of.
    assert unknown == {"backup_place"}


def test_secret_fields_are_marked(story: Story) -> None:
    mine = [item for item in story.all("credential_types").values() if not item["managed"]]
    fields = {field["id"]: field.get("secret", False) for item in mine for field in item["inputs"]["fields"]}
    assert fields == {
        "token": True,
        "snippet": True,
        "secret_access_key": True,
        "dsn": True,
        "access_key_id": False,
        "region": False,
        "endpoint": False,
    }


def test_workflow_goes_from_preflight_to_the_others(story: Story) -> None:
    store = story.awx.api.store
    nodes = {node["id"]: node for node in store.all("workflow_job_template_nodes")}
    following = {
        node["identifier"]: [
            nodes[number]["identifier"] for number in store.lists.get((node["id"], "success_nodes"), [])
        ]
        for node in nodes.values()
    }
    way = ["preflight"]
    while following[way[-1]]:
        (step,) = following[way[-1]]
        way.append(step)
    assert way == ["preflight", "agree-staging", "staging", "verify-staging", "agree-others", "others"]
    limits = {node["identifier"]: (node["limit"], node["job_slice_count"]) for node in nodes.values()}
    assert (limits["staging"], limits["others"]) == (("staging", None), ("data_planes:!staging", 1))


def test_teams_may_what_they_should(story: Story) -> None:
    store, teams = story.awx.api.store, story.all("teams")
    held = {
        name: {
            (r["object_kind"], r["role_field"])
            for r in store.all("roles")
            if team["id"] in store.lists.get((r["id"], "teams"), [])
        }
        for name, team in teams.items()
    }
    looked_at = {(kind, "read_role") for kind in ("job_templates", "workflow_job_templates", "inventories", "projects")}
    assert held == {
        "Popsink operators": {("job_templates", "execute_role"), ("workflow_job_templates", "execute_role")},
        "Popsink approvers": {("workflow_job_templates", "approval_role"), *looked_at},
        "Popsink readers": looked_at,
    }


def test_notifications_are_attached(story: Story) -> None:
    store, told = story.awx.api.store, story.all("notification_templates")
    (workflow,) = story.all("workflow_job_templates").values()
    lists = {event: store.lists.get((workflow["id"], f"notification_templates_{event}"), []) for event in _EVENTS}
    channel, hook = told["Popsink channel"]["id"], told["Popsink hook"]["id"]
    assert lists == {"started": [], "success": [hook], "error": [channel], "approvals": [channel]}


_EVENTS = ("started", "success", "error", "approvals")


def test_what_is_left_out_stays_until_it_is_named(story: Story) -> None:
    """Runs after what looks at all of it: the last of the story."""
    awx = story.awx
    assert run(awx, **LITTLE).writes == []
    going = {
        "schedules": [{"name": "Popsink: nightly backup", "unified_job_template": "Popsink: back up"}],
        "nodes": [{"workflow": "Popsink: roll out in stages", "identifier": "others"}],
        "workflows": ["Popsink: roll out in stages"],
        "job_templates": ["Popsink: back up"],
        "notifications": ["Popsink hook"],
        "credentials": [{"name": "Popsink backup bucket", "credential_type": "Popsink backup bucket"}],
        "credential_types": ["Popsink database administrator"],
        "teams": ["Popsink readers"],
    }
    assert run(awx, "--check", **LITTLE, popsink_awx_absent=going).writes == []
    gone = run(awx, **LITTLE, popsink_awx_absent=going)
    assert {method for method, _path in gone.writes} == {"DELETE"}
    assert len(gone.writes) == len(going)
    assert "Popsink: roll out" in story.all("job_templates")
    assert "Popsink: back up" not in story.all("job_templates")
    again = run(awx, **LITTLE, popsink_awx_absent=going)
    assert (again.code, again.writes, again.changed) == (0, [], 0)


def test_defaults_of_notifications_are_those_of_awx() -> None:
    own = yaml.safe_load((ROOT / "roles/awx/vars/main.yml").read_text("utf-8"))["__popsink_awx_notification_defaults"]
    filled_in = {
        kind: {name: parameter["default"] for name, parameter in parameters.items() if "default" in parameter}
        for kind, parameters in API["notification_types"].items()
    }
    assert own == {kind: defaults for kind, defaults in filled_in.items() if defaults}


def test_what_was_changed_by_hand_comes_back(awx: Server) -> None:
    """Of a promise: what a job may be told when it is launched, and that a workflow's jobs do what they say."""
    little = {**LITTLE, "popsink_awx_job_templates": _TEMPLATES, "popsink_awx_workflows": _WORKFLOWS}
    assert run(awx, **little).code == 0
    for kind, changes in _BY_HAND.items():
        for item in awx.api.store.all(kind):
            assert [name for name in changes if item[name] == changes[name]] == []
    before = {kind: [dict(item) for item in awx.api.store.all(kind)] for kind in _BY_HAND}
    for kind, changes in _BY_HAND.items():
        for item in awx.api.store.all(kind):
            item.update(changes)
    mended = run(awx, **little)
    assert (mended.code, len(mended.writes)) == (0, 3)
    assert {kind: awx.api.store.all(kind) for kind in _BY_HAND} == before
    assert run(awx, **little).writes == []


_TEMPLATES = [{"name": "A", "playbook": "playbooks/site.yml"}]
_WORKFLOWS = [{"name": "B", "nodes": [{"identifier": "a", "unified_job_template": "A"}]}]
_BY_HAND: dict[str, Object] = {
    "job_templates": {
        **dict.fromkeys(
            [f"ask_{what}_on_launch" for what in ("variables", "inventory", "tags", "skip_tags", "scm_branch")], True
        ),
        "limit": "one",
        "skip_tags": "verify",
        "allow_simultaneous": True,
        "job_slice_count": 3,
    },
    "workflow_job_templates": {"ask_variables_on_launch": True, "extra_vars": '{"popsink_accept": ["storage"]}'},
    "workflow_job_template_nodes": {"job_type": "check"},
}
