# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pods are of a former template of their workload."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Label that Kubernetes puts on the pods of a StatefulSet, and annotation of a Deployment and of its ReplicaSets.
_OF_POD, _OF_DEPLOYMENT = "controller-revision-hash", "deployment.kubernetes.io/revision"


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
        if newest.get(owner := _owner(pod, "StatefulSet"))
        and (pod["metadata"].get("labels") or {}).get(_OF_POD) != newest[owner]
    }


def former_of_deployments(
    pods: Iterable[Mapping[str, Any]],
    replica_sets: Iterable[Mapping[str, Any]],
    deployments: Iterable[Mapping[str, Any]],
) -> set[str]:
    """Names of the pods that go by themselves as soon as those of their Deployment's present template are ready."""
    newest = {item["metadata"]["name"]: _revision(item) for item in deployments}
    former = {
        item["metadata"]["name"]
        for item in replica_sets
        if newest.get(owner := _owner(item, "Deployment")) and _revision(item) != newest[owner]
    }
    return {str(pod["metadata"]["name"]) for pod in pods if _owner(pod, "ReplicaSet") in former}


def _leaves_some(strategy: Mapping[str, Any]) -> bool:
    return strategy.get("type") == "OnDelete" or bool((strategy.get("rollingUpdate") or {}).get("partition"))


def _owner(item: Mapping[str, Any], kind: str) -> str:
    """Name of an object's controller; empty where that is of another kind, or there is none."""
    for owner in item["metadata"].get("ownerReferences") or ():
        if owner.get("controller") and owner["kind"] == kind:
            return str(owner["name"])
    return ""


def _revision(item: Mapping[str, Any]) -> str:
    return str((item["metadata"].get("annotations") or {}).get(_OF_DEPLOYMENT) or "")
