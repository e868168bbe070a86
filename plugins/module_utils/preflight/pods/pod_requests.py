# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pod asks for of a node."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .amounts import amounts

_ZERO = Decimal(0)


def requests_of(spec: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a pod asks for, as the scheduler counts it: its containers, or more where an init container needs more.

    :param spec: of the pod.
    :raises PopsinkError: it holds something that is no quantity.
    """
    beside: dict[str, Decimal] = {}
    most: dict[str, Decimal] = {}
    for container in spec.get("initContainers") or ():
        own = _asked(container)
        if container.get("restartPolicy") == "Always":
            # It stays, beside those that come after it.
            beside = _sum(beside, own)
            most = _larger(most, beside)
        else:
            most = _larger(most, _sum(beside, own))
    total = beside
    for container in spec.get("containers") or ():
        total = _sum(total, _asked(container))
    total = _larger(total, most) if most else total
    # What the pod asks for as a whole counts in place of its containers' sum.
    whole = _asked(spec)
    return _sum({**total, **whole}, amounts(spec.get("overhead")))


def _asked(item: Mapping[str, Any]) -> dict[str, Decimal]:
    """A limit alone is a request as well."""
    resources = item.get("resources") or {}
    return amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})


def _sum(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: one.get(name, _ZERO) + other.get(name, _ZERO) for name in {**one, **other}}


def _larger(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: max(one.get(name, _ZERO), other.get(name, _ZERO)) for name in {**one, **other}}
