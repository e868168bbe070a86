# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a pod may go: labels that a node must have, and taints that the pod must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...plan.labels import labels_of
from ..selectors import holds
from .workloads import Workload

_REPELS = ("NoSchedule", "NoExecute")

#: Taints of nodes that are not ready or cordoned: such a node is not usable anyway.
_CONDITIONS = tuple(f"node.kubernetes.io/{name}" for name in ("not-ready", "unreachable", "unschedulable"))


def name_of(item: Mapping[str, Any]) -> str:
    """Name of an object."""
    return str((item.get("metadata") or {}).get("name") or "")


def suits(node: Mapping[str, Any], workload: Workload) -> bool:
    """Whether a node has what a workload's nodeSelector and required affinity ask for."""
    labels = labels_of(node)
    if any(labels.get(name) != value for name, value in workload.node_selector.items()):
        return False
    terms = workload.node_affinity
    return terms is None or any(_meets(node, term) for term in terms)


def asked_of_nodes(workload: Workload) -> str:
    """What :func:`suits` looks for, as kubectl takes selectors."""
    exact = [f"{name}={value}" for name, value in workload.node_selector.items()]
    terms = [
        " and ".join(
            _spelled(item) for item in (*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ()))
        )
        for term in workload.node_affinity or ()
    ]
    return " and ".join([*exact, *([" or ".join(terms)] if terms else [])])


def _spelled(expression: Mapping[str, Any]) -> str:
    key, values = expression.get("key"), [str(value) for value in expression.get("values") or ()]
    operator = expression.get("operator")
    if operator == "In" and len(values) == 1:
        return f"{key}={values[0]}"
    if operator in ("Exists", "DoesNotExist"):
        return f"{'' if operator == 'Exists' else '!'}{key}"
    return f"{key} {str(operator).lower()} ({', '.join(values)})"


def _meets(node: Mapping[str, Any], term: Mapping[str, Any]) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    # A term without content stands for no node.
    return bool(expressions or fields) and (
        all(holds(item, labels_of(node)) for item in expressions)
        and all(holds(item, {"metadata.name": name_of(node)}) for item in fields)
    )


def repelling(node: Mapping[str, Any], workload: Workload) -> list[str]:
    """Taints of a node that keep a workload's pods away, as people write them."""
    taints = (node.get("spec") or {}).get("taints") or ()
    return [
        _text(taint)
        for taint in taints
        if taint.get("effect") in _REPELS
        and taint.get("key") not in _CONDITIONS
        and not any(_tolerates(toleration, taint) for toleration in workload.tolerations)
    ]


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    key, effect, operator = toleration.get("key"), toleration.get("effect"), toleration.get("operator") or "Equal"
    if effect and effect != taint.get("effect"):
        return False
    if not key:
        return bool(operator == "Exists")
    if key != taint.get("key"):
        return False
    same = (toleration.get("value") or "") == (taint.get("value") or "")
    return operator == "Exists" or (operator == "Equal" and same)


def _text(taint: Mapping[str, Any]) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"
