"""Ending a run of Ansible at once, as kill -9 or a loss of power does."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.lab.process import Holder, started_at


def kill(process: subprocess.Popen[str], *, alone: bool = False) -> list[Holder]:
    """Kill it with all that it started, or alone; gives those of its processes that live on.

    Ansible's workers have sessions of their own: whoever kills ansible-playbook leaves one at work.
    """
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGSTOP)
    started = [Holder(child, started_at(child)) for child in started_by(process.pid)]
    for child in () if alone else started:
        child.send(signal.SIGKILL)
    process.kill()
    process.wait()
    if not alone:
        wait_for_the_end(started)
    return [child for child in started if child.alive]


def wait_for_the_end(processes: list[Holder]) -> None:
    """Until none of them is there."""
    for process in processes:
        while process.alive:
            time.sleep(0.002)


def started_by(parent: int) -> Iterator[int]:
    """All processes below one."""
    for listed in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, listed.read_text().split()):
                yield child
                yield from started_by(child)
