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
_NAME = "secretKeys.key"
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
    if dig(values, "postgresql.enabled") is False:
        # It goes, and its volume stays as it is.
        return
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
    # One Secret may hold more than this key, and what two Secrets share may be something else.
    usual = str(dig(current.defaults, f"{_KEY}.{_NAME}") or "")
    old, new = (
        {literal} | _values_of(cluster, namespace, secret, key)
        for literal, secret, key in ((*now[:2], now[2] or usual), planned)
    )
    if ahead and planned[1] and new == {planned[0]}:
        # Its Secret is not there yet; when it is, it is looked at again.
        return
    if not (old - {""}) & new:
        raise PopsinkError(
            "The release runs with another encryption key than the inventory has, or it cannot be told with which: it "
            "was not made by this collection. With a new key nobody could read its connector configurations any more.",
            remedy="Put the key that it runs with into the inventory as popsink_connector_config_encryption_key"
            + (f", and delete Secret {planned[1]} if it is there." if planned[1] else "."),
        )


def _key_of(values: Mapping[str, Any]) -> tuple[str, str, str]:
    """The encryption key as a value, the Secret that has it, and under which key; empty where it is not given so."""
    literal, secret, key = (str(dig(values, f"{_KEY}.{name}") or "") for name in ("key", "existingSecret", _NAME))
    return literal, secret, key if secret else ""


def _values_of(cluster: Cluster, namespace: str, secret: str, key: str) -> set[str]:
    """What a Secret holds under a key, or all of it where the key is not told."""
    found = cluster.find(f"/api/v1/namespaces/{namespace}/secrets/{secret}") if secret else None
    return {value for name, value in decoded(found).items() if key in ("", name)} if found else set()
