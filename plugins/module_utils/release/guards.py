# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of a release must not do: it would be refused halfway, or make stored data unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cluster.quantity import quantity
from ..cluster.secrets import decoded
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..tree import dig
from .state import Release

_KEY = "connectorConfigEncryptionKey"
_PERSISTENCE = "postgresql.primary.persistence"


def guard(
    cluster: Cluster, namespace: str, current: Release, values: Mapping[str, Any], *, ahead: bool = False
) -> None:
    """Refuse a change that cannot be taken back.

    :param ahead: whether the Secrets that the values name may yet be made.
    :raises PopsinkError: the volume would change, or the release would get another encryption key.
    """
    _guard_volume(cluster, namespace, current, values)
    _guard_key(cluster, namespace, current, values, ahead=ahead)


def _guard_volume(cluster: Cluster, namespace: str, current: Release, values: Mapping[str, Any]) -> None:
    """Hold the planned volume against the one that is there: what a failed revision asked for says nothing."""
    planned, asked_for = (dig(tree, _PERSISTENCE) or {} for tree in (values, current.values))
    fixed = []
    for item in current.manifest:
        path = f"/apis/apps/v1/namespaces/{namespace}/statefulsets/{item['metadata']['name']}"
        live = cluster.find(path) if item["kind"] == "StatefulSet" else None
        for template in ((live or {}).get("spec") or {}).get("volumeClaimTemplates") or ():
            size = dig(template, "spec.resources.requests.storage")
            if planned.get("size") and quantity(planned["size"]) != quantity(size):
                fixed.append(f"popsink_database_storage_size (now {size})")
            name = template["spec"].get("storageClassName") or ""
            # Where neither names one, the chart's default holds, and it stays.
            wanted = planned.get("storageClass") or ("" if asked_for.get("storageClass") else name)
            if wanted != name:
                fixed.append(f"popsink_database_storage_class (now {name or 'empty, for the default class'})")
    if fixed:
        raise PopsinkError(
            f"{' and '.join(fixed)} cannot change: Kubernetes does not let a StatefulSet's volumes be changed.",
            remedy="Set back what the volume was made with. It grows by editing its PersistentVolumeClaim, where its "
            "StorageClass allows that.",
        )


def _guard_key(cluster: Cluster, namespace: str, current: Release, values: Mapping[str, Any], *, ahead: bool) -> None:
    planned, now = (_key_of(tree) for tree in (values, current.values))
    if not any(planned) or planned == now:
        return
    old, new = ({literal} | _values_of(cluster, namespace, secret) for literal, secret in (now, planned))
    if ahead and planned[1] and new == {planned[0]}:
        # Its Secret is not there yet; when it is, it is looked at again.
        return
    if not (old - {""}) & new:
        raise PopsinkError(
            "The release runs with another encryption key than the inventory has, or it cannot be told with which: it "
            "was not made by this collection. With a new key nobody could read its connector configurations any more.",
            remedy="Put the key that it runs with into the inventory as popsink_connector_config_encryption_key, and "
            f"delete Secret {planned[1]} if it is there.",
        )


def _key_of(values: Mapping[str, Any]) -> tuple[str, str]:
    """The encryption key as a value, and the Secret that has it; empty where it is not given so."""
    return str(dig(values, f"{_KEY}.key") or ""), str(dig(values, f"{_KEY}.existingSecret") or "")


def _values_of(cluster: Cluster, namespace: str, secret: str) -> set[str]:
    found = cluster.find(f"/api/v1/namespaces/{namespace}/secrets/{secret}") if secret else None
    return set(decoded(found).values()) if found else set()
