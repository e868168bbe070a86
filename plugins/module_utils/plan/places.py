# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The components that have pods, and where the pinned chart takes what goes for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..chart.facts import ChartFacts
from ..tree import dig
from .database import is_bundled
from .inputs import Inputs
from .labels import INSTANCE
from .overrides import values_of_the_user
from .storage import uses_bucket

_COMPONENT, _NAME = "app.kubernetes.io/component", "app.kubernetes.io/name"


@dataclass(frozen=True)
class Component:
    """What has pods of its own.

    :ivar name: as ``popsink_components`` calls it.
    :ivar blocks: blocks of chart values that may be its, the first that the chart has is; the top level has no name.
    :ivar planned: whether it runs by the inputs; None leaves that to the chart.
    """

    name: str
    blocks: tuple[str, ...]
    planned: Callable[[Inputs], bool | None]

    def runs(self, block: str, inputs: Inputs, chart: ChartFacts) -> bool:
        """Whether it runs in a chart that has the block: the user's own chart values win, as they do in the plan."""
        switch = f"{block}.enabled"
        said = (dig(values_of_the_user(inputs, chart), switch), self.planned(inputs), chart.default(switch))
        return bool(next((one for one in said if one is not None), False))


COMPONENTS = (
    Component("data_plane", ("",), lambda _inputs: True),
    Component("broker", ("kodansu", "tansu"), lambda inputs: inputs.kafka_mode == "bundled"),
    Component("schema_registry", ("kora", "karapace"), lambda inputs: inputs.schema_registry_mode == "bundled"),
    Component("kotatsu", ("kotatsu",), lambda inputs: inputs.kotatsu_enabled if uses_bucket(inputs) else False),
    Component("kafka_ui", ("kafkaUi",), lambda inputs: inputs.kafka_ui_enabled),
    Component("metrics_exporter", ("metricsExporter",), lambda inputs: inputs.metrics_exporter_enabled),
    Component("database", ("postgresql.primary",), is_bundled),
)

#: The label that tells a component's pods within a release, by its block. Source: docs/chart.md.
_LABELS = {
    "": (_COMPONENT, "data-plane"),
    "kodansu": (_COMPONENT, "tansu"),
    "tansu": (_COMPONENT, "tansu"),
    "karapace": (_COMPONENT, "karapace"),
    "kora": (_NAME, "kora"),
    "kotatsu": (_COMPONENT, "kotatsu"),
}


@dataclass(frozen=True)
class Place:
    """Where a chart takes what goes for a component.

    :ivar name: the component's.
    :ivar block: its block of values; the top level has no name.
    """

    name: str
    block: str

    def path(self, key: str) -> str:
        """The dotted path of one of its values."""
        return f"{self.block}.{key}" if self.block else key

    def selector(self, release: str) -> dict[str, Any] | None:
        """What selects its pods; None where that is not documented."""
        if self.block not in _LABELS:
            return None
        name, value = _LABELS[self.block]
        return {"matchLabels": {INSTANCE: release, name: value}}


def places(inputs: Inputs, chart: ChartFacts) -> Iterator[Place]:
    """Those of the components that run."""
    for component in COMPONENTS:
        block = next((block for block in component.blocks if not block or chart.has(block)), None)
        if block is not None and component.runs(block, inputs, chart):
            yield Place(component.name, block)


def known_names() -> Mapping[str, str]:
    """Names of the components, and blocks that people may call them by, each to the name that counts."""
    by_block = {part: item.name for item in COMPONENTS for block in item.blocks for part in block.split(".") if part}
    return by_block | {item.name: item.name for item in COMPONENTS}
