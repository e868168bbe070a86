# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the cluster: its version, nodes, StorageClass and IngressClass."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..cluster.quantity import quantity
from ..cluster.secrets import foreign_problems
from ..findings import Finding, failed, passed, warned
from .collected import Requirements
from .thresholds import is_count, no_version, numbers

#: Kind to the id of its check, and to the annotation of a default class.
_CLASSES = {
    "StorageClass": ("cluster.storage_class", "storageclass.kubernetes.io/is-default-class"),
    "IngressClass": ("cluster.ingress_class", "ingressclass.kubernetes.io/is-default-class"),
}


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
    if want.storage_class is None:
        return passed("cluster.storage_class", "no volume is asked for (popsink_database_mode)")
    remedy = "popsink_database_storage_class."
    return _class_there("StorageClass", classes, want.storage_class, remedy, without_default=failed)


def ingress_class(classes: list[dict[str, Any]], want: Requirements) -> Finding:
    """The IngressClass is there, where an Ingress is made."""
    if want.ingress_class is None:
        return passed("cluster.ingress_class", "no Ingress is made (popsink_ingress_mode)")
    remedy = "popsink_ingress_class, or set popsink_ingress_mode to none."
    return _class_there("IngressClass", classes, want.ingress_class, remedy, without_default=warned)


def secrets(live: dict[str, dict[str, Any]], want: Requirements) -> Finding:
    """The Secrets that somebody else looks after are there, with the keys that are read and values that are fit."""
    wrong = [problem for spec in want.foreign for problem in foreign_problems(spec, live.get(spec.name))]
    if wrong:
        found = f"In namespace {want.namespace}: {'; '.join(wrong)}."
        return failed("cluster.secrets", found, "Mend it where it is made, or name the right one.")
    return passed("cluster.secrets", f"Secrets that somebody else looks after: {len(want.foreign)}, all fit")


def _class_there(
    kind: str,
    classes: list[dict[str, Any]],
    wanted: str,
    remedy: str,
    *,
    without_default: Callable[[str, str, str], Finding],
) -> Finding:
    """Whether the wanted class is there, or a default one where none is named.

    :param remedy: the variable to name a class in, and other ways out.
    :param without_default: the finding where none is named and there is no default.
    """
    check, default_annotation = _CLASSES[kind]
    names = [item["metadata"]["name"] for item in classes]
    there = f"(there is: {', '.join(names) or 'none'})"
    if wanted in names:
        return passed(check, f"{kind} {wanted} is there")
    if wanted:
        return failed(check, f"There is no {kind} {wanted} {there}.", f"Name one of these in {remedy}")
    if default := _default(classes, default_annotation):
        return passed(check, f"{kind} {default} is the default")
    return without_default(check, f"The cluster has no default {kind} {there}.", f"Name one in {remedy}")


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
