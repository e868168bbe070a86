# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many replicas run."""

from __future__ import annotations

from ..chart.facts import ChartFacts
from .inputs import Inputs
from .model import Plan


def plan_sizing(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The data plane's replicas, where the inventory sets them."""
    return Plan(values={} if inputs.replicas is None else {"replicaCount": inputs.replicas})
