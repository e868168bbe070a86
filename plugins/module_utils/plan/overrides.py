# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own chart values, which win over everything planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..tree import dig, merged, without
from .broker import as_named
from .ignored import LEFT_OUT, ignored
from .inputs import Inputs, OwnValues
from .model import Plan, is_placeholder, value_leaves
from .placeholders import left_over


def plan_overrides(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The user's values as the last part, less what is to be left out, and what is wrong with them."""
    findings = _left_out_in_vain(inputs)
    for kept in _kept(inputs):
        findings += ignored(kept, chart, "values.unknown")
        findings += _unlike(kept, chart)
        findings += left_over(kept)
    return Plan(values=values_of_the_user(inputs, chart), findings=tuple(findings))


def values_of_the_user(inputs: Inputs, chart: ChartFacts) -> dict[str, Any]:
    """What the user's own values come to, less what is to be left out, under the names that count in this chart."""
    values: dict[str, Any] = {}
    for kept in _kept(inputs):
        values = merged(values, kept.values)
    return as_named(values, chart)


def _kept(inputs: Inputs) -> list[OwnValues]:
    return [OwnValues(own.source, without(own.values, inputs.values_ignored)) for own in inputs.own_values]


def _left_out_in_vain(inputs: Inputs) -> list[Finding]:
    return [
        failed(
            "values.ignored",
            f"{LEFT_OUT} names {path}, and nothing of yours sets that.",
            "Remove it, or correct the path.",
        )
        for path in inputs.values_ignored
        if all(dig(own.values, path, _ABSENT) is _ABSENT for own in inputs.own_values)
    ]


def _unlike(own: OwnValues, chart: ChartFacts) -> list[Finding]:
    """One value in place of a whole block, which the chart's templates would stumble over; null removes a block."""
    # The templates look into the broker's block without asking whether it is there.
    nothing = [block for block in ("tansu", "kodansu") if block in own.values and own.values[block] is None]
    return [
        failed("values.type", f"{own.source}.{block} is null, and the broker has no values then.", "Remove it.")
        for block in nothing
    ] + [
        failed(
            "values.type",
            f"{own.source}.{path} is one value, and chart {chart.version} has a block of values there.",
            f"Name what is to be set below {path}.",
        )
        for path, value in value_leaves(own.values)
        if isinstance(default := chart.default(path), Mapping)
        and default
        and value is not None
        and (is_placeholder(value) or not isinstance(value, Mapping))
    ]


_ABSENT = object()
