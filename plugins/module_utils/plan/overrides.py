# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own chart values, which win over everything planned."""

from __future__ import annotations

from collections.abc import Mapping

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..tree import merged
from .broker import broker_block
from .ignored import ignored
from .inputs import Inputs
from .model import Plan, is_placeholder, value_leaves


def plan_overrides(inputs: Inputs, chart: ChartFacts) -> Plan:
    """``popsink_values`` as the last part, with what the chart would ignore."""
    findings = [*ignored(inputs.values, chart, "popsink_values", "values.unknown"), *_unlike(inputs, chart)]
    values = dict(inputs.values)
    former = values.get("tansu")
    if broker_block(chart) == "kodansu" and isinstance(former, Mapping):
        # The chart reads both, and its new name, under which the broker is planned, wins: the user's must count.
        now = values.get("kodansu")
        values["kodansu"] = merged(former, now if isinstance(now, Mapping) else {})
        del values["tansu"]
    return Plan(values=values, findings=tuple(findings))


def _unlike(inputs: Inputs, chart: ChartFacts) -> list[Finding]:
    """One value in place of a whole block, which the chart's templates would stumble over; null removes a block."""
    return [
        failed(
            "values.type",
            f"popsink_values.{path} is one value, and chart {chart.version} has a block of values there.",
            f"Name what is to be set below {path}.",
        )
        for path, value in value_leaves(inputs.values)
        if isinstance(default := chart.default(path), Mapping)
        and default
        and value is not None
        and (is_placeholder(value) or not isinstance(value, Mapping))
    ]
