# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarting what read a Secret when it started."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ..cluster.session import Cluster

#: What kubectl's own rollout restart writes; a release's owner leaves it alone.
_ANNOTATION = "kubectl.kubernetes.io/restartedAt"


def restart(
    cluster: Cluster, namespace: str, release: str, secrets: Collection[str], leave: Collection[str], *, check: bool
) -> list[str]:
    """Restart the release's workloads whose pods have one of the Secrets in their environment or volumes.

    :param leave: names of workloads that need not be restarted.
    :return: names of the workloads.
    """
    restarted = []
    for kind in ("deployments", "statefulsets"):
        path = f"/apis/apps/v1/namespaces/{namespace}/{kind}"
        answer = cluster.find(path, labelSelector=f"app.kubernetes.io/instance={release}") or {}
        for item in answer.get("items", ()):
            name = item["metadata"]["name"]
            if name in leave or not secrets_read_by(item["spec"]["template"]["spec"]) & set(secrets):
                continue
            if not check:
                now = datetime.now(timezone.utc).isoformat(timespec="seconds")
                body = {"spec": {"template": {"metadata": {"annotations": {_ANNOTATION: now}}}}}
                cluster.request(
                    "PATCH", f"{path}/{name}", body=body, content_type="application/strategic-merge-patch+json"
                )
            restarted.append(name)
    return restarted


def secrets_read_by(pod: Mapping[str, Any]) -> set[str]:
    """Names of the Secrets that a pod reads when it starts; that with which its images are pulled is none of them."""
    return set(_names(pod))


def _names(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in [*pod.get("containers", ()), *(pod.get("initContainers") or ())]:
        for variable in container.get("env") or ():
            yield from _named((variable.get("valueFrom") or {}).get("secretKeyRef"), "name")
        for source in container.get("envFrom") or ():
            yield from _named(source.get("secretRef"), "name")
    for volume in pod.get("volumes") or ():
        yield from _named(volume.get("secret"), "secretName")
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from _named(source.get("secret"), "name")


def _named(reference: Mapping[str, Any] | None, key: str) -> Iterator[str]:
    if reference and reference.get(key):
        yield str(reference[key])
