# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own chart values, which win over everything planned."""

from __future__ import annotations

from collections.abc import Mapping

from ..chart.facts import ChartFacts
from ..findings import Finding, warned
from ..names import did_you_mean
from ..tree import leaves
from .inputs import Inputs
from .model import Plan

#: Blocks below which users name keys freely, so an unknown key is no slip.
_FREE = ("annotations", "labels", "selector", "affinity", "resources", "tolerations", "extraenv", "config")


def plan_overrides(inputs: Inputs, chart: ChartFacts) -> Plan:
    """``popsink_values`` as the last part, with what the chart would ignore."""
    findings: list[Finding] = []
    for path, _value in leaves(inputs.values):
        findings += _unknown(path, chart)
    return Plan(values=dict(inputs.values), findings=tuple(findings))


def _unknown(path: str, chart: ChartFacts) -> list[Finding]:
    parts = path.split(".")
    for depth in range(1, len(parts) + 1):
        here = ".".join(parts[:depth])
        if chart.has(here):
            default = chart.default(here)
            if not isinstance(default, Mapping) or not default:
                return []
            continue
        if any(word in part.casefold() for part in parts[: depth - 1] for word in _FREE):
            return []
        above = ".".join(parts[: depth - 1])
        siblings = chart.default(above, {}) if above else chart.values
        names = [f"{above}.{name}" if above else str(name) for name in siblings]
        return [
            warned(
                "values.unknown",
                f"popsink_values.{path} is not known to chart {chart.version}, which would ignore it.",
                did_you_mean(here, names) or "Remove it, or pin a chart that has it.",
            )
        ]
    return []
