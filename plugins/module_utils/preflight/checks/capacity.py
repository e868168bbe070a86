# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of whether what is planned fits on the nodes, beside what runs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ..check import Verdict, check, fails, passes, unchecked, warns
from ..pods.amounts import CPU, MEMORY, shown
from ..pods.node_rules import asked_of_nodes, name_of, suits
from ..pods.packing import Amounts, Ground, Packing, best_packing, lacks, needs_of
from ..pods.pod_rules import Company
from ..pods.workloads import Workload, makes_room, planned
from ..site import Site
from .nodes import usable

_ZERO = Decimal(0)

_ROOM = (
    "Add nodes, or larger ones; or change what the components ask for (popsink_size, popsink_replicas, "
    "popsink_node_selector, popsink_affinity; popsink_components for one of them)."
)
_LABEL = (
    "Give nodes the label (kubectl label node NODE KEY=VALUE), or correct popsink_node_selector and popsink_affinity, "
    "or those of a component in popsink_components."
)
_REQUESTS = (
    "Set popsink_size, or resources of these components in popsink_components: without requests the scheduler puts "
    "pods where there is no memory for them."
)


@check("nodes.capacity", "room on the nodes for all pods, beside what runs there", ahead=True)
def capacity(site: Site) -> Verdict:
    """All pods find a node with room for them.

    Assumed: what a new release replaces is gone when its pods start; pods that wait for a node have no claim on one;
    volumes and ports of the nodes bind no pod to a node, or keep it off.
    """
    nodes = site.nodes
    able = [node for node in nodes if usable(node)]
    if not able:
        return unchecked("No node is usable: see cluster.nodes.")
    workloads = [workload for workload in planned(site).workloads if workload.lasting]
    staying = (pod for pod in site.pods if not makes_room(pod, site.want.namespace, site.want.release))
    ground = Ground.of(nodes, able, staying)
    packing = best_packing(workloads, ground)
    if packing.left_out:
        homeless: dict[str, list[str]] = {}
        told = []
        for workload, count in packing.left_out.items():
            if any(suits(node, workload) for node in ground.usable):
                told.append(_told(workload, count, packing, ground))
            else:
                homeless.setdefault(asked_of_nodes(workload), []).append(workload.name)
        alone = [_unsuitable(asked, names) for asked, names in homeless.items()]
        remedies = [*([_LABEL] if alone else []), *([_ROOM] if told else [])]
        return fails(f"There is not room for everything: {'; '.join([*alone, *told])}.", " ".join(remedies))
    beside = [workload.name for workload in workloads if workload.pod_affinity]
    if beside:
        return unchecked(f"Whether there is room is not told where pods must be beside others: {', '.join(beside)}.")
    silent = [f"{workload.name} ({' and '.join(unsaid)})" for workload in workloads if (unsaid := _unsaid(workload))]
    if silent:
        return warns(
            f"Whether there is room cannot be told: pods do not say what they need: {', '.join(silent)}.", _REQUESTS
        )
    return passes(f"{_sum_of(workloads, len(able))} find room beside what runs there")


def _unsaid(workload: Workload) -> list[str]:
    return [name for name in (CPU, MEMORY) if not workload.requests.get(name)]


def _sum_of(workloads: Sequence[Workload], nodes: int) -> str:
    pods = {workload: nodes if workload.replicas is None else workload.replicas for workload in workloads}
    asked = {
        name: sum((workload.requests.get(name, _ZERO) * count for workload, count in pods.items()), _ZERO)
        for name in (CPU, MEMORY)
    }
    return f"{sum(pods.values())} pods that ask for {_listed(asked)} in all"


def _unsuitable(asked: str, names: Sequence[str]) -> str:
    return f"no usable node has {asked}, which nodeSelector or affinity of {', '.join(sorted(names))} ask for"


def _told(workload: Workload, count: int, packing: Packing, ground: Ground) -> str:
    """Why pods of a workload find no node."""
    candidates = ground.candidates(workload)
    planned = len(candidates) if workload.replicas is None else workload.replicas
    pods = f"{count} of {planned} pods of {workload.name} find no node"
    if not candidates:
        return f"{pods}: they tolerate the taints of none (nodes.taints)"
    company = Company(workload, ground.nodes, ground.usable, packing.residents)
    needs = needs_of(workload.requests)
    allowed = [node for node in candidates if company.allows(node)]
    # A DaemonSet's pods each have one node, and that they are on the others says nothing.
    open_to_them = [name_of(node) for node in (candidates if workload.replicas is None else allowed)]
    short = {name: missing for name in open_to_them if (missing := lacks(needs, packing.free[name]))}
    if not short:
        return f"{pods}: anti-affinity or topologySpreadConstraints leave none of their {len(candidates)} nodes"
    roomiest = min(short, key=lambda name: (_shortage(needs, short[name]), name))
    free = packing.free[roomiest]
    left = {name: free.get(name, _ZERO) for name in {**workload.requests, **short[roomiest]}}
    return (
        f"{pods}: each asks for {_listed(workload.requests)}, and {roomiest}, which comes closest, has {_listed(left)} "
        f"left: {_listed(short[roomiest])} too little"
    )


def _shortage(needs: Amounts, missing: Amounts) -> tuple[Decimal, Decimal]:
    """How far a node is from having room: the largest missing share, then the sum of them."""
    shares = [number / needs[name] for name, number in missing.items()]
    return max(shares), sum(shares, _ZERO)


def _listed(found: Mapping[str, Decimal]) -> str:
    return " and ".join(shown(name, max(number, _ZERO)) for name, number in found.items()) or "nothing"
