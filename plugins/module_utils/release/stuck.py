# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that Kubernetes leaves as they are: of a former template of their StatefulSet, and without hope to get ready.

It replaces a pod of a StatefulSet only once that is ready, so that the correction of what keeps it from that would
never reach it. What it keeps on a claim outlives it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..cluster.conditions import is_seen
from ..cluster.revisions import former_of_stateful_sets
from ..cluster.session import ApiError, Cluster
from ..verification.pods import troubles

#: Seconds within which Kubernetes has seen a StatefulSet that was changed, and between two looks.
_SEEN, _PAUSE = 15.0, 0.5

_FORBIDDEN, _CONFLICT = 403, 409


def replace_stuck(
    cluster: Cluster,
    namespace: str,
    manifest: Iterable[Mapping[str, Any]],
    *,
    check: bool,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[str], list[str]]:
    """Delete them, so that others of the present template take their place.

    :param manifest: the release's objects; pods of others are left alone.
    :return: a line each of what was done, or in check mode would be; and of what the account may not do.
    """
    done, left = [], []
    names = [item["metadata"]["name"] for item in manifest if item["kind"] == "StatefulSet"]
    for pod in _stuck(cluster, namespace, names, clock, sleep):
        name = pod["metadata"]["name"]
        if check or _is_deleted(cluster, namespace, pod):
            done.append(f"Pod {name}: replaced, since it cannot start and its StatefulSet has another template")
        else:
            left.append(
                f"Pod {name} cannot start, its StatefulSet has another template, and the account may not delete it: "
                f"kubectl --namespace {namespace} delete pod {name}"
            )
    return done, left


def _stuck(
    cluster: Cluster, namespace: str, names: list[str], clock: Callable[[], float], sleep: Callable[[float], None]
) -> list[dict[str, Any]]:
    until = clock() + _SEEN
    paths = [f"/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}" for name in names]
    while not all(map(is_seen, sets := [item for path in paths if (item := cluster.find(path))])):
        if clock() > until:
            return []
        sleep(_PAUSE)
    if all(map(_is_replaced, sets)):
        return []
    pods = [pod for pod in cluster.items(f"/api/v1/namespaces/{namespace}/pods") if not _is_ending(pod)]
    stuck = former_of_stateful_sets(pods, sets) & {found.pod for found in troubles(pods) if not found.may_pass}
    return [pod for pod in pods if pod["metadata"]["name"] in stuck]


def _is_deleted(cluster: Cluster, namespace: str, pod: dict[str, Any]) -> bool:
    name, uid = pod["metadata"]["name"], pod["metadata"].get("uid")
    try:
        # It may have got ready since, and there be another of its name.
        cluster.delete(f"/api/v1/namespaces/{namespace}/pods/{name}", options={"preconditions": {"uid": uid}})
    except ApiError as error:
        if error.status not in (_FORBIDDEN, _CONFLICT):
            raise
        return error.status == _CONFLICT
    return True


def _is_replaced(item: dict[str, Any]) -> bool:
    """Whether all its pods are of the present template, which may also be the one of before the last."""
    status = item.get("status") or {}
    return int(status.get("updatedReplicas") or 0) >= int(status.get("replicas") or 0)


def _is_ending(pod: dict[str, Any]) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))
