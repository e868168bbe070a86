# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known about the pinned version by itself."""

from __future__ import annotations

from ..chart.boundaries import about
from ..chart.facts import ChartFacts
from ..findings import Finding
from .inputs import Inputs
from .model import Plan


def plan_version(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Findings about versions that do not boot or should not be used."""
    return Plan(
        findings=tuple(
            Finding(row.subject, row.severity, f"Chart {chart.version}: {row.fact}.", row.remedy)
            for row in about(chart.version)
        )
    )
