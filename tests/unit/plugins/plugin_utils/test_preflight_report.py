"""What the preflight found, as lines, JSON and JUnit XML."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    WIDTH,
    Finding,
    failed,
    not_checked,
    passed,
    warned,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.preflight_report import (
    UNKNOWN,
    Report,
    as_json,
    as_junit,
    fleet_lines,
)

GOOD = passed("cluster.version", "Kubernetes 1.36")
BAD = Finding("cluster.nodes", "fail", "1 of 2 nodes fit", "Add nodes.", "2 nodes")
OLD = warned("ingress.certificate", "It ends in 3 days.", "Renew it.")
UNSEEN = not_checked("volumes.capacity", "Not reported.")


def report(host: str, *findings: Finding, left_out: tuple[str, ...] = ()) -> Report:
    return Report.of(host, {"findings": [item.as_dict() for item in findings], "left_out": list(left_out)})


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ((GOOD,), "pass"),
        ((GOOD, OLD), "warn"),
        ((GOOD, OLD, BAD), "fail"),
        ((GOOD, UNSEEN), "pass"),
        ((UNSEEN, OLD), "warn"),
        ((), "pass"),
    ],
)
def test_status(findings: tuple[Finding, ...], status: str) -> None:
    assert report("a", *findings).status == status


@pytest.mark.parametrize(
    ("result", "trouble"),
    [
        (None, "the run ended before"),
        ({}, "the run ended before"),
        ({"failed": True, "msg": "There is no kubernetes library.\nInstall it."}, "There is no kubernetes library."),
    ],
)
def test_a_host_without_findings_is_no_pass(result: Any, trouble: str) -> None:
    found = Report.of("a", result)
    assert (found.status, found.trouble, found.summary()) == (UNKNOWN, trouble, trouble)


def test_a_fleet_is_one_line_a_deployment_worst_first() -> None:
    reports = [report("alpha", GOOD), report("beta-long-name", GOOD, OLD, BAD, UNSEEN), Report.of("gamma", None)]
    assert fleet_lines(reports) == [
        "NO REPORT  gamma           the run ended before",
        "FAIL       beta-long-name  1 fail, 1 warn, 1 not checked, 1 pass: cluster.nodes",
        "PASS       alpha           1 pass",
    ]


def test_no_line_is_longer_than_a_terminal() -> None:
    many = [failed(f"family.check_number_{number}", "It is broken.") for number in range(40)]
    (line,) = fleet_lines([report("a", *many)])
    assert len(line) == WIDTH


def test_json_holds_everything() -> None:
    data = json.loads(as_json([report("a", GOOD, BAD, left_out=("nodes.capacity",)), Report.of("b", None)]))
    assert data["deployments"]["a"] == {
        "status": "fail",
        "counts": {"fail": 1, "pass": 1},
        "findings": [BAD.as_dict(), GOOD.as_dict()],
        "left_out": ["nodes.capacity"],
        "seconds": 0.0,
    }
    assert data["deployments"]["b"]["reason"] == "the run ended before"


def test_junit_has_a_suite_a_deployment() -> None:
    root = ElementTree.fromstring(as_junit([report("a", GOOD, BAD, OLD, UNSEEN), Report.of("b", None)]))  # noqa: S314 - our own
    counts = [{name: suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped")} for suite in root]
    assert counts == [
        {"name": "a", "tests": "4", "failures": "1", "errors": "0", "skipped": "1"},
        {"name": "b", "tests": "1", "failures": "0", "errors": "1", "skipped": "0"},
    ]
    failure = root.find("testsuite/testcase[@name='nodes']/failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("1 of 2 nodes fit", "needed: 2 nodes\nAdd nodes.")


def test_junit_takes_what_servers_say() -> None:
    odd = failed("storage.bucket", 'It said <error>&"\x00\x1b[31m.')
    case = ElementTree.fromstring(as_junit([report("a", odd)])).find("testsuite/testcase/failure")  # noqa: S314 - our own
    assert case is not None
    assert case.get("message") == 'It said <error>&"[31m.'
