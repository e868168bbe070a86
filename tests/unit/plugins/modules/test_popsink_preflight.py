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
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import Checked
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site
from ansible_collections.popsink.data_plane.plugins.module_utils.release.outlook import Outlook
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Keys
from ansible_collections.popsink.data_plane.plugins.modules import popsink_preflight

from tests.unit.plugins.sites import requirements

PARAMS: dict[str, Any] = {
    "known": {},
    "requirements": {},
    "release": None,
    "bucket_admin": {},
    "timeout": 60,
    "thorough": True,
    "enforce": True,
}
PASSED = passed("a.pass", "It is well.")
WARNED = warned("a.warning", "It is odd.", "Look at it.")
NOT_CHECKED = not_checked("a.check", "It cannot be seen.")


def run(monkeypatch: pytest.MonkeyPatch, *findings: Finding, **params: Any) -> dict[str, Any]:
    monkeypatch.setattr(Cluster, "connect", lambda _auth, **_how: None)
    monkeypatch.setattr(popsink_preflight, "auth_of", lambda _params: {})
    monkeypatch.setattr(Requirements, "from_dict", lambda _data: requirements())
    checked = Checked(list(findings), Outlook((), ("chart a becomes b",)), ("a.capacity",))
    monkeypatch.setattr(popsink_preflight, "run_checks", lambda *_arguments, **_how: checked)
    return popsink_preflight.run({**PARAMS, **params}, StepContext())


def test_what_the_release_becomes_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, PASSED)
    assert (result["report"], result["left_out"]) == (["chart a becomes b"], ["a.capacity"])


def test_a_failure_carries_all_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PopsinkError) as caught:
        run(monkeypatch, WARNED, failed("a.failure", "It is broken."))
    assert [finding["id"] for finding in caught.value.details["findings"]] == ["a.warning", "a.failure"]
    assert str(caught.value).startswith("1 of 2 checks failed; nothing was changed.\nFAIL  a.failure  It is broken.")


def test_a_failure_is_only_told_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, NOT_CHECKED, failed("a.failure", "It is broken."), enforce=False)
    assert result["failed_checks"] == ["a.failure"]
    assert "It is broken." in result["verdict"]
    assert result["table"].splitlines()[0].startswith("FAIL")


def test_without_a_failure_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, PASSED, WARNED)["verdict"] == ""


def test_without_a_session_everything_else_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_session(_auth: Any, **_how: Any) -> Any:
        raise PopsinkError("There is no kubeconfig.")

    seen = {}

    def checks(site: Site, **_how: Any) -> Checked:
        with pytest.raises(PopsinkError, match="no kubeconfig"):
            site.find("/api/v1/nodes")
        seen["site"] = site
        return Checked([PASSED], Outlook(()))

    monkeypatch.setattr(popsink_preflight, "auth_of", lambda _params: {})
    monkeypatch.setattr(Requirements, "from_dict", lambda _data: requirements())
    monkeypatch.setattr(popsink_preflight, "run_checks", checks)
    monkeypatch.setattr(Cluster, "connect", no_session)
    popsink_preflight.run(PARAMS, StepContext())
    assert seen


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ({"cluster.node": "warn"}, "no check that can be set. Did you mean cluster.nodes?"),
        ({"cluster.nodes": "ignore"}, "popsink_preflight_checks['cluster.nodes'] is 'ignore'"),
    ],
)
def test_a_level_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, levels: dict[str, str], words: str) -> None:
    monkeypatch.setattr(Requirements, "from_dict", lambda _data: requirements(levels=levels))
    with pytest.raises(PopsinkError) as caught:
        popsink_preflight.run(PARAMS, StepContext())
    assert words in str(caught.value)


def test_a_managed_bucket_is_asked_about_with_the_keys_that_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch)
    seen: list[Keys] = []

    def checks(site: Site, **_how: Any) -> Checked:
        seen.append(site.bucket_admin)
        return Checked([PASSED], Outlook(()))

    monkeypatch.setattr(popsink_preflight, "run_checks", checks)
    given = {"access_key_id": "an-id", "secret_access_key": "hush", "session_token": None}
    popsink_preflight.run({**PARAMS, "bucket_admin": given}, StepContext())
    assert seen == [Keys("an-id", "hush")]
