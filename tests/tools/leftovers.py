"""Processes that a run leaves behind, an ssh master or a server of a test that was ended: adopted, named and ended."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

#: Of prctl(2): processes whose parent ends become children of this one, instead of init's.
PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> dict[int, str]:
    """Process id and command line of what this process is the parent of."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The parent is the second field after the name, which stands in brackets and may hold anything.
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(folder.name)] = command.strip()
    return found


def end() -> None:
    """End them all; their own children come here as they end."""
    named = set()
    while remaining := children():
        for process, command in remaining.items():
            if command and process not in named:
                print(f"Left behind, and ended: {process} {command[:150]}", flush=True)
                named.add(process)
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(process, 0)
