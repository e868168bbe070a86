# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amounts of CPU, memory and storage: read, and written for people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ...cluster.quantity import quantity
from ...errors import PopsinkError

CPU = "cpu"
MEMORY = "memory"
#: What a node has of places for pods; every pod takes one.
PODS = "pods"

_BYTES = (MEMORY, "ephemeral-storage", "storage")
_UNITS = ((Decimal(2) ** 40, "Ti"), (Decimal(2) ** 30, "Gi"), (Decimal(2) ** 20, "Mi"))


def amount(value: Any) -> Decimal:
    """A quantity as a number.

    :raises PopsinkError: it is none.
    """
    return _amount(str(value))


def amounts(given: Mapping[str, Any] | None) -> dict[str, Decimal]:
    """Quantities by resource as numbers."""
    return {name: amount(value) for name, value in (given or {}).items() if value is not None}


@lru_cache(maxsize=4096)
def _amount(text: str) -> Decimal:
    found = quantity(text)
    if found is None:
        raise PopsinkError(f"{text!r} is no quantity that is understood here.")
    return found


def shown(resource: str, number: Decimal) -> str:
    """An amount for people, rounded."""
    if resource in _BYTES:
        return in_bytes(number)
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return f"{text} {'CPU' if resource == CPU else resource}"


def in_bytes(number: Decimal) -> str:
    """An amount of memory or storage for people, rounded."""
    for unit, name in _UNITS:
        if number >= unit:
            return f"{number / unit:.1f}".removesuffix(".0") + name
    return f"{number / 1024:.0f}Ki"
