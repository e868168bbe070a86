# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the nodes: how many, how large, and whether pods may go there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...cluster.conditions import is_ready
from ...cluster.quantity import quantity
from ...tree import dig
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..pods.node_rules import repelling, suits
from ..pods.workloads import Workload, planned
from ..site import Site


@check(
    "cluster.nodes",
    "{nodes} nodes that are Ready, schedulable, amd64 and have {node_cpu} CPU and {node_memory} of memory",
)
def nodes(site: Site) -> Verdict:
    """Enough nodes are Ready, schedulable, amd64 and large enough."""
    needed, cpu, memory = site.want.count("nodes"), site.want.quantity("node_cpu"), site.want.quantity("node_memory")
    fitting = [node for node in site.nodes if usable(node) and _as_large_as(node, cpu, memory)]
    found = f"{len(fitting)} of {len(site.nodes)} nodes are Ready, schedulable, amd64 and large enough"
    if len(fitting) >= needed:
        return passes(found)
    return fails(
        f"{found}.",
        "Add nodes; for an evaluation lower popsink_required_nodes, popsink_required_node_cpu or "
        "popsink_required_node_memory.",
    )


def usable(node: dict[str, Any]) -> bool:
    """Whether a node is Ready, schedulable and amd64."""
    schedulable = not dig(node, "spec.unschedulable")
    return is_ready(node) and schedulable and dig(node, "status.nodeInfo.architecture") == "amd64"


def _as_large_as(node: dict[str, Any], cpu: Decimal, memory: Decimal) -> bool:
    capacity = dig(node, "status.capacity") or {}
    has_cpu, has_memory = (quantity(capacity.get(name)) or Decimal(0) for name in ("cpu", "memory"))
    return has_cpu >= cpu and has_memory >= memory


@check("nodes.taints", "{nodes} nodes whose taints the pods tolerate", ahead=True)
def taints(site: Site) -> Verdict:
    """No taint keeps the pods off the nodes that they would need."""
    needed = site.want.count("nodes")
    nodes = [node for node in site.nodes if usable(node)]
    if not nodes:
        return unchecked("No node is usable: see cluster.nodes.")
    kept_off = [found for workload in planned(site).workloads if (found := _kept_off(workload, nodes))]
    nowhere = [found for found in kept_off if not found.left]
    if nowhere:
        return fails(f"Taints leave no node for {_told(nowhere)}.", _TOLERATE)
    few = [found for found in kept_off if found.left < needed]
    if few:
        least = min(found.left for found in few)
        return warns(f"Taints leave only {least} of {len(nodes)} usable nodes for {_told(few)}.", _TOLERATE)
    if kept_off:
        return passes(f"taints leave at least {needed} nodes for all pods")
    return passes("no taint keeps pods off a usable node")


_TOLERATE = (
    "Give these components tolerations (popsink_tolerations), or remove the taints: kubectl taint nodes NODE "
    "KEY:EFFECT-"
)


@dataclass(frozen=True)
class _KeptOff:
    """A workload that taints keep off nodes.

    :ivar left: nodes that it may use all the same.
    """

    workload: Workload
    taints: tuple[str, ...]
    left: int


def _kept_off(workload: Workload, nodes: list[dict[str, Any]]) -> _KeptOff | None:
    """None where no taint does; a node that does not suit it otherwise does not count."""
    by_node = [repelling(node, workload) for node in nodes if suits(node, workload)]
    taints = sorted({taint for taints in by_node for taint in taints})
    return _KeptOff(workload, tuple(taints), by_node.count([])) if taints else None


def _told(found: list[_KeptOff]) -> str:
    names = ", ".join(item.workload.name for item in found)
    return f"{names} ({', '.join(sorted({taint for item in found for taint in item.taints}))})"
