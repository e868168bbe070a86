# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the cluster: its version, nodes, StorageClass and IngressClass."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..cluster.quantity import quantity
from ..findings import Finding, failed, passed, warned
from .collected import Requirements
from .thresholds import is_count, no_version, numbers

_DEFAULT_STORAGE = "storageclass.kubernetes.io/is-default-class"
_DEFAULT_INGRESS = "ingressclass.kubernetes.io/is-default-class"


def cluster_version(version: dict[str, str], want: Requirements) -> Finding:
    """The API server is reached and new enough."""
    needed = numbers(want.minimum_kubernetes)
    if needed is None:
        return no_version("cluster.version", "popsink_required_kubernetes", want.minimum_kubernetes, "1.23")
    found = f"{version['major']}.{version['minor'].rstrip('+')}"
    # A patch level says nothing about what an API offers.
    if (numbers(found) or ()) >= needed[:2]:
        return passed("cluster.version", f"Kubernetes {version['gitVersion']}")
    return failed(
        "cluster.version",
        f"Kubernetes {found}, and {want.minimum_kubernetes} is needed.",
        "Upgrade the cluster, or choose another with popsink_kubeconfig and popsink_context.",
    )


def cluster_nodes(nodes: list[dict[str, Any]], want: Requirements) -> Finding:
    """Enough nodes are Ready, schedulable, amd64 and large enough."""
    if not is_count(want.nodes):
        return failed(
            "cluster.nodes",
            f"popsink_required_nodes is {want.nodes!r}, which is no number of nodes.",
            "Write for instance 2.",
        )
    for variable, threshold in (("cpu", want.node_cpu), ("memory", want.node_memory)):
        if quantity(threshold) is None:
            return failed(
                "cluster.nodes",
                f"popsink_required_node_{variable} is {threshold!r}, which is no Kubernetes quantity.",
                "Write for instance 4 for CPUs and 16G for memory.",
            )
    fitting = [node for node in nodes if _fits(node, want)]
    found = (
        f"{len(fitting)} of {len(nodes)} nodes are Ready, schedulable, amd64 and have {want.node_cpu} CPU and "
        f"{want.node_memory} of memory"
    )
    if len(fitting) >= want.nodes:
        return passed("cluster.nodes", found)
    return failed(
        "cluster.nodes",
        f"{found}; {want.nodes} are needed.",
        "Add nodes; for an evaluation lower popsink_required_nodes, popsink_required_node_cpu or "
        "popsink_required_node_memory.",
    )


def storage_class(classes: list[dict[str, Any]], want: Requirements) -> Finding:
    """The StorageClass of the volumes is there."""
    names = [item["metadata"]["name"] for item in classes]
    if want.storage_class:
        if want.storage_class in names:
            return passed("cluster.storage_class", f"StorageClass {want.storage_class} is there")
        return failed(
            "cluster.storage_class",
            f"There is no StorageClass {want.storage_class} (there is: {', '.join(names) or 'none'}).",
            "Name one of these in popsink_database_storage_class.",
        )
    if default := _default(classes, _DEFAULT_STORAGE):
        return passed("cluster.storage_class", f"StorageClass {default} is the default")
    return failed(
        "cluster.storage_class",
        f"The cluster has no default StorageClass (there is: {', '.join(names) or 'none'}).",
        "Name one in popsink_database_storage_class.",
    )


def ingress_class(classes: list[dict[str, Any]], want: Requirements) -> Finding:
    """The IngressClass is there, where an Ingress is made."""
    names = [item["metadata"]["name"] for item in classes]
    if want.ingress_class is None:
        return passed("cluster.ingress_class", "no Ingress is made (popsink_ingress_mode)")
    if want.ingress_class:
        if want.ingress_class in names:
            return passed("cluster.ingress_class", f"IngressClass {want.ingress_class} is there")
        return failed(
            "cluster.ingress_class",
            f"There is no IngressClass {want.ingress_class} (there is: {', '.join(names) or 'none'}).",
            "Name one of these in popsink_ingress_class, or set popsink_ingress_mode to none.",
        )
    if default := _default(classes, _DEFAULT_INGRESS):
        return passed("cluster.ingress_class", f"IngressClass {default} is the default")
    return warned(
        "cluster.ingress_class",
        f"The cluster has no default IngressClass (there is: {', '.join(names) or 'none'}).",
        "Name one in popsink_ingress_class, or set popsink_ingress_mode to none.",
    )


def _fits(node: dict[str, Any], want: Requirements) -> bool:
    status = node["status"]
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions", ()))
    return (
        ready
        and not node.get("spec", {}).get("unschedulable")
        and status["nodeInfo"]["architecture"] == "amd64"
        and _at_least(status["capacity"]["cpu"], want.node_cpu)
        and _at_least(status["capacity"]["memory"], want.node_memory)
    )


def _at_least(found: str, needed: str) -> bool:
    return (quantity(found) or Decimal(0)) >= (quantity(needed) or Decimal(0))


def _default(classes: list[dict[str, Any]], annotation: str) -> str:
    for item in classes:
        if (item["metadata"].get("annotations") or {}).get(annotation) == "true":
            return str(item["metadata"]["name"])
    return ""
