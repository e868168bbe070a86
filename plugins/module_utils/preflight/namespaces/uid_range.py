# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The users and groups that OpenShift gives a namespace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Range = tuple[int, int]


def ranges_of(text: str | None) -> list[Range]:
    """First and last number of each block of an annotation: ``1000650000/10000`` or ``1-9``, separated by commas."""
    found = []
    for block in str(text or "").split(","):
        first, slash, size = block.strip().partition("/")
        first, dash, last = (first, "", "") if slash else first.partition("-")
        if first.isdigit() and (size.isdigit() if slash else last.isdigit() or not dash):
            begin = int(first)
            found.append((begin, begin + int(size) - 1 if slash else int(last or first)))
    return found


def fixed_ids(spec: Mapping[str, Any], users: Iterable[Range], groups: Iterable[Range]) -> list[str]:
    """Users and groups that a pod asks for outside of the ranges, as ``runAsUser 1001 of postgresql``."""
    whole = spec.get("securityContext") or {}
    asked = [
        ("runAsUser", whole.get("runAsUser"), "the pod", users),
        ("fsGroup", whole.get("fsGroup"), "the pod", groups),
    ]
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        own = (container.get("securityContext") or {}).get("runAsUser")
        asked.append(("runAsUser", own, f"container {container.get('name')}", users))
    return [
        f"{name} {number} of {who}"
        for name, number, who, ranges in asked
        if number is not None and not any(first <= int(number) <= last for first, last in ranges)
    ]
