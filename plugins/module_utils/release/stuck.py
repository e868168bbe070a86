# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that Kubernetes leaves as they are: of a former template of their StatefulSet, and without hope to get ready.

It replaces a pod of a StatefulSet only once that is ready, so that the correction of what keeps it from that would
never reach it. Its volume outlives it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..cluster.revisions import former_of_stateful_sets
from ..cluster.session import ApiError, Cluster
from ..errors import PopsinkError
from ..verification.pods import troubles

#: Seconds within which Kubernetes has seen a StatefulSet that was changed, and between two looks.
_SEEN, _PAUSE = 15.0, 0.5

_FORBIDDEN = 403


def replace_stuck(
    cluster: Cluster,
    namespace: str,
    release: str,
    *,
    check: bool,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Delete them, so that others of the present template take their place.

    :return: what was done, or in check mode would be, one line each.
    :raises PopsinkError: the account may not delete them.
    """
    report = []
    for name in _stuck(cluster, namespace, release, clock, sleep):
        if not check:
            _delete(cluster, namespace, name)
        report.append(f"Pod {name}: replaced, since it cannot start and its StatefulSet has another template")
    return report


def _stuck(
    cluster: Cluster, namespace: str, release: str, clock: Callable[[], float], sleep: Callable[[float], None]
) -> list[str]:
    until = clock() + _SEEN
    path = f"/apis/apps/v1/namespaces/{namespace}/statefulsets"
    while not all(map(_is_seen, sets := _items(cluster, path, f"app.kubernetes.io/instance={release}"))):
        if clock() > until:
            return []
        sleep(_PAUSE)
    if all(map(_is_replaced, sets)):
        return []
    pods = [pod for pod in _items(cluster, f"/api/v1/namespaces/{namespace}/pods", "") if not _is_ending(pod)]
    former = former_of_stateful_sets(pods, sets)
    return sorted({trouble.pod for trouble in troubles(pods)} & former)


def _delete(cluster: Cluster, namespace: str, name: str) -> None:
    try:
        cluster.delete(f"/api/v1/namespaces/{namespace}/pods/{name}")
    except ApiError as error:
        if error.status != _FORBIDDEN:
            raise
        raise PopsinkError(
            f"Pod {name} cannot start, Kubernetes does not replace it, and the account may not delete it.",
            remedy=f"Grant it delete on pods in namespace {namespace}, or: kubectl --namespace {namespace} delete pod "
            f"{name}. Then run again.",
        ) from error


def _items(cluster: Cluster, path: str, selector: str) -> list[dict[str, Any]]:
    answer = cluster.find(path, **({"labelSelector": selector} if selector else {}))
    return list((answer or {}).get("items") or ())


def _is_seen(item: dict[str, Any]) -> bool:
    return int((item.get("status") or {}).get("observedGeneration") or 0) >= int(
        item["metadata"].get("generation") or 0
    )


def _is_replaced(item: dict[str, Any]) -> bool:
    """Whether all its pods are of the present template, which may also be the one of before the last."""
    status = item.get("status") or {}
    return int(status.get("updatedReplicas") or 0) >= int(status.get("replicas") or 0)


def _is_ending(pod: dict[str, Any]) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))
