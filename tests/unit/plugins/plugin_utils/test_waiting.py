"""Looking until it works, and no longer than there is hope."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.records import ID as RECORDS
from ansible_collections.popsink.data_plane.plugins.plugin_utils import waiting
from ansible_collections.popsink.data_plane.plugins.plugin_utils.waiting import wait_until_works

REFUSED = [{"id": RECORDS, "status": FAIL, "found": "no", "remedy": ""}]
STUCK = [{"pod": "p", "reason": "ImagePullBackOff", "message": "", "remedy": ""}]
NOWHERE = [{"pod": "p", "reason": "Unschedulable", "message": "", "remedy": ""}]


def seen(**changes: Any) -> dict[str, Any]:
    return {"works": False, "final": False, "progress": "1 of 2", "troubles": [], "findings": [], **changes}


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], dict[str, Any]]], float]:
    """Seconds that are waited, of a clock that only waiting moves, by what is seen at each second."""
    now = [1000.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(waiting, "time", clock)

    def run(look: Callable[[float], dict[str, Any]]) -> float:
        result = wait_until_works(lambda: look(now[0] - 1000.0), 300, "host")
        return float(result["seconds"])

    return run


@pytest.mark.parametrize(
    ("look", "seconds"),
    [
        pytest.param(lambda second: seen(works=second >= 60), 60, id="until it works"),
        pytest.param(lambda _second: seen(), 300, id="until the time is up"),
        pytest.param(lambda _second: seen(final=True), 0, id="what is refused for good"),
        pytest.param(lambda _second: seen(troubles=STUCK), 45, id="a pod that cannot go on"),
        pytest.param(lambda _second: seen(troubles=NOWHERE), 300, id="a pod that may find a node yet"),
        pytest.param(lambda _second: seen(findings=REFUSED), 90, id="a broker that takes no record"),
        pytest.param(
            lambda second: seen(findings=REFUSED, troubles=STUCK if second == 60 else [], works=second >= 75),
            75,
            id="a pod's hiccup beside a broker that is not there yet",
        ),
        pytest.param(
            lambda second: seen(troubles=STUCK if second % 30 else [], works=second >= 120),
            120,
            id="hiccups that pass",
        ),
    ],
)
def test_how_long_there_is_hope(waited: Any, look: Callable[[float], dict[str, Any]], seconds: float) -> None:
    assert waited(look) == seconds
