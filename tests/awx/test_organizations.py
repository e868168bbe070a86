"""Two organizations of one AWX, each with what the other has, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.awx.conftest import new_awx
from tests.awx.definitions import LITTLE, WEBHOOK
from tests.awx.playbook import Run, run
from tests.awx.standin.server import Server
from tests.awx.standin.store import Object

_KEY = {
    "name": "Key",
    "inputs": {"fields": [{"id": "key", "label": "Key"}]},
    "injectors": {"env": {"KEY": "{{ '{{' }} key }}"}},
}
_CHOICE = {"question_name": "Q", "variable": "popsink_karapace_schemas", "type": "multiplechoice", "required": False}
#: As little as has one of each kind, all under names that both have.
_BOTH: dict[str, Any] = {
    **LITTLE,
    "popsink_awx_credential_types": [_KEY],
    "popsink_awx_credentials": [{"name": "Mine", "credential_type": "Key"}, {"name": "V", "credential_type": "Vault"}],
    "popsink_awx_job_credentials": ["Mine"],
    "popsink_awx_job_templates": [
        {"name": "A", "playbook": "playbooks/site.yml", "survey": [{**_CHOICE, "choices": ["discard", "migrate"]}]}
    ],
    "popsink_awx_workflows": [{"name": "B", "nodes": [{"identifier": "a", "unified_job_template": "A"}]}],
    "popsink_awx_schedules": [
        {"name": "S", "unified_job_template": "A", "rrule": "DTSTART:20260101T010000Z RRULE:FREQ=DAILY;INTERVAL=1"}
    ],
    "popsink_awx_notifications": [WEBHOOK],
    "popsink_awx_teams": [{"name": "T"}],
    "popsink_awx_roles": [
        {"role": "execute", "teams": ["T"], "job_templates": ["A"], "workflows": ["B"]},
        {"role": "use", "teams": ["T"], "credentials": ["V"]},
    ],
}
_ORGANIZATIONS = ("Popsink", "Payments")


@dataclass(frozen=True)
class Story:
    """Each organization is made, looked at, and made again."""

    awx: Server
    checks: list[Run]
    first: list[Run]
    second: list[Run]
    #: What AWX had of the first before the second came.
    before: dict[str, dict[int, Object]]

    def of(self, kind: str, organization: str) -> list[Object]:
        (own,) = [item["id"] for item in self.awx.api.store.all("organizations") if item["name"] == organization]
        return [item for item in self.awx.api.store.all(kind) if item["organization"] == own]

    def listed(self, item: Object, name: str) -> list[int]:
        return self.awx.api.store.lists.get((item["id"], name), [])


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    for awx in new_awx():
        names = [{"popsink_awx_organization": name} for name in _ORGANIZATIONS]
        first = [run(awx, **_BOTH)]
        before = {kind: {n: dict(item) for n, item in items.items()} for kind, items in awx.api.store.objects.items()}
        checks = [run(awx, "--check", **_BOTH, popsink_awx_organization="Payments")]
        first.append(run(awx, **_BOTH, popsink_awx_organization="Payments"))
        checks += [run(awx, "--check", **_BOTH, **name) for name in names]
        second = [run(awx, **_BOTH, **name) for name in names]
        yield Story(awx, checks, first, second, before)


def test_both_are_made(story: Story) -> None:
    assert [run.code for run in story.first] == [0, 0], "".join(run.output[-2000:] for run in story.first)


def test_a_second_run_of_each_sends_no_write(story: Story) -> None:
    assert [(run.code, run.writes, run.changed) for run in story.second] == [(0, [], 0)] * 2


def test_check_sends_no_write(story: Story) -> None:
    assert [(run.code, run.writes) for run in story.checks] == [(0, [])] * 3
    assert [run.changed > 0 for run in story.checks] == [True, False, False]


def test_one_changes_nothing_of_the_other(story: Story) -> None:
    now = story.awx.api.store.objects
    assert {
        kind: {number: now[kind][number] for number in items} for kind, items in story.before.items()
    } == story.before


@pytest.mark.parametrize("organization", _ORGANIZATIONS)
def test_each_refers_to_its_own(story: Story, organization: str) -> None:
    ((template,), (inventory,), (project,), (environment,), (told,)) = (
        story.of(kind, organization)
        for kind in ("job_templates", "inventories", "projects", "execution_environments", "notification_templates")
    )
    assert environment["name"] == f"{organization} data plane"
    (mine,) = [item["id"] for item in story.of("credentials", organization) if item["name"] == "Mine"]
    referred = [template[name] for name in ("inventory", "project", "execution_environment")]
    assert referred == [inventory["id"], project["id"], environment["id"]]
    assert story.listed(template, "credentials") == [mine]
    assert story.listed(template, "notification_templates_success") == [told["id"]]
    (workflow,), (team,) = story.of("workflow_job_templates", organization), story.of("teams", organization)
    assert story.listed(workflow, "notification_templates_success") == [told["id"]]
    store = story.awx.api.store
    (schedule,) = [item for item in store.all("schedules") if item["unified_job_template"] == template["id"]]
    assert schedule["name"] == "S"
    (vault,) = [item["id"] for item in story.of("credentials", organization) if item["name"] == "V"]
    held = [role for role in store.all("roles") if team["id"] in story.listed(role, "teams")]
    assert sorted(role["object"] for role in held) == sorted([template["id"], workflow["id"], vault])


def test_what_goes_of_one_stays_of_the_other(story: Story) -> None:
    """Runs after what looks at all of it: the last of the story. With the type that a credential has, also again."""
    there = {"name": "V", "credential_type": "Vault"}
    own_type = {
        "credential_types": [{**_KEY, "name": "Other"}],
        "credentials": [{"name": "O", "credential_type": "Other"}],
    }
    added = {f"popsink_awx_{name}": entries for name, entries in own_type.items()}
    little: dict[str, Any] = {**LITTLE, "popsink_awx_organization": "Payments"}
    assert run(story.awx, **{**little, **added}).code == 0
    going = {
        "roles": [{"role": "use", "teams": ["T"], "credentials": ["V"]}],
        "schedules": [{"name": "S", "unified_job_template": "A"}],
        "nodes": [{"workflow": "B", "identifier": "a"}],
        "workflows": ["B"],
        "job_templates": ["A"],
        "notifications": ["Popsink hook"],
        "credentials": [there, {"name": "O", "credential_type": "Other"}],
        "credential_types": ["Other"],
        "teams": ["T"],
    }
    gone, again = (run(story.awx, **little, popsink_awx_absent=going) for _time in range(2))
    assert (gone.code, len(gone.writes)) == (0, 10), gone.output[-2000:]
    assert (again.code, again.writes, again.changed) == (0, [], 0), again.output[-2000:]
    assert run(story.awx, **_BOTH).writes == []
    assert [len(story.of("job_templates", organization)) for organization in _ORGANIZATIONS] == [1, 0]
