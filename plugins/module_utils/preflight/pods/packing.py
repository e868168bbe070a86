# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting pods on nodes in thought, as a scheduler would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...tree import dig
from .amounts import CPU, MEMORY, PODS, amounts
from .node_rules import name_of, repelling, suits
from .pod_requests import requests_of
from .pod_rules import Company, Resident
from .workloads import Workload

_ZERO = Decimal(0)

Amounts = dict[str, Decimal]


@dataclass(frozen=True)
class Ground:
    """What there is to put pods on.

    :ivar nodes: all of the cluster.
    :ivar usable: those of them that a pod of ours can run on, in the order of their names.
    :ivar free: what is left on each of these, by its name.
    :ivar residents: the pods that stay where they are.
    """

    nodes: Sequence[Mapping[str, Any]]
    usable: Sequence[Mapping[str, Any]]
    free: Mapping[str, Amounts]
    residents: Sequence[Resident]

    @classmethod
    def of(
        cls,
        nodes: Sequence[Mapping[str, Any]],
        usable: Sequence[Mapping[str, Any]],
        pods: Iterable[Mapping[str, Any]],
    ) -> Ground:
        """Nodes with the pods that stay there. Pods without a node are not counted: where they go is not known."""
        by_name = {name_of(node): node for node in nodes}
        free = {name_of(node): amounts(dig(node, "status.allocatable")) for node in usable}
        residents = []
        for pod in pods:
            spec = pod.get("spec") or {}
            name = str(spec.get("nodeName") or "")
            if name in free:
                take(free[name], needs_of(requests_of(spec)))
            if name in by_name:
                residents.append(Resident.running(pod, by_name[name]))
        return cls(nodes, sorted(usable, key=name_of), free, residents)

    def candidates(self, workload: Workload) -> list[Mapping[str, Any]]:
        """Usable nodes that a workload's pods may go to, whatever else is there."""
        return [node for node in self.usable if suits(node, workload) and not repelling(node, workload)]


@dataclass(frozen=True)
class Packing:
    """One way to put pods on nodes.

    :ivar left_out: pods of each workload that found no node; none where all did.
    :ivar free: what is left then on each usable node.
    :ivar residents: all pods then.
    """

    left_out: Mapping[Workload, int]
    free: Mapping[str, Amounts]
    residents: Sequence[Resident]


def best_packing(workloads: Sequence[Workload], ground: Ground) -> Packing:
    """The way that leaves the fewest pods out: large ones first, each on the first node that takes it.

    What counts as large is tried in three ways. What it fits is a proof that there is a way; where none of the three
    finds one, a scheduler, which does not look for one but takes pods as they come, is not likely to either.
    """
    whole: Amounts = {}
    for free in ground.free.values():
        take(whole, free, back=True)
    packings = []
    for resources in ((CPU, MEMORY), (MEMORY,), (CPU,)):
        packing = _packed(workloads, ground, {name: whole.get(name, _ZERO) for name in resources})
        if not packing.left_out:
            return packing
        packings.append(packing)
    return min(packings, key=lambda packing: sum(packing.left_out.values()))


def _packed(workloads: Sequence[Workload], ground: Ground, scale: Amounts) -> Packing:
    """Those with the least choice first, then by the largest share of what is free in the cluster."""
    free = {name: dict(amounts) for name, amounts in ground.free.items()}
    residents = list(ground.residents)
    choice = {workload: ground.candidates(workload) for workload in workloads}

    def rank(workload: Workload) -> tuple[int, Decimal, str]:
        # Where nothing is free the order does not matter.
        shares = [workload.requests.get(name, _ZERO) / of for name, of in scale.items() if of > 0]
        return len(choice[workload]), -max(shares, default=_ZERO), workload.name

    left_out = {}
    for workload in sorted(workloads, key=rank):
        missing = _place(workload, choice[workload], ground, free, residents)
        if missing:
            left_out[workload] = missing
    return Packing(left_out, free, residents)


def _place(
    workload: Workload,
    nodes: Sequence[Mapping[str, Any]],
    ground: Ground,
    free: Mapping[str, Amounts],
    residents: list[Resident],
) -> int:
    """Put a workload's pods on nodes, and give the number of those that find none."""
    company = Company(workload, ground.nodes, ground.usable, residents)
    needs = needs_of(workload.requests)
    # Of one on each node, each has a single node to go to.
    choices = [[node] for node in nodes] if workload.replicas is None else [nodes] * workload.replicas
    missing = 0
    for choice in choices:
        node = next((one for one in choice if fits(needs, free[name_of(one)]) and company.allows(one)), None)
        if node is None:
            missing += 1
            continue
        take(free[name_of(node)], needs)
        resident = Resident.planned(workload, node)
        residents.append(resident)
        company.add(resident)
    return missing


def needs_of(requests: Amounts) -> Amounts:
    """What a pod takes of a node: what it asks for, and a place."""
    return {**requests, PODS: Decimal(1)}


def fits(needs: Amounts, free: Amounts) -> bool:
    """Whether a node has what a pod takes."""
    return not lacks(needs, free)


def lacks(needs: Amounts, free: Amounts) -> Amounts:
    """What a node has too little of for a pod, and how much."""
    return {
        name: need - free.get(name, _ZERO) for name, need in needs.items() if need > max(free.get(name, _ZERO), _ZERO)
    }


def take(free: Amounts, needs: Amounts, *, back: bool = False) -> None:
    """Take from what is free, or give back to it."""
    for name, need in needs.items():
        free[name] = free.get(name, _ZERO) + (need if back else -need)
