"""Processes that a run leaves behind, an ssh master or the server of a test that was ended: adopted, named and ended.

The run works in a child of a process that does nothing but adopt orphans and wait for them, as an init does: were it
to adopt them itself, those that end would stay in the process table until it waits, and seem alive to who ended them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

#: Of prctl(2): processes whose parent ends become children of this one, instead of init's.
PR_SET_CHILD_SUBREAPER = 36
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def children(parent: int) -> dict[int, str]:
    """Process id and command line of the live children of a process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # State and parent follow the name, which stands in brackets and may hold anything.
            state, its_parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(its_parent) == parent and state != "Z":
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(folder.name)] = command.strip()
    return found


def end(adopter: int, *, spare: int) -> None:
    """End what was adopted, but one; children of what ends are adopted in turn."""
    named = set()
    while remaining := {pid: command for pid, command in children(adopter).items() if pid != spare}:
        for process, command in remaining.items():
            if process not in named:
                print(f"Left behind, and ended: {process} {command[:150]}", flush=True)
                named.add(process)
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.05)


def adopting(work: Callable[[], int]) -> int:
    """Do the work in a child, and give back its exit code once nothing that it started is left."""
    sys.stdout.flush()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    worker = os.fork()
    if not worker:
        try:
            os._exit(work())
        finally:
            os._exit(1)

    def forward(number: int, frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(worker, number)

    for number in ENDING:
        signal.signal(number, forward)
    code = None
    while code is None:
        process, status = os.wait()
        if process == worker:
            code = os.waitstatus_to_exitcode(status)
    # Where the worker was killed; otherwise it has done this itself.
    end(os.getpid(), spare=0)
    return code
