"""Phases as processes: what runs at once, what is printed, and how all end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import execution
from tests.tools.execution import Execution, Outcome
from tests.tools.phases import Phase


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "REPORTS", tmp_path / "reports")


@pytest.fixture
def interrupted_soon() -> Iterator[None]:
    """The way a build machine ends a run: by a signal to the first thread."""

    def interrupt(*_signal: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    timer = threading.Timer(1, signal.pthread_kill, (threading.main_thread().ident, signal.SIGUSR1))
    timer.start()
    yield
    timer.cancel()
    signal.signal(signal.SIGUSR1, before)


def shell(name: str, script: str, minutes: float = 1) -> Phase:
    return Phase(name, "any", ("sh", "-c", script), minutes)


def ran(phases: list[Phase], at_once: int = 1) -> dict[str, Outcome]:
    outcomes: list[Outcome] = []
    Execution("").run(phases, at_once, outcomes.append)
    return {outcome.phase: outcome for outcome in outcomes}


def test_what_fails_does_not_keep_the_next_from_running() -> None:
    outcomes = ran([shell("bad", "exit 3"), shell("good", "exit 0")])
    assert {name: outcome.verdict for name, outcome in outcomes.items()} == {"bad": "failed", "good": "ok"}
    assert outcomes["bad"].counts.failed == 1


def test_two_at_once_run_at_the_same_time(tmp_path: Path) -> None:
    def meets(own: str, other: str) -> Phase:
        return shell(own, f"touch {tmp_path}/{own}; until [ -e {tmp_path}/{other} ]; do sleep 0.05; done", 0.2)

    assert {o.verdict for o in ran([meets("a", "b"), meets("b", "a")], at_once=2).values()} == {"ok"}


def test_outputs_of_what_runs_at_once_do_not_mix(capfd: pytest.CaptureFixture[str]) -> None:
    ran([shell(name, f"for i in 1 2 3; do echo {name}; sleep 0.1; done") for name in "ab"], at_once=2)
    lines = [line for line in capfd.readouterr().out.splitlines() if line in ("a", "b")]
    assert lines in (list("aaabbb"), list("bbbaaa"))


def test_what_takes_too_long_is_ended() -> None:
    assert ran([shell("long", "sleep 30", minutes=0.01)])["long"].verdict == "ended after its 0.01 minutes"


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.usefixtures("interrupted_soon")
def test_an_interrupted_run_ends_what_runs_and_begins_nothing(at_once: int) -> None:
    outcomes: list[Outcome] = []
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Execution("").run([shell(name, "sleep 30") for name in "abcd"], at_once, outcomes.append)
    assert time.monotonic() - began < 10
    assert [o.verdict for o in outcomes if o.verdict == "interrupted"] == ["interrupted"] * at_once
