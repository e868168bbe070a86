# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pods are of a former template of their workload."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Labels that controllers put on their pods.
_REVISION, _TEMPLATE = "controller-revision-hash", "pod-template-hash"


def owner_of(pod: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name of a pod's controller; empty where it has none."""
    for owner in pod["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return str(owner["kind"]), str(owner["name"])
    return "", ""


def former_of_stateful_sets(pods: Iterable[Mapping[str, Any]], sets: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the pods that their StatefulSet has another template for.

    :param sets: the StatefulSets. One that leaves pods of a former template on purpose, by its strategy, has none.
    """
    newest = {
        item["metadata"]["name"]: (item.get("status") or {}).get("updateRevision")
        for item in sets
        if not _leaves_some(item["spec"].get("updateStrategy") or {})
    }
    return {
        str(pod["metadata"]["name"])
        for pod in pods
        if (owner := owner_of(pod))[0] == "StatefulSet"
        and newest.get(owner[1])
        and _label(pod, _REVISION) != newest[owner[1]]
    }


def _leaves_some(strategy: Mapping[str, Any]) -> bool:
    return strategy.get("type") == "OnDelete" or bool((strategy.get("rollingUpdate") or {}).get("partition"))


def former_of_deployments(pods: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the pods whose Deployment has begun pods of another template since.

    The youngest pod tells which template is the newest: an account that rolls out need not list ReplicaSets.
    """
    youngest: dict[str, tuple[str, str]] = {}
    of_deployments = []
    for pod in pods:
        kind, name = owner_of(pod)
        template = _label(pod, _TEMPLATE)
        if kind != "ReplicaSet" or not template:
            continue
        deployment = name.removesuffix(f"-{template}")
        of_deployments.append((pod, deployment, template))
        made = (str(pod["metadata"].get("creationTimestamp") or ""), template)
        youngest[deployment] = max(made, youngest.get(deployment, made))
    return {
        str(pod["metadata"]["name"])
        for pod, deployment, template in of_deployments
        if template != youngest[deployment][1]
    }


def _label(pod: Mapping[str, Any], name: str) -> str:
    return str((pod["metadata"].get("labels") or {}).get(name) or "")
