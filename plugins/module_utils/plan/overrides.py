# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own chart values, which win over everything planned."""

from __future__ import annotations

from collections.abc import Mapping

from ..chart.facts import ChartFacts
from ..tree import merged
from .broker import broker_block
from .ignored import ignored
from .inputs import Inputs
from .model import Plan


def plan_overrides(inputs: Inputs, chart: ChartFacts) -> Plan:
    """``popsink_values`` as the last part, with what the chart would ignore."""
    findings = ignored(inputs.values, chart, "popsink_values", "values.unknown")
    values = dict(inputs.values)
    former = values.get("tansu")
    if broker_block(chart) == "kodansu" and isinstance(former, Mapping):
        # The chart reads both, and its new name, under which the broker is planned, wins: the user's must count.
        now = values.get("kodansu")
        values["kodansu"] = merged(former, now if isinstance(now, Mapping) else {})
        del values["tansu"]
    return Plan(values=values, findings=tuple(findings))
