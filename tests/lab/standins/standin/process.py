"""How a stand-in lives and ends: refusals become exit code 1, SIGTERM ends it at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from standin import log


class Refusal(Exception):
    """Why the program does not start; the message is its last log line."""


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    os._exit(0)


def run(main: Callable[[], None]) -> NoReturn:
    """Runs a program as a container's first process, for which the kernel has no default signal handlers."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        main()
    except Refusal as refusal:
        log.error(f"refusing to start: {refusal}")
        sys.exit(1)
    threading.Event().wait()
    raise AssertionError("an event that nobody sets was set")


def background(name: str, work: Callable[[], None]) -> threading.Thread:
    """Runs something beside the server. When it fails, the process goes, so that the kubelet starts it again."""

    def guarded() -> None:
        try:
            work()
        except Exception as problem:
            log.error(f"{name}: {type(problem).__name__}: {problem}")
            os._exit(1)

    thread = threading.Thread(target=guarded, name=name, daemon=True)
    thread.start()
    return thread
