"""Log lines: one event, one line, on standard output."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime

_LOCK = threading.Lock()


def _write(level: str, message: str) -> None:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    line = " ".join(message.split())
    with _LOCK:
        print(f"{stamp} {level} {line}", file=sys.stdout, flush=True)


def info(message: str) -> None:
    _write("INFO", message)


def warning(message: str) -> None:
    _write("WARNING", message)


def error(message: str) -> None:
    _write("ERROR", message)
