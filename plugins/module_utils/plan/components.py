# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Components that a deployment can do without: stream browser, Kafka UI, metrics exporter."""

from __future__ import annotations

from dataclasses import dataclass

from ..chart.boundaries import keys_of
from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..tree import nested
from .inputs import Inputs
from .model import Plan
from .storage import uses_bucket


@dataclass(frozen=True)
class Component:
    """Something that runs or does not.

    :ivar block: its block of chart values.
    :ivar variable: the input that switches it, without its prefix.
    :ivar reads_bucket: whether it works on an S3 bucket only.
    """

    block: str
    variable: str
    reads_bucket: bool = False


COMPONENTS = (
    Component("kotatsu", "kotatsu_enabled", reads_bucket=True),
    Component("kafkaUi", "kafka_ui_enabled"),
    Component("metricsExporter", "metrics_exporter_enabled"),
)


#: Made for the vendor's own development. One of them is on by default in old charts.
DEVELOPMENT = ("allowDesignLogin", "pipelineMode")


def plan_components(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Switches for those that the chart has; without one the chart's own default holds."""
    off = Plan(values={switch: False for switch in DEVELOPMENT if chart.default(switch)})
    return off.merge(Plan.of(_component(component, inputs, chart) for component in COMPONENTS))


def _component(component: Component, inputs: Inputs, chart: ChartFacts) -> Plan:
    wanted: bool | None = getattr(inputs, component.variable)
    if not chart.has(component.block):
        return Plan(findings=(_has_none(component, chart),)) if wanted else Plan()
    if component.reads_bucket and not uses_bucket(inputs):
        # Left on by the chart's default, it would end the rendering.
        off = Plan(values=nested(f"{component.block}.enabled", False))
        return off.merge(Plan(findings=(_no_bucket(component),))) if wanted else off
    return Plan() if wanted is None else Plan(values=nested(f"{component.block}.enabled", wanted))


def _has_none(component: Component, chart: ChartFacts) -> Finding:
    key = next(keys_of(component.block))
    return warned(
        f"components.{component.variable}",
        f"popsink_{component.variable} is on, and chart {chart.version} has no {component.block}: {key.charts}.",
        f"In its place there is {key.instead}.",
    )


def _no_bucket(component: Component) -> Finding:
    return failed(
        f"components.{component.variable}",
        f"popsink_{component.variable} is on, and {component.block} reads an S3 bucket, which the broker does not use.",
        f"Set popsink_{component.variable} to false, or keep the broker's records in a bucket.",
    )
