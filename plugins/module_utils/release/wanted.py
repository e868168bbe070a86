# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release is to be, and what that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..chart.archive import read_chart
from ..chart.facts import ChartFacts
from ..tree import changed_paths
from ..upgrade.one_way import SCHEMAS, Consent
from .state import Release

#: The documentation fragment popsink.data_plane.consent documents it.
CONSENT_SPEC: dict[str, Any] = {
    "karapace_schemas": {"type": "str", "default": "", "choices": ["", *SCHEMAS]},
    "accept": {"type": "list", "elements": "str", "default": []},
    "moved": {"type": "bool", "default": False},
    "broker_update": {"type": "str", "default": "stop", "choices": ["stop", "rolling"]},
}


@dataclass(frozen=True)
class Wanted:
    """What the release is to be.

    :ivar chart_version: version of the chart.
    :ivar archive: the chart's archive on this host.
    :ivar values: chart values with placeholders for secrets.
    :ivar literals: values of those secrets.
    :ivar pending_after: seconds after which a pending revision counts as abandoned.
    :ivar requires: Secrets that the values name, with the keys that they must have.
    :ivar consent: what the user accepts of a change that cannot be taken back.
    :ivar audited: whether what a schema registry holds that goes is written down already.
    :ivar stops_broker: whether brokers of another image are ended before new ones start.
    :ivar broker_seconds: how long that may take.
    """

    name: str
    namespace: str
    chart_version: str
    archive: Path
    values: dict[str, Any]
    literals: dict[str, str] = field(repr=False)
    pending_after: float
    requires: dict[str, list[str]] = field(default_factory=dict)
    consent: Consent = field(default_factory=Consent)
    audited: bool = False
    stops_broker: bool = True
    broker_seconds: float = 300.0

    @cached_property
    def chart(self) -> ChartFacts:
        """What the archive says of itself; read once, and only where the release changes."""
        return read_chart(self.archive)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Wanted:
        """From a module's parameters, those of :data:`CONSENT_SPEC` among them."""
        return cls(
            name=params["name"],
            namespace=params["namespace"],
            chart_version=params["chart"]["version"],
            archive=Path(params["chart"]["archive"]),
            values=params["values"],
            literals=params["literals"],
            pending_after=float(params["pending_after"]),
            requires=params.get("requires") or {},
            consent=Consent(params["karapace_schemas"], tuple(params["accept"]), params["moved"]),
            audited=bool(params.get("audited")),
            stops_broker=params["broker_update"] == "stop",
        )


def reasons_to_change(wanted: Wanted, current: Release | None, values: dict[str, Any]) -> list[str]:
    """Why Helm must run, as far as the release's record tells; empty when it need not.

    :param values: the wanted ones with their secrets.
    """
    if current is None:
        return ["not installed yet"]
    reasons = []
    if current.status != "deployed":
        reasons.append(f"revision {current.revision} is {current.status}")
    if current.chart_version != wanted.chart_version:
        reasons.append(f"chart {current.chart_version} becomes {wanted.chart_version}")
    return reasons + [f"value {path} changes" for path in changed_paths(current.values, values)]
