# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling of the data plane: more pods by load, or larger ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..tree import dig, nested
from .inputs import Inputs
from .model import Plan

_HPA, _VPA = "autoscaling.hpa", "autoscaling.vpa"

#: Inputs to keys, of which a chart has one; the vendor names only their blocks.
_KEYS = {
    "hpa_enabled": (f"{_HPA}.enabled",),
    "hpa_min_replicas": (f"{_HPA}.minReplicas",),
    "hpa_max_replicas": (f"{_HPA}.maxReplicas",),
    "hpa_target_cpu": (f"{_HPA}.targetCPU", f"{_HPA}.targetCPUUtilizationPercentage"),
    "vpa_enabled": (f"{_VPA}.enabled",),
    "vpa_update_mode": (f"{_VPA}.updateMode", f"{_VPA}.updatePolicy.updateMode"),
}

#: Of no use without the autoscaler.
_BOUNDS = ("hpa_min_replicas", "hpa_max_replicas", "hpa_target_cpu")


def plan_autoscaling(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The chart's HorizontalPodAutoscaler and VerticalPodAutoscaler, where the inventory sets them."""
    plan, lacking = Plan(), []
    for name, keys in _KEYS.items():
        value = getattr(inputs, name)
        if value in (None, ""):
            continue
        if path := next((key for key in keys if chart.has(key)), ""):
            plan = plan.merge(Plan(values=nested(path, value)))
        elif value is not False:
            lacking.append(f"popsink_{name}")
    return plan.merge(Plan(findings=(*_not_taken(lacking, chart), *_wrong(inputs))))


def _not_taken(lacking: list[str], chart: ChartFacts) -> tuple[Finding, ...]:
    if not lacking:
        return ()
    return (
        warned(
            "sizing.autoscaling",
            f"Chart {chart.version} has no value for {', '.join(lacking)}.",
            "Look into its values for another name, which popsink_values takes, or make the autoscaler yourself.",
        ),
    )


def _wrong(inputs: Inputs) -> list[Finding]:
    findings = []
    own = inputs.components.get("data_plane", {}).get("replicas")
    if inputs.hpa_enabled and (inputs.replicas is not None or own is not None):
        variable = "popsink_components.data_plane.replicas" if inputs.replicas is None else "popsink_replicas"
        findings.append(
            failed(
                "sizing.replicas",
                f"{variable} is set, and popsink_hpa_enabled lets an autoscaler decide.",
                f"Remove {variable}, and set popsink_hpa_min_replicas.",
            )
        )
    bounds = [f"popsink_{name}" for name in _BOUNDS if getattr(inputs, name) is not None]
    if bounds and not inputs.hpa_enabled:
        findings.append(
            warned(
                "sizing.autoscaling",
                f"{', '.join(bounds)} is set, and popsink_hpa_enabled is not on.",
                "Set popsink_hpa_enabled to true, or remove the rest.",
            )
        )
    return findings


def wrong_autoscaling(values: Mapping[str, Any], inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """What does not go together, whoever set it.

    :param values: the chart values as they will be handed to Helm.
    """
    if not _value(f"{_HPA}.enabled", values, chart):
        return ()
    findings = []
    if _value(f"{_VPA}.enabled", values, chart):
        findings.append(
            failed(
                "sizing.autoscaling",
                "Both autoscalers are on for the data plane: one adds pods for a load that the other takes as a reason "
                "for larger ones.",
                "Set one of popsink_hpa_enabled and popsink_vpa_enabled to false.",
            )
        )
    least, most = (_value(f"{_HPA}.{name}", values, chart) for name in ("minReplicas", "maxReplicas"))
    if isinstance(least, int) and isinstance(most, int) and least > most:
        findings.append(
            failed(
                "sizing.autoscaling",
                f"The autoscaler would have at least {least} and at most {most} replicas.",
                "Correct popsink_hpa_min_replicas and popsink_hpa_max_replicas; what you leave out is the chart's.",
            )
        )
    if "replicaCount" in values and not inputs.hpa_enabled:
        findings.append(
            warned(
                "sizing.replicas",
                "replicaCount is set, and autoscaling.hpa is on: what the autoscaler decides counts.",
                "Remove replicaCount, or popsink_replicas.",
            )
        )
    return tuple(findings)


def least_replicas(values: Mapping[str, Any], inputs: Inputs, chart: ChartFacts) -> int | None:
    """How many pods an autoscaler keeps at least; None where none is on.

    :param values: the chart values as they will be handed to Helm, or nothing for what the inputs alone say.
    """
    on = inputs.hpa_enabled if inputs.hpa_enabled is not None else _value(f"{_HPA}.enabled", values, chart)
    if not on:
        return None
    given = inputs.hpa_min_replicas
    least = _value(f"{_HPA}.minReplicas", values, chart) if given is None else given
    return int(least) if str(least).isdecimal() else 1


def most_replicas(values: Mapping[str, Any], chart: ChartFacts) -> Any:
    """How many pods an autoscaler may start; None where none is on."""
    return _value(f"{_HPA}.maxReplicas", values, chart) if _value(f"{_HPA}.enabled", values, chart) else None


def _value(path: str, values: Mapping[str, Any], chart: ChartFacts) -> Any:
    return dig(values, path, chart.default(path))
