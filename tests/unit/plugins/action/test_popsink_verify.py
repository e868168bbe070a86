"""How long one waits, and when waiting is given up."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_verify
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_verify as module
from ansible_collections.popsink.data_plane.plugins.plugin_utils import waiting
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import run_inside

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster

TROUBLE = {
    "pod": "kora-1",
    "container": "kora",
    "reason": "ImagePullBackOff",
    "message": "denied",
    "remedy": "Check it.",
}
WAITING = {"id": "verify.workloads", "status": "fail", "found": "Not ready: kora.", "remedy": ""}

Look = dict[str, Any]
Verify = Callable[..., tuple[dict[str, Any], float]]


def look(works: bool = False, *troubles: dict[str, str], final: bool = False) -> Look:
    findings = [] if works else [WAITING]
    return {
        "changed": False,
        "works": works,
        "final": final,
        "progress": "kora 0/1",
        "findings": findings,
        "troubles": list(troubles),
    }


@pytest.fixture
def verify(loader: DataLoader, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Runs the action; the looks are given by a function of the seconds since the start. Gives result and seconds."""

    def verify(
        looks: Callable[[float], Look], *, timeout: int = 900, check: bool = False
    ) -> tuple[dict[str, Any], float]:
        clock = SimpleNamespace(now=1000.0)

        def sleep(seconds: float) -> None:
            clock.now += seconds

        monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep))
        action: Any = action_of(popsink_verify.ActionModule, loader, {"timeout": timeout}, check_mode=check)
        action.secret_values = lambda _variables, _names: {}
        action.call = lambda _module, _arguments, _variables: looks(clock.now - 1000.0)
        return action.run(task_vars={"inventory_hostname": "host-1"}), clock.now - 1000.0

    return verify


def test_what_works_is_seen_at_once(verify: Verify) -> None:
    result, seconds = verify(lambda _now: look(True))
    assert (result["works"], seconds) == (True, 0)


@pytest.mark.parametrize(("status", "told"), [("warn", ["verify.public_url: was not tried Give it."]), ("pass", [])])
def test_what_is_only_worth_knowing_is_a_warning(
    verify: Verify, monkeypatch: pytest.MonkeyPatch, status: str, told: list[str]
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(popsink_verify, "display", SimpleNamespace(warning=warnings.append))
    finding = {"id": "verify.public_url", "status": status, "found": "was not tried", "remedy": "Give it."}
    result, _seconds = verify(lambda _now: {**look(True), "findings": [finding]})
    assert (result["works"], warnings) == (True, told)


def test_what_comes_later_is_waited_for(verify: Verify) -> None:
    result, seconds = verify(lambda now: look(now >= 60))
    assert (result["works"], 60 <= seconds < 70) == (True, True)


def test_time_is_up(verify: Verify) -> None:
    result, seconds = verify(lambda _now: look(), timeout=120)
    assert result["failed"]
    assert 120 <= seconds < 130
    assert "does not work after" in result["msg"]
    assert "Not ready: kora." in result["msg"]


def test_a_refusal_ends_the_wait_at_once(verify: Verify) -> None:
    """Each further login would count towards a lockout."""
    seen: list[float] = []

    def refused(now: float) -> Look:
        seen.append(now)
        return look(final=True)

    result, seconds = verify(refused)
    assert (result["failed"], result["final"], seen, seconds) == (True, True, [0.0], 0)


def test_a_pod_that_cannot_go_on_ends_the_wait_early(verify: Verify) -> None:
    result, seconds = verify(lambda _now: look(False, TROUBLE))
    assert result["failed"]
    assert seconds < 120
    assert [
        word for word in ("pod/kora-1", "ImagePullBackOff: denied", "-> Check it.") if word not in result["msg"]
    ] == []


def test_a_hiccup_does_not(verify: Verify) -> None:
    result, seconds = verify(lambda now: look(now >= 300, *((TROUBLE,) if now % 60 < 20 else ())))
    assert (result["works"], seconds >= 300) == (True, True)


def test_check_mode_looks_once(verify: Verify) -> None:
    result, seconds = verify(lambda _now: look(), check=True)
    assert (result.get("failed"), result["works"], seconds) == (None, False, 0)


def test_a_step_that_fails_ends_the_wait(verify: Verify) -> None:
    result, seconds = verify(lambda _now: {"failed": True, "msg": "the reason"})
    assert (result["failed"], result["msg"], seconds) == (True, "the reason", 0)


def test_an_administrator_called_admin_makes_no_text_unreadable(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is no secret: hiding it would hide parts of other words."""
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    arguments = {
        "release": "admin-release",
        "namespace": "popsink",
        "deployment": {"service": "x", "control_plane": None, "secrets": []},
        "known": {"admin_username": "admin", "admin_password": "hidden"},
    }
    result = run_inside(module, arguments, StepContext())
    assert "of release admin-release in namespace" in result["findings"][0]["found"]
