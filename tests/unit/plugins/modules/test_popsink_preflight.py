"""What the preflight step reports to people."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    Finding,
    failed,
    not_checked,
    passed,
    warned,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import Requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import Checked
from ansible_collections.popsink.data_plane.plugins.module_utils.release.outlook import Outlook
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_preflight

PARAMS: dict[str, Any] = {"known": {}, "requirements": {}, "release": None}
PASSED = passed("a.pass", "It is well.")
WARNED = warned("a.warning", "It is odd.", "Look at it.")
NOT_CHECKED = not_checked("a.check", "It cannot be seen.")


def run(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> dict[str, Any]:
    monkeypatch.setattr(Cluster, "connect", lambda _auth: None)
    monkeypatch.setattr(popsink_preflight, "auth_of", lambda _params: {})
    monkeypatch.setattr(Requirements, "from_dict", lambda _data: None)
    monkeypatch.setattr(popsink_preflight, "run_checks", lambda *_arguments: Checked(list(findings), Outlook(())))
    return popsink_preflight.run(PARAMS, StepContext())


@pytest.mark.parametrize(
    ("findings", "report"),
    [
        ((PASSED,), ["1 of 1 checks passed"]),
        ((PASSED, WARNED), ["WARN a.warning: It is odd. Look at it.", "1 of 2 checks passed"]),
        ((NOT_CHECKED,), ["NOT CHECKED a.check: It cannot be seen.", "0 of 1 checks passed"]),
        (
            (NOT_CHECKED, WARNED),
            [
                "WARN a.warning: It is odd. Look at it.",
                "NOT CHECKED a.check: It cannot be seen.",
                "0 of 2 checks passed",
            ],
        ),
    ],
    ids=["all is well", "a warning", "not checked", "worst first"],
)
def test_what_did_not_pass_is_reported(
    monkeypatch: pytest.MonkeyPatch, findings: tuple[Finding, ...], report: list[str]
) -> None:
    assert run(monkeypatch, *findings)["report"] == report


def test_a_failure_carries_all_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PopsinkError) as caught:
        run(monkeypatch, WARNED, failed("a.failure", "It is broken."))
    assert [finding["id"] for finding in caught.value.details["findings"]] == ["a.warning", "a.failure"]
