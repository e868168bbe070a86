# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes quantities as numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

_SUFFIXES = {"m": Decimal("0.001"), "": Decimal(1)}
_SUFFIXES.update({unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)})
_SUFFIXES.update({unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)})


def quantity(value: Any) -> Decimal | None:
    """A Kubernetes quantity (``500m``, ``16Gi``, ``4``) as a number, or None."""
    text = str(value)
    number = text.rstrip("mkKMGTPEi")
    suffix = text[len(number) :]
    if suffix not in _SUFFIXES or not number.replace(".", "", 1).removeprefix("-").isdigit():
        return None
    return Decimal(number) * _SUFFIXES[suffix]
