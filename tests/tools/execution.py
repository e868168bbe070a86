"""Phases as processes: one, or several at once whose outputs do not mix; all can be ended together."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.lab.binaries import HELM_4
from tests.lab.errors import LabError
from tests.tools.environment import ROOT
from tests.tools.phases import Phase
from tests.tools.results import Counts, of_phase

CACHE = ROOT / ".cache"
REPORTS = CACHE / "reports"


@dataclass(frozen=True)
class Outcome:
    phase: str
    verdict: str
    counts: Counts
    seconds: float = 0


def lab_folder(lab: str) -> str:
    return f".lab-{lab}" if lab else ".lab"


def environment_of(phase: Phase, lab: str, report: Path) -> dict[str, str]:
    # A log is not a terminal: without colours, and without links, which ansible-lint would write as control characters.
    plain = {} if sys.stdout.isatty() else {"NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1"}
    folders = [ROOT / phase.environment / "bin", ROOT / lab_folder(lab) / "bin"]
    return {
        **os.environ,
        **plain,
        **(helm() if phase.group in ("unit", "oldest") else {}),
        "PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]]),
        "LAB": lab,
        "LAB_DIRECTORY": lab_folder(lab),
        "PYTEST_ADDOPTS": f"--junitxml={report / 'pytest.xml'}",
        "SANITY_REPORTS": str(report),
        # Else Molecule takes another checkout's state for this one's.
        "MOLECULE_EPHEMERAL_DIRECTORY": str(report / "molecule"),
        "PYTHONUNBUFFERED": "1",
    }


def helm() -> dict[str, str]:
    """Where the unit tests find the Helm that renders the lab's chart, also without a lab."""
    if os.environ.get("HELM"):
        return {}
    try:
        return {"HELM": str(HELM_4.unpack() / "helm")}
    except (LabError, OSError) as problem:
        print(f"The tests that render a chart are skipped, since there is no Helm: {problem}", flush=True)
        return {}


def end_group(process: subprocess.Popen[bytes]) -> None:
    """The command and what it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)


class Execution:
    """The processes of one run, in one lab."""

    def __init__(self, lab: str) -> None:
        self.lab = lab
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def run(self, phases: Sequence[Phase], at_once: int, done: Callable[[Outcome], None]) -> None:
        """Run them, and tell the outcome of each.

        :param at_once: where it is more than one, the output of each is printed when it has ended.
        """
        watched = self._shown if at_once == 1 else self._kept
        pool = ThreadPoolExecutor(at_once)
        try:
            for _outcome in pool.map(lambda phase: done(watched(phase)), phases):
                pass
        except BaseException:
            self._end()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _end(self) -> None:
        """End what runs, and begin nothing."""
        self._ended = True
        for process in list(self._running):
            end_group(process)

    def _shown(self, phase: Phase) -> Outcome:
        print(f"\n=== {phase.name}: {' '.join(phase.command)}", flush=True)
        outcome = self._run(phase, None)
        print(f"=== {phase.name}: {outcome.verdict}, {outcome.seconds:.0f} s", flush=True)
        return outcome

    def _kept(self, phase: Phase) -> Outcome:
        with tempfile.TemporaryFile() as output:
            outcome = self._run(phase, output)
            output.seek(0)
            text = output.read().decode(errors="replace")
        heading = f"\n=== {phase.name}: {' '.join(phase.command)}\n"
        print(f"{heading}{text}\n=== {phase.name}: {outcome.verdict}, {outcome.seconds:.0f} s", flush=True)
        return outcome

    def _run(self, phase: Phase, output: IO[bytes] | None) -> Outcome:
        report = REPORTS / re.sub(r"\W+", "-", phase.name)
        report.mkdir(parents=True)
        environment = environment_of(phase, self.lab, report)
        program = shutil.which(phase.command[0], path=environment["PATH"])
        if not program:
            return Outcome(phase.name, f"no program {phase.command[0]}", Counts(failed=1))
        if self._ended:
            return Outcome(phase.name, "not run: interrupted", Counts(failed=1))
        began = time.monotonic()
        process = subprocess.Popen(
            [program, *phase.command[1:]],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        self._running.add(process)
        try:
            code = process.wait(timeout=phase.minutes * 60)
            verdict = "interrupted" if self._ended else "failed" if code else "ok"
        except subprocess.TimeoutExpired:
            verdict = f"ended after its {phase.minutes:g} minutes"
        finally:
            end_group(process)
            self._running.discard(process)
        counts = of_phase(report, succeeded=verdict == "ok", counts_itself=phase.counts_itself)
        return Outcome(phase.name, verdict, counts, time.monotonic() - began)
