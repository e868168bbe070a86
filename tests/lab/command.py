"""Run another program; what it said is shown when it fails."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .errors import LabError
from .progress import say


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Its standard output. Raises LabError with the end of what it said when it does not end well."""
    words = [str(word) for word in argv]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise _failed(words, done.returncode, (done.stdout + done.stderr).strip().splitlines())
    return done.stdout


def run_long(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    summary: Callable[[Sequence[str]], str],
    every: float = 20,
) -> None:
    """Run what takes minutes. `summary` makes one line from what it has said so far, shown every so many seconds."""
    words = [str(word) for word in argv]
    began = shown = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(
        words,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line.rstrip())
            if time.monotonic() - shown > every:
                shown = time.monotonic()
                say(f"          {summary(lines)}, {shown - began:.0f} s")
    if process.returncode != 0:
        raise _failed(words, process.returncode, lines)


def _failed(words: Sequence[str], code: int, lines: Sequence[str]) -> LabError:
    said = "\n".join(lines[-15:])
    return LabError(f"`{' '.join(words[:6])}` ended with {code}:\n{said}")
