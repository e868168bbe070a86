# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of pods on where other pods are: required anti-affinity, and spreading that must be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...plan.labels import labels_of
from ..selectors import selects
from .node_rules import repelling, suits
from .workloads import Workload, anti_affinity_of


@dataclass(frozen=True, eq=False)
class Resident:
    """A pod on a node.

    :ivar place: labels of the node.
    :ivar terms: of its own required anti-affinity.
    """

    namespace: str
    labels: Mapping[str, str]
    place: Mapping[str, str]
    terms: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def running(cls, pod: Mapping[str, Any], node: Mapping[str, Any]) -> Resident:
        """A pod that runs."""
        namespace = str((pod.get("metadata") or {}).get("namespace") or "")
        return cls(namespace, labels_of(pod), labels_of(node), anti_affinity_of(pod.get("spec") or {}))

    @classmethod
    def planned(cls, workload: Workload, node: Mapping[str, Any]) -> Resident:
        """A pod of a workload, put there."""
        return cls(workload.namespace, workload.labels, labels_of(node), workload.anti_affinity)


class Company:
    """What the pods on the nodes mean for where the next pod of a workload may go."""

    def __init__(
        self,
        workload: Workload,
        nodes: Iterable[Mapping[str, Any]],
        usable: Iterable[Mapping[str, Any]],
        residents: Iterable[Resident],
    ) -> None:
        """Prepare.

        :param nodes: all of the cluster: those that no pod can use count for spreading, too.
        """
        self._workload = workload
        self._avoided: set[tuple[str, str]] = set()
        able = {id(node) for node in usable}
        self._spreads = [_Spread(item, workload, nodes, able) for item in workload.spread]
        for resident in residents:
            self.add(resident)

    def add(self, resident: Resident) -> None:
        """One more pod is there."""
        own = self._workload
        terms = [item for item in own.anti_affinity if _means(item, own.namespace, resident.namespace, resident.labels)]
        terms += [item for item in resident.terms if _means(item, resident.namespace, own.namespace, own.labels)]
        for term in terms:
            key = str(term.get("topologyKey"))
            if key in resident.place:
                self._avoided.add((key, resident.place[key]))
        for spread in self._spreads:
            spread.add(resident)

    def allows(self, node: Mapping[str, Any]) -> bool:
        """Whether the next pod may go to a node, as far as other pods are concerned."""
        if self._avoided and not self._avoided.isdisjoint(labels_of(node).items()):
            return False
        return all(spread.allows(node) for spread in self._spreads)


def _means(term: Mapping[str, Any], owner: str, namespace: str, labels: Mapping[str, str]) -> bool:
    """Whether a term of a pod in one namespace is about a pod in another."""
    named = term.get("namespaces") or ()
    # Which namespaces a selector takes in is not known here: it is taken to mean all of them.
    anywhere = term.get("namespaceSelector") is not None
    within = anywhere or namespace in named or (not named and namespace == owner)
    return within and selects(term.get("labelSelector"), labels)


class _Spread:
    """One topologySpreadConstraint: no zone, or node, may have many more pods than the one with the fewest."""

    def __init__(
        self, constraint: Mapping[str, Any], workload: Workload, nodes: Iterable[Mapping[str, Any]], able: set[int]
    ) -> None:
        self._selector = constraint.get("labelSelector")
        self._namespace = workload.namespace
        self._key = str(constraint.get("topologyKey"))
        self._most = int(constraint.get("maxSkew") or 1)
        self._domains = int(constraint.get("minDomains") or 1)
        self._own = int(selects(self._selector, workload.labels))
        self._counts: dict[str, int] = {}
        whatever_affinity = constraint.get("nodeAffinityPolicy") == "Ignore"
        minds_taints = constraint.get("nodeTaintsPolicy") == "Honor"
        for node in nodes:
            counted = whatever_affinity or suits(node, workload)
            if counted and minds_taints:
                counted = id(node) in able and not repelling(node, workload)
            if counted and self._key in labels_of(node):
                self._counts[labels_of(node)[self._key]] = 0

    def add(self, resident: Resident) -> None:
        domain = resident.place.get(self._key)
        if domain in self._counts and resident.namespace == self._namespace:
            self._counts[domain] += int(selects(self._selector, resident.labels))

    def allows(self, node: Mapping[str, Any]) -> bool:
        domain = labels_of(node).get(self._key)
        if domain is None or domain not in self._counts:
            return False
        fewest = min(self._counts.values()) if len(self._counts) >= self._domains else 0
        return self._counts[domain] + self._own - fewest <= self._most
