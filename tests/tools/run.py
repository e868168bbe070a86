"""Run the phases of a make target one after another; the last line says how many tests passed and failed.

`test` and `test-long` have a lab of its own, made from nothing and gone at the end however the run ends; the other
targets use the developer's, and leave it running.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.lab.binaries import HELM_4
from tests.lab.errors import LabError
from tests.tools import leftovers, vault_password
from tests.tools.environment import ROOT
from tests.tools.phases import TARGETS, Phase, phases
from tests.tools.results import Counts, of_phase

CACHE = ROOT / ".cache"
REPORTS = CACHE / "reports"
#: For whoever starts this through make, which has a last line of its own.
SUMMARY = CACHE / "summary"
LAB_DOWN_SECONDS = 120
#: Targets that have a lab of their own.
OWN_LAB = ("test", "test-long")


class Interrupted(BaseException):
    """Somebody wants the run to end."""


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


def run_phase(phase: Phase, lab: str) -> Outcome:
    print(f"\n=== {phase.name}: {' '.join(phase.command)}", flush=True)
    report = REPORTS / re.sub(r"\W+", "-", phase.name)
    report.mkdir(parents=True)
    environment = environment_of(phase, lab, report)
    program = shutil.which(phase.command[0], path=environment["PATH"])
    if not program:
        return Outcome(phase.name, f"no program {phase.command[0]}", Counts(failed=1))
    began = time.monotonic()
    process = subprocess.Popen(
        [program, *phase.command[1:]],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    verdict = "interrupted"
    try:
        code = process.wait(timeout=phase.minutes * 60)
        verdict = "failed" if code else "ok"
    except subprocess.TimeoutExpired:
        verdict = f"ended after its {phase.minutes:g} minutes"
    finally:
        end_group(process)
        outcome = Outcome(
            phase.name,
            verdict,
            of_phase(report, succeeded=verdict == "ok", counts_itself=phase.counts_itself),
            time.monotonic() - began,
        )
        print(f"=== {phase.name}: {verdict}, {outcome.seconds:.0f} s", flush=True)
    return outcome


def run_all(wanted: list[Phase], lab: str, outcomes: list[Outcome]) -> None:
    """Every phase, also after one has failed; without a lab, those that need one fail unrun."""
    lab_is_up = False
    for phase in wanted:
        if phase.needs_lab and not lab_is_up:
            outcomes.append(Outcome(phase.name, "not run: no lab", Counts(failed=1)))
            continue
        try:
            outcomes.append(run_phase(phase, lab))
        except Interrupted:
            outcomes.append(Outcome(phase.name, "interrupted", Counts(failed=1)))
            raise
        if phase.group == "lab":
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
