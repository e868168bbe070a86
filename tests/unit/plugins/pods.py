"""Pods as a cluster lists them, as far as it matters whose they are and what is wrong with them."""

from __future__ import annotations

from typing import Any

from .fakes import FakeCluster


def put_pod(
    cluster: FakeCluster, name: str, owner: tuple[str, str], *, waiting: str = "", made: str = "", **labels: str
) -> None:
    """Let a pod be there.

    :param owner: kind and name of its controller.
    :param waiting: why its container waits.
    :param labels: with underscores for hyphens.
    """
    kind, controller = owner
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    cluster.put(
        f"/api/v1/namespaces/popsink/pods/{name}",
        metadata={
            "labels": {
                "app.kubernetes.io/instance": "popsink",
                **{key.replace("_", "-"): value for key, value in labels.items()},
            },
            "creationTimestamp": made,
            "ownerReferences": [{"kind": kind, "name": controller, "controller": True}],
        },
        status={"containerStatuses": [{"name": "main", "state": state, "ready": not waiting}]},
    )


def put_stateful_set(
    cluster: FakeCluster, name: str, of: str, update: str, *, strategy: dict[str, Any] | None = None, seen: int = 2
) -> dict[str, Any]:
    """Let a StatefulSet be there, in its second generation.

    :param of: the revision of its pod.
    :param update: the one that it is to be of.
    """
    spec = {"replicas": 1, "updateStrategy": strategy or {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}
    status = {"observedGeneration": seen, "updateRevision": update, "replicas": 1, "updatedReplicas": int(of == update)}
    return cluster.put(
        f"/apis/apps/v1/namespaces/popsink/statefulsets/{name}",
        metadata={"generation": 2, "labels": {"app.kubernetes.io/instance": "popsink"}},
        spec=spec,
        status=status,
    )
