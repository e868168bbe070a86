"""Processes by number, safe against a number that was given to another one since."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from .lab import Lab


def started_at(pid: int) -> int:
    """When it started, in the kernel's ticks since boot; 0 when there is no such process, or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] in "ZX" else int(fields[19])


@dataclass(frozen=True)
class Holder:
    """A process that holds a lab."""

    pid: int
    started: int

    @property
    def alive(self) -> bool:
        return self.started != 0 and started_at(self.pid) == self.started

    def send(self, what: signal.Signals) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, what)


@dataclass(frozen=True)
class Holders:
    """The keeper outside, and the first process inside."""

    keeper: Holder
    init: Holder


def holders(lab: Lab) -> Holders | None:
    """Those that the lab's file names, running or not; None when it was stopped properly."""
    try:
        said = json.loads(lab.running.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return Holders(Holder(**said["keeper"]), Holder(**said["init"]))
