# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets of the namespace that are neither the release's nor this collection's: connectors may name them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..cluster.session import ApiError, Cluster
from ..plan.labels import MANAGER

#: Secrets that Kubernetes and Helm make for themselves.
_OWN_TYPES = ("helm.sh/release.v1", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")


def others_in(cluster: Cluster, namespace: str, release: str, ours: Collection[str], *, values: bool) -> dict[str, Any]:
    """Other Secrets by name: their type and data, or None where only the names are asked for.

    What another object owns (a SealedSecret, a Certificate) is made again by that, and its controller
    refuses what somebody else made: of these there is only the name.

    :param release: whose own Secrets are made again when it is brought up.
    :param ours: names of the deployment's own Secrets.
    :raises PopsinkError: the API refused.
    """
    listed = (cluster.find(f"/api/v1/namespaces/{namespace}/secrets") or {}).get("items", ())
    found = [secret for secret in listed if secret["metadata"]["name"] not in ours and _is_others(secret, release)]
    return {
        secret["metadata"]["name"]: _content(secret) if values and not _is_owned(secret) else None for secret in found
    }


def _is_others(secret: Mapping[str, Any], release: str) -> bool:
    labels, annotations = (secret["metadata"].get(name) or {} for name in ("labels", "annotations"))
    of_release = release in (annotations.get("meta.helm.sh/release-name"), labels.get("app.kubernetes.io/instance"))
    ours = labels.get("app.kubernetes.io/managed-by") == MANAGER
    return secret.get("type") not in _OWN_TYPES and not of_release and not ours


def _is_owned(secret: Mapping[str, Any]) -> bool:
    return bool(secret["metadata"].get("ownerReferences"))


def _content(secret: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": secret.get("type") or "Opaque", "data": dict(secret.get("data") or {})}


def bring_back(
    cluster: Cluster, namespace: str, others: Mapping[str, Mapping[str, Any] | None], *, check: bool
) -> tuple[list[str], list[str]]:
    """Create those that are not there; what is there is left as it is.

    :return: names of those that were created, and what is worth knowing of the rest, one line each.
    """
    created, notes = [], []
    for name, content in others.items():
        there = cluster.find(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        if content is None:
            if there is None:
                notes.append(f"Secret {name}: missing, and the backup has only its name; connectors may need it")
        elif there is None:
            if not check:
                _create(cluster, namespace, name, content)
            created.append(name)
        elif _content(there)["data"] != content["data"]:
            notes.append(f"Secret {name}: differs from the backup, and is left as it is")
    return created, notes


def _create(cluster: Cluster, namespace: str, name: str, content: Mapping[str, Any]) -> None:
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, **content}
    try:
        cluster.create(manifest)
    except ApiError as error:
        # Whoever looks after it was quicker.
        if error.status != 409:
            raise
