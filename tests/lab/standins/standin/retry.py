"""Waiting for what starts at the same time: a normal rollout shall not restart anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from standin import environment, log
from standin.process import Refusal

Result = TypeVar("Result")

#: Seconds for which a program waits for its database or broker before it gives up (STARTUP_RETRY_SECONDS).
PATIENCE = 60.0


def until(what: str, attempt: Callable[[], Result], expected: tuple[type[Exception], ...]) -> Result:
    """The first result of attempt. Refuses with the last problem when the patience is over."""
    deadline = time.monotonic() + environment.number("STARTUP_RETRY_SECONDS", PATIENCE)
    said = ""
    while True:
        try:
            return attempt()
        except expected as problem:
            message = f"{what}: {str(problem).strip() or type(problem).__name__}"
            if time.monotonic() >= deadline:
                raise Refusal(message) from problem
            if message != said:
                log.warning(f"{message} (trying again)")
                said = message
            time.sleep(1)
