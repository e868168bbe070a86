"""Workloads and their pods as a cluster has them, as far as it matters whose a pod is and what is wrong with it."""

from __future__ import annotations

from typing import Any

from .fakes import FakeCluster

_APPS = "/apis/apps/v1/namespaces/popsink"


def put_pod(
    cluster: FakeCluster, name: str, owner: tuple[str, str], *, waiting: str = "", restarts: int = 0, revision: str = ""
) -> None:
    """Let a pod be there.

    :param owner: kind and name of its controller.
    :param waiting: why its container waits.
    :param revision: of its StatefulSet.
    """
    cluster.put(
        f"/api/v1/namespaces/popsink/pods/{name}",
        metadata={
            "uid": f"uid-of-{name}",
            "labels": {"app.kubernetes.io/instance": "popsink", "controller-revision-hash": revision},
            "ownerReferences": _owned_by(*owner),
        },
        status={
            "containerStatuses": [
                {
                    "name": "main",
                    "state": {"waiting": {"reason": waiting}} if waiting else {"running": {}},
                    "ready": not waiting and not restarts,
                    "restartCount": restarts,
                }
            ]
        },
    )


def put_stateful_set(
    cluster: FakeCluster, name: str, of: str, update: str, *, strategy: dict[str, Any] | None = None, seen: int = 2
) -> dict[str, Any]:
    """Let a StatefulSet be there, in its second generation.

    :param of: the revision of its pod.
    :param update: the one that it is to be of.
    """
    return cluster.put(
        f"{_APPS}/statefulsets/{name}",
        metadata={"generation": 2, "labels": {"app.kubernetes.io/instance": "popsink"}},
        spec={
            "replicas": 1,
            "updateStrategy": strategy or {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        },
        status={
            "observedGeneration": seen,
            "updateRevision": update,
            "replicas": 1,
            "updatedReplicas": int(of == update),
        },
    )


def put_replica_set(cluster: FakeCluster, name: str, deployment: str, revision: str) -> None:
    """Let a ReplicaSet be there."""
    annotations = {"deployment.kubernetes.io/revision": revision}
    cluster.put(
        f"{_APPS}/replicasets/{name}",
        metadata={"annotations": annotations, "ownerReferences": _owned_by("Deployment", deployment)},
    )


def _owned_by(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "name": name, "controller": True}]
