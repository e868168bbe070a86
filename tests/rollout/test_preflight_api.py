"""An API server that is slow, overloaded or away: a clear verdict in time, and never a traceback."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.lab.deployed import Deployed

from .api_proxy import Mood, Trouble, api_proxy
from .playbook import LAB, Playbook, hand_out

pytestmark = pytest.mark.alone

#: Seconds that are given.
LIMIT = 6

#: Seconds that the checks may take beyond that, and that a run takes besides: Ansible itself, the chart, the plan.
MORE, BESIDES = 2, 30

ROWS: dict[str, tuple[Mood, str, tuple[str, ...]]] = {
    "answers nothing in time": (
        lambda _number, _path: Trouble(seconds=60),
        "fail",
        ("No answer within 6 seconds (popsink_preflight_timeout)",),
    ),
    "answers 429": (lambda _number, _path: Trouble(status=429), "fail", ("in trouble",)),
    "answers 500": (lambda _number, _path: Trouble(status=500), "fail", ("in trouble",)),
    "drops all connections": (lambda _number, _path: Trouble(drops=True), "fail", ("does not answer",)),
    "is slow with nodes only": (
        lambda _number, path: Trouble(seconds=60) if path.startswith("/api/v1/nodes") else None,
        "pass",
        ("No answer within 6 seconds (popsink_preflight_timeout)",),
    ),
    "refuses nodes only": (
        lambda _number, path: Trouble(status=500) if path.startswith("/api/v1/nodes") else None,
        "pass",
        ("in trouble",),
    ),
    "is slow with everything": (lambda _number, _path: Trouble(seconds=0.2), "pass", ()),
    "drops each tenth connection": (lambda number, _path: Trouble(drops=number % 10 == 9), "pass", ()),
}


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Playbook, Deployed]:
    """A deployment that is never rolled out."""
    hand_out("looked")
    return Playbook("looked", tmp_path_factory.mktemp("looked"), {}), Deployed(LAB, "looked")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.replace(" ", "-"))
def test_api_server(looked: tuple[Playbook, Deployed], tmp_path: Path, row: str) -> None:
    playbook, deployed = looked
    mood, version, words = ROWS[row]
    file = tmp_path / "found.json"
    with api_proxy(Path(deployed.lab["kubeconfig"]), mood) as url:
        began = time.monotonic()
        run = playbook.run(
            playbook="playbooks/preflight.yml",
            popsink_kubeconfig="",
            popsink_cluster={"host": url, "api_key": "unused"},
            popsink_preflight_timeout=LIMIT,
            popsink_preflight_json_file=str(file),
        )
        seconds = time.monotonic() - began
    report = json.loads(file.read_text())["deployments"]["looked"]
    findings = {item["id"]: item for item in report["findings"]}
    assert findings["cluster.version"]["status"] == version
    # What is not the cluster is looked at all the same.
    assert findings["control_plane.config"]["status"] == "pass"
    told = [item["found"] for item in findings.values() if item["status"] in ("fail", "not checked")]
    assert all(any(text in line for line in told) for text in words)
    if "nodes only" in row:
        assert findings["cluster.nodes"]["status"] == "not checked"
    assert (run.code == 0) == (not any(item["status"] == "fail" for item in findings.values()))
    assert report["seconds"] < LIMIT + MORE
    assert seconds < LIMIT + BESIDES
    assert "Traceback" not in run.output
