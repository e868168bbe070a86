"""What came of a roll-out, of one deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.plugin_utils.summary import STEPS, Place, Summary

from tests.tools.environment import ROOT

IN_CLUSTER = Place("a", "popsink", "data")
IN_FILE = Place("a", "popsink", "data", "/inventory/host_vars/a/popsink_secrets.yml")

PLANNED: dict[str, Any] = {
    "__popsink_plan": {
        "chart": {"version": "0.1.0-alpha.205"},
        "url": "https://a.example",
        "findings": [{"id": "sizing.pdb", "status": "warn"}],
    },
    "__popsink_preflight": {
        "failed_checks": [],
        "findings": [{"id": "ingress.dns", "status": "warn"}, {"id": "cluster.nodes", "status": "pass"}],
    },
}
CHANGED = {"changed": True}
VERIFIED = {"__popsink_verify": {"changed": False, "works": True}}
FIRST = {
    **PLANNED,
    "__popsink_secrets": {"changed": True, "generated": ["jwt_secret"]},
    "__popsink_release": {"changed": True, "revision": 1},
    **VERIFIED,
}
FAILED_CHECK = {
    **PLANNED,
    "__popsink_preflight": {
        "failed_checks": ["cluster.nodes"],
        "findings": [{"id": "cluster.nodes", "status": "fail"}],
    },
}


def told(results: dict[str, Any], place: Place = IN_CLUSTER, *, check: bool = False) -> list[str]:
    return Summary.of(place, results, check=check).lines()


def test_the_first_roll_out() -> None:
    assert told(FIRST) == [
        "a: works",
        "  release    popsink 0.1.0-alpha.205, revision 1, namespace data",
        "  changed    secrets, release",
        "  URL        https://a.example",
        "  next step  Back up the secrets, which only the cluster has, with playbooks/backup.yml.",
    ]


def test_nothing_to_do() -> None:
    assert told({**PLANNED, **VERIFIED}) == [
        "a: works",
        "  release    popsink 0.1.0-alpha.205, namespace data",
        "  changed    nothing",
        "  URL        https://a.example",
    ]


def test_a_failed_check() -> None:
    assert told(FAILED_CHECK) == [
        "a: failed at prerequisites",
        "  reason     failed checks: cluster.nodes",
        "  release    popsink 0.1.0-alpha.205, namespace data",
        "  changed    nothing",
        "  URL        https://a.example",
        "  next step  Correct what is named above, and run again: nothing was changed.",
    ]


@pytest.mark.parametrize(
    ("results", "place", "check", "state", "next_step"),
    [
        (FIRST, IN_FILE, False, "works", f"Commit {IN_FILE.secrets_file}, and back it up with playbooks/backup.yml."),
        (FIRST, IN_CLUSTER, True, "would change", "Run without check mode."),
        ({**PLANNED, **VERIFIED}, IN_CLUSTER, True, "as planned", ""),
        ({**PLANNED, "__popsink_pull_secret": CHANGED}, IN_CLUSTER, False, "not verified",
         "See whether it works, with --tags verify."),
        ({}, IN_CLUSTER, False, "not verified", "See whether it works, with --tags verify."),
    ],
)  # fmt: skip
def test_state_and_next_step(results: dict[str, Any], place: Place, check: bool, state: str, next_step: str) -> None:
    summary = Summary.of(place, results, check=check)
    assert (summary.state, summary.next_step) == (state, next_step)


@pytest.mark.parametrize(
    ("results", "step", "reason"),
    [
        ({"__popsink_plan": {"failed": True, "msg": "The inputs cannot be used.\nFAIL  inputs.type"}},
         "prerequisites", "The inputs cannot be used."),
        ({"__popsink_fleet": {"failed": True, "msg": "Deployments share"}}, "prerequisites", "Deployments share"),
        ({**PLANNED, "__popsink_database": {"failed": True, "msg": ""}}, "database", "told above"),
        ({**FIRST, "__popsink_verify": {"failed": True, "msg": "It does not work.\n..."}}, "verify",
         "It does not work."),
    ],
)  # fmt: skip
def test_where_it_failed(results: dict[str, Any], step: str, reason: str) -> None:
    summary = Summary.of(IN_CLUSTER, results, check=False)
    assert (summary.state, summary.failed_step, summary.reason) == ("failed", step, reason)


def test_the_facts_for_the_next_job() -> None:
    assert Summary.of(IN_CLUSTER, FIRST, check=False).as_dict() == {
        "state": "works",
        "release": "popsink",
        "namespace": "data",
        "chart_version": "0.1.0-alpha.205",
        "revision": 1,
        "changed": ["secrets", "release"],
        "failed_step": "",
        "findings": {"warn": ["sizing.pdb", "ingress.dns"]},
        "url": "https://a.example",
    }


def registered(role: str) -> set[str]:
    """Variables that hold what its tasks returned."""
    files = (ROOT / "roles" / role / "tasks").rglob("*.yml")
    tasks = [task for file in files for task in yaml.safe_load(file.read_text("utf-8"))]
    return {task["register"] for task in tasks if "register" in task}


@pytest.mark.parametrize("playbook", ["site", "move_database"])
def test_what_the_roles_of_a_playbook_register_is_gathered(playbook: str) -> None:
    (play,) = yaml.safe_load(Path(ROOT, f"playbooks/{playbook}.yml").read_text("utf-8"))
    (run,) = play["tasks"]
    roles = [task["ansible.builtin.import_role"]["name"].rpartition(".")[2] for task in run["block"]]
    assert roles == [step for step in STEPS if step in roles]
    assert {role: registered(role) - set(STEPS[role]) for role in roles} == {role: set() for role in roles}
    assert all("popsink_summary" in name for task in run["always"] for name in task if "." in name)


def test_a_move_that_failed() -> None:
    failed = {**PLANNED, "__popsink_moved": {"failed": True, "msg": "The content differs."}}
    assert told(failed)[0] == "a: failed at move"
