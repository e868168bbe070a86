"""Run the phases of a make target one after another; the last line says how many tests passed and failed.

`test` and `test-long` have a lab of its own, made from nothing and gone at the end however the run ends; the other
targets use the developer's, and leave it running.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import groupby
from types import FrameType

from tests.tools import leftovers, vault_password
from tests.tools.environment import ROOT
from tests.tools.execution import CACHE, REPORTS, Execution, Outcome, lab_folder
from tests.tools.phases import TARGETS, Phase, phases
from tests.tools.results import Counts

#: For whoever starts this through make, which has a last line of its own.
SUMMARY = CACHE / "summary"
LAB_DOWN_SECONDS = 120
#: Targets that have a lab of their own.
OWN_LAB = ("test", "test-long")


class Interrupted(BaseException):
    """Somebody wants the run to end."""


def run_all(wanted: list[Phase], lab: str, outcomes: list[Outcome]) -> None:
    """Every phase, also after one has failed; without a lab, those that need one fail unrun."""
    execution = Execution(lab)
    lab_is_up = False
    for (group, at_once), found in groupby(wanted, key=lambda phase: (phase.group, phase.at_once)):
        members = list(found)
        if members[0].needs_lab and not lab_is_up:
            outcomes += [Outcome(phase.name, "not run: no lab", Counts(failed=1)) for phase in members]
            continue
        execution.run(members, at_once, outcomes.append)
        if group == "lab":
            lab_is_up = outcomes[-1].verdict == "ok"
            vault_password.make(ROOT / lab_folder(lab) / "vault-password")


def remove_lab(lab: str) -> None:
    """Take the run's own lab down, with all that it kept."""
    command = [sys.executable, "-m", "tests.lab", "destroy"]
    environment = os.environ | {"LAB": lab}
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, timeout=LAB_DOWN_SECONDS, check=False
        )


def interrupt(number: int, frame: FrameType | None) -> None:
    """Once: a lab that is half taken down helps nobody."""
    for ending in leftovers.ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise Interrupted(signal.Signals(number).name)


def table(outcomes: list[Outcome]) -> str:
    width = max(len(outcome.phase) for outcome in outcomes)
    rows = []
    for outcome in outcomes:
        skipped = f", {outcome.counts.skipped} skipped" if outcome.counts.skipped else ""
        took = f"{int(outcome.seconds) // 60:3d}:{int(outcome.seconds) % 60:02d}"
        rows.append(f"{outcome.phase:{width}} {took}  {outcome.verdict} ({outcome.counts}{skipped})")
    return "\n".join(rows)


def run(target: str, only: str) -> list[Outcome]:
    own_lab = target in OWN_LAB
    lab = os.environ.get("LAB") or ("test" if own_lab else "")
    wanted = [p for p in phases() if p.group in TARGETS[target] and (p.group == "lab" or only in p.name)]
    outcomes: list[Outcome] = []
    shutil.rmtree(REPORTS, ignore_errors=True)
    for ending in leftovers.ENDING:
        signal.signal(ending, interrupt)
    try:
        if own_lab:
            remove_lab(lab)
        run_all(wanted, lab, outcomes)
    except Interrupted as interrupted:
        print(f"\nEnded by {interrupted}.", flush=True)
    finally:
        for ending in leftovers.ENDING:
            signal.signal(ending, signal.SIG_IGN)
        if own_lab:
            remove_lab(lab)
            if sys.platform == "linux":
                leftovers.end(os.getppid(), spare=os.getpid())
    return outcomes


def work(arguments: argparse.Namespace) -> int:
    outcomes = run(arguments.target, arguments.only)
    total = sum((outcome.counts for outcome in outcomes), Counts())
    SUMMARY.parent.mkdir(exist_ok=True)
    SUMMARY.write_text(f"{total}\n", encoding="utf-8")
    if outcomes:
        print(f"\n{table(outcomes)}\n")
    print(total, flush=True)
    return 0 if outcomes and not total.failed else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--only", default="", metavar="TEXT", help="only the phases with this in their name")
    arguments = parser.parse_args()
    if arguments.target in OWN_LAB and sys.platform == "linux":
        return leftovers.adopting(lambda: work(arguments))
    return work(arguments)


if __name__ == "__main__":
    sys.exit(main())
