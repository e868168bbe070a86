# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that run as the users that OpenShift gives a namespace, and not as those that a chart has by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..chart.facts import ChartFacts
from ..tree import dig, leaves, nested
from .inputs import Inputs
from .model import Plan

#: By which Bitnami's charts leave users and groups to OpenShift.
_ADAPT = "global.compatibility.openshift.adaptSecurityContext"

#: What of a security context says as whom to run.
_IDS = ("runAsUser", "runAsGroup", "fsGroup")


def plan_openshift(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Nobody in particular, where a Route shows that it is OpenShift; nothing elsewhere."""
    if inputs.ingress_mode != "route":
        return Plan()
    adapting = [name for name in ("", *chart.subcharts) if dig(_values_of(chart, name), _ADAPT) is not None]
    fixed = (path for path in _fixed(chart.values) if path.partition(".")[0] not in adapting)
    parts = [nested(path, None) for path in fixed] + ([nested(_ADAPT, "force")] if adapting else [])
    return Plan.of(Plan(values=part) for part in parts)


def _values_of(chart: ChartFacts, name: str) -> Mapping[str, Any]:
    values = chart.values.get(name) if name else chart.values
    return values if isinstance(values, Mapping) else {}


def _fixed(values: Mapping[str, Any]) -> Iterator[str]:
    """Paths of users and groups in security contexts."""
    for path, value in leaves(values):
        block, _dot, name = path.rpartition(".")
        if name in _IDS and value is not None and block.casefold().endswith("securitycontext"):
            yield path
