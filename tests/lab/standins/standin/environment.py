"""Settings from the environment, which is the only place they come from."""

from __future__ import annotations

import os

from standin.process import Refusal


def required(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise Refusal(f"{name} is not set")
    if not value:
        raise Refusal(f"{name} is empty")
    return value


def optional(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def number(name: str, default: float) -> float:
    text = optional(name)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise Refusal(f"{name} is not a number") from None


def flag(name: str) -> bool:
    return optional(name).lower() in ("true", "1", "yes")
