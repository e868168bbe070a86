"""What a person sees while the lab starts."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """One line for a step that is done, with its seconds; the step's name at once when it may take long."""
    began = time.monotonic()
    terminal = sys.stdout.isatty()
    if terminal:
        print(f"  ...    {what}", end="\r", flush=True)
    try:
        yield
    except BaseException:
        print(f"  FAILED {what} ({time.monotonic() - began:.1f} s)", flush=True)
        raise
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def say(what: str) -> None:
    print(what, flush=True)
