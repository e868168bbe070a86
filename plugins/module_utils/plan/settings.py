# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be set for the pods of each component: its key in a chart, and what a value must look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..chart.facts import ChartFacts
from ..cluster.quantity import quantity
from .naming import SUBDOMAIN, is_qualified_name
from .places import Place

_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")

#: Labels by which charts select pods.
_SELECTING = "app.kubernetes.io/"

_MOST_REPLICAS = 2**31 - 1


def _replicas(value: Any) -> str:
    fits = re.fullmatch(r"[0-9]{1,10}", str(value)) and 1 <= int(value) <= _MOST_REPLICAS
    return "" if fits and not isinstance(value, bool) else "no number of replicas, 1 or more"


def _switch(value: Any) -> str:
    return "" if isinstance(value, bool) else "neither true nor false"


def _texts(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "no mapping of names to texts"
    for name, text in value.items():
        if not is_qualified_name(str(name)):
            return f"a mapping with {name!r}, which is no name of a label"
        if not isinstance(text, str):
            return f"a mapping with {text!r} at {name}, which is no text: put it into quotes"
    return ""


def wrong_labels(value: Any) -> str:
    """What a value is that is no mapping of labels, as the end of a sentence; empty for one that is."""
    if wrong := _texts(value):
        return wrong
    for name, text in value.items():
        if not _LABEL_VALUE.fullmatch(text):
            return f"a mapping with {text!r} at {name}, which is no value of a label"
    return ""


def _pod_labels(value: Any) -> str:
    taken = [name for name in value if str(name).startswith(_SELECTING)] if isinstance(value, Mapping) else ()
    return f"a mapping with {taken[0]}, which the chart sets itself" if taken else wrong_labels(value)


def _tolerations(value: Any) -> str:
    return "" if _are_mappings(value) else "no list of tolerations"


def _affinity(value: Any) -> str:
    return "" if isinstance(value, Mapping) else "no mapping as Kubernetes takes it"


def _spread(value: Any) -> str:
    fits = _are_mappings(value) and all(isinstance(item.get("topologyKey"), str) for item in value)
    return "" if fits else "no list of constraints, each with a topologyKey"


def _priority_class(value: Any) -> str:
    fits = isinstance(value, str) and (not value or SUBDOMAIN.fullmatch(value))
    return "" if fits else "no name of a PriorityClass"


def _resources(value: Any) -> str:
    if not isinstance(value, Mapping) or not set(value) <= {"requests", "limits"}:
        return "no mapping of requests and limits"
    for kind, amounts in value.items():
        if not isinstance(amounts, Mapping):
            return f"no mapping of resources to quantities, in {kind}"
        for name, amount in amounts.items():
            number = quantity(amount)
            if amount is not None and (number is None or number < 0):
                return f"a mapping with {amount!r} at {kind}.{name}, which is no quantity, as 500m and 4Gi are"
    return ""


def _are_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


@dataclass(frozen=True)
class Setting:
    """What goes for the pods of a component.

    :ivar name: as ``popsink_components`` calls it.
    :ivar variable: the input that sets it for all components; empty where there is none.
    :ivar key: its key in a component's block of chart values.
    :ivar wrong: what a value is that it cannot be, as the end of a sentence; empty for one that fits.
    :ivar instead: what to do where a chart does not take it.
    """

    name: str
    variable: str
    key: str
    wrong: Callable[[Any], str]
    instead: str

    def taken_at(self, place: Place, chart: ChartFacts) -> str:
        """The dotted path at which a chart takes it for a component, empty where it does not."""
        path = place.path(self.key)
        return path if chart.has(path) else ""


_BY_POLICY = "Have a policy of the cluster set it for these pods, or do without there."

SETTINGS = (
    Setting("replicas", "", "replicaCount", _replicas, "Remove it: as many run as the chart says."),
    Setting(
        "resources",
        "popsink_size",
        "resources",
        _resources,
        "Give the namespace a LimitRange with defaults, which goes for these pods.",
    ),
    Setting("pdb", "popsink_pdb_enabled", "pdb.create", _switch, "Make a PodDisruptionBudget of your own."),
    Setting("node_selector", "popsink_node_selector", "nodeSelector", wrong_labels, _BY_POLICY),
    Setting("tolerations", "popsink_tolerations", "tolerations", _tolerations, _BY_POLICY),
    Setting("affinity", "popsink_affinity", "affinity", _affinity, _BY_POLICY),
    Setting("topology_spread", "popsink_topology_spread", "topologySpreadConstraints", _spread, _BY_POLICY),
    Setting("priority_class", "popsink_priority_class", "priorityClassName", _priority_class, _BY_POLICY),
    Setting("pod_labels", "popsink_pod_labels", "podLabels", _pod_labels, _BY_POLICY),
    Setting("pod_annotations", "popsink_pod_annotations", "podAnnotations", _texts, _BY_POLICY),
)
