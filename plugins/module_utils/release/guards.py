# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of a release must not do: it would be refused halfway, or make stored data unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cluster.secrets import decoded
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..tree import changed_paths, dig
from .state import Release

_KEY = "connectorConfigEncryptionKey"

#: Values that end up in a StatefulSet's volumes, which Kubernetes does not let anyone change, and the inputs for them.
_FIXED = {
    "postgresql.primary.persistence.size": "popsink_database_storage_size",
    "postgresql.primary.persistence.storageClass": "popsink_database_storage_class",
}


def guard(cluster: Cluster, namespace: str, current: Release, values: Mapping[str, Any]) -> None:
    """Refuse a change that cannot be taken back.

    :raises PopsinkError: the volume would change, or the release would get another encryption key.
    """
    changed = set(changed_paths(current.values, values))
    fixed = [variable for path, variable in _FIXED.items() if path in changed and dig(current.values, path)]
    if fixed:
        raise PopsinkError(
            f"{' and '.join(fixed)} cannot change: Kubernetes does not let a StatefulSet's volumes be changed.",
            remedy="Set back what the release was made with. A volume grows by editing its PersistentVolumeClaim, "
            "where its StorageClass allows that.",
        )
    _guard_key(cluster, namespace, current, values)


def _guard_key(cluster: Cluster, namespace: str, current: Release, values: Mapping[str, Any]) -> None:
    planned, now = (str(dig(tree, f"{_KEY}.existingSecret") or "") for tree in (values, current.values))
    if not planned or planned == now:
        return
    old = {str(dig(current.values, f"{_KEY}.key") or "")} | _values_of(cluster, namespace, now)
    if not (old - {""}) & _values_of(cluster, namespace, planned):
        raise PopsinkError(
            "The release runs with another encryption key than the inventory has, or it cannot be told with which: it "
            "was not made by this collection. With a new key nobody could read its connector configurations any more.",
            remedy="Put the key that it runs with into the inventory as popsink_connector_config_encryption_key, and "
            f"delete Secret {planned} if it is there.",
        )


def _values_of(cluster: Cluster, namespace: str, secret: str) -> set[str]:
    found = cluster.find(f"/api/v1/namespaces/{namespace}/secrets/{secret}") if secret else None
    return set(decoded(found).values()) if found else set()
