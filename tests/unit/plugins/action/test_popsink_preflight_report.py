"""The report on all deployments of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_preflight_report
from ansible_collections.popsink.data_plane.plugins.action.popsink_preflight_report import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import Finding, failed, passed, warned

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.samples import variables

GOOD, BAD = passed("cluster.version", "Kubernetes 1.36"), failed("cluster.nodes", "1 of 2 nodes fit", "Add nodes.")
OLD = warned("ingress.certificate", "It ends in 3 days.", "Renew it.")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(popsink_preflight_report.display, "display", lines.append)
    return lines


def run(loader: DataLoader, folder: Path, findings: dict[str, list[Finding] | None], **args: Any) -> dict[str, Any]:
    hosts = {
        host: {}
        if found is None
        else {"__popsink_preflight": {"findings": [item.as_dict() for item in found], "left_out": ["nodes.capacity"]}}
        for host, found in findings.items()
    }
    around = {
        **variables(folder),
        "ansible_play_hosts_all": [*hosts, "later"],
        "ansible_play_batch": list(hosts),
        "hostvars": {**hosts, "later": {}},
    }
    result: dict[str, Any] = action_of(ActionModule, loader, args).run(task_vars=around)
    return result


@pytest.mark.parametrize(
    ("whole", "lines"),
    [
        (False, ["WARN  ingress.certificate  It ends in 3 days.", "                           -> Renew it."]),
        (
            True,
            [
                "FAIL  cluster.nodes        1 of 2 nodes fit",
                "                           -> Add nodes.",
                "WARN  ingress.certificate  It ends in 3 days.",
                "                           -> Renew it.",
                "PASS  cluster.version      Kubernetes 1.36",
            ],
        ),
    ],
)
def test_one_deployment(loader: DataLoader, tmp_path: Path, told: list[str], whole: bool, lines: list[str]) -> None:
    run(loader, tmp_path, {"a": [GOOD, BAD, OLD]}, whole=whole)
    assert told == [*lines, "[a] 1 of 3 checks passed; 1 not needed, since the release is as planned"]


def test_a_fleet_with_a_host_that_never_came_to_it(loader: DataLoader, tmp_path: Path, told: list[str]) -> None:
    result = run(loader, tmp_path, {"a": [GOOD], "b": None, "c": [BAD]})
    assert [line.split()[0] for line in told] == ["NO", "FAIL", "PASS"]
    assert {host: deployment["status"] for host, deployment in result["deployments"].items()} == {
        "a": "pass",
        "b": "no report",
        "c": "fail",
    }


def test_a_host_whose_inputs_cannot_be_used_fails(loader: DataLoader, tmp_path: Path, told: list[str]) -> None:
    plan = {"failed": True, "msg": "The inputs cannot be used", "findings": [BAD.as_dict()]}
    hosts = {"a": {"__popsink_preflight": {"findings": [GOOD.as_dict()]}}, "b": {"__popsink_plan": plan}}
    around = {**variables(tmp_path), "ansible_play_hosts_all": ["a", "b"], "ansible_play_batch": ["a"],
              "hostvars": hosts}  # fmt: skip
    result = action_of(ActionModule, loader, {}).run(task_vars=around)
    assert {host: deployment["status"] for host, deployment in result["deployments"].items()} == {
        "a": "pass",
        "b": "fail",
    }


def test_files(loader: DataLoader, tmp_path: Path, told: list[str]) -> None:
    run(loader, tmp_path, {"a": [GOOD]}, json_file=str(tmp_path / "out/a.json"), junit_file=str(tmp_path / "a.xml"))
    assert json.loads((tmp_path / "out/a.json").read_text())["deployments"]["a"]["status"] == "pass"
    assert (tmp_path / "a.xml").read_text().startswith("<?xml")


def test_a_file_that_cannot_be_written(loader: DataLoader, tmp_path: Path, told: list[str]) -> None:
    (tmp_path / "taken").touch()
    result = run(loader, tmp_path, {"a": [GOOD]}, json_file=str(tmp_path / "taken/a.json"))
    assert (result["failed"], "popsink_preflight_json_file" in result["msg"]) == (True, True)


def test_awx_keeps_it_as_an_artifact(loader: DataLoader, tmp_path: Path, told: list[str]) -> None:
    result = run(loader, tmp_path, {"a": [GOOD]})
    assert result["ansible_stats"]["data"]["popsink_preflight"]["a"]["counts"] == {"pass": 1}
