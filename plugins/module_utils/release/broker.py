# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends the brokers before others of another image start: two layouts of one bucket at a time corrupt it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..upgrade.transition import BROKER, component_of, images_of, workloads

#: Kinds that can be scaled to nothing.
_SCALABLE = ("Deployment", "StatefulSet")


def stop_brokers(
    cluster: Cluster,
    namespace: str,
    rendered: list[dict[str, Any]],
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Scale brokers to nothing whose image is to change, and wait until their pods are gone. The release starts them.

    What runs counts, not what a record says: a run that was ended in between is finished by the next.

    :return: what was done, one line each.
    :raises PopsinkError: they do not end in time.
    """
    report = []
    until = clock() + seconds
    for item in workloads(rendered):
        if component_of(item) != BROKER or item["kind"] not in _SCALABLE:
            continue
        name = item["metadata"]["name"]
        path = cluster.path_of(item["apiVersion"], item["kind"], namespace=namespace, name=name)
        live = cluster.find(path)
        if live is None or images_of(live) == images_of(item):
            continue
        cluster.request(
            "PATCH", path, body={"spec": {"replicas": 0}}, content_type="application/strategic-merge-patch+json"
        )
        labels = ",".join(f"{key}={value}" for key, value in live["spec"]["selector"]["matchLabels"].items())
        while pods := _running(cluster, namespace, labels):
            if clock() > until:
                raise PopsinkError(
                    f"{pods} pods of {name} did not end within {seconds:.0f} seconds; no new ones were started.",
                    remedy="Look what keeps them; the next run goes on from here. To replace brokers one after the "
                    "other, set popsink_broker_update to rolling.",
                )
            sleep(1.0)
        report.append(f"{item['kind']} {name}: stopped before its image changes (popsink_broker_update)")
    return report


def _running(cluster: Cluster, namespace: str, labels: str) -> int:
    """How many pods have not ended; one that was evicted stays for others to look at."""
    found = cluster.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=labels)
    return sum((pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed") for pod in found)
