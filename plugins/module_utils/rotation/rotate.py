# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a rotation in the cluster. Each can be done again, so that the next run finishes what one began."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..cluster.secrets import PENDING, PREVIOUS, SecretSpec, decoded, patch_secret, read_secrets
from ..cluster.session import Cluster
from ..database.bundled_server import ADMINISTRATOR, BundledServer
from ..errors import PopsinkError
from ..secrets.catalogue import CATALOGUE
from .restart import restart

#: Secrets that PostgreSQL keeps as well, in the order in which they change: the administrator may set the other's.
_OF_DATABASE = ("database_password", "schema_registry_database_password", "database_admin_password")


@dataclass(frozen=True)
class Rotation:
    """Values to be replaced.

    :ivar specs: the deployment's Secrets.
    :ivar new: new values by secret name.
    :ivar old: the values before, as far as they are known.
    :ivar database: the bundled PostgreSQL; None where it is another.
    """

    namespace: str
    release: str
    specs: Collection[SecretSpec]
    new: Mapping[str, str]
    old: Mapping[str, str]
    database: BundledServer | None


def holding(specs: Iterable[SecretSpec], names: Collection[str]) -> Iterator[tuple[SecretSpec, list[str]]]:
    """The Secrets that hold one of the secrets, with the keys.

    :raises PopsinkError: somebody else looks after one.
    """
    for spec in specs:
        keys = [key for key, name in spec.data.items() if name in names]
        if keys and spec.variable:
            raise PopsinkError(
                f"Secret {spec.name} is looked after by somebody else ({spec.variable}); nothing was changed.",
                remedy="Rotate it there, then restart what reads it.",
            )
        if keys:
            yield spec, keys


def keep_pending(cluster: Cluster, rotation: Rotation) -> None:
    """Put the new values beside the old ones in their Secrets, where other controllers find them.

    :raises PopsinkError: another rotation has put others there since this one looked, or the API refused.
    """
    changes = []
    for spec, there, keys in _live(cluster, rotation):
        data = decoded(there)
        pending: dict[str, str | None] = {PENDING + key: _new(rotation, spec, key) for key in keys}
        for key in keys:
            # One that is in place already waits for nothing: its rotation was ended when all was done.
            if data.get(PENDING + key) not in (None, data.get(key), pending[PENDING + key]):
                raise PopsinkError(
                    f"Another rotation of {spec.name}.{key} has begun meanwhile; this one changed nothing there.",
                    remedy="Run again when the other is done: what it may have left is then finished.",
                )
        # What a rotation before this one has left there is no value that this one replaces.
        begun = [key for key in keys if data.get(PENDING + key) == pending[PENDING + key]]
        stale = [PREVIOUS + key for key in keys if PREVIOUS + key in data and key not in begun]
        changes.append((there, {**pending, **dict.fromkeys(stale)}))
    for there, values in changes:
        patch_secret(cluster, rotation.namespace, there, values)


def apply(cluster: Cluster, rotation: Rotation, *, check: bool) -> list[str]:
    """Database first, then the Secrets, then a restart of what reads them.

    In this order because nothing that runs is hurt by the first two, and each does nothing where it was done before.

    :return: what was done, one line each.
    """
    live = list(_live(cluster, rotation))
    database = rotation.database
    if database is None and "database_password" in rotation.new:
        raise PopsinkError("The password of an external database is rotated where the database is.")
    of_database = _change_in(database, cluster, rotation, check=check) if database else []
    if not check:
        for spec, there, keys in live:
            values = {key: _new(rotation, spec, key) for key in keys}
            patch_secret(cluster, rotation.namespace, there, {**values, **_replaced(there, values)})
    # PostgreSQL reads its Secret only when its volume is empty.
    leave = {database.pod.rpartition("-")[0]} if database else set()
    names = [spec.name for spec, _there, _keys in live]
    restarted = restart(cluster, rotation.namespace, rotation.release, names, leave, check=check)
    return [
        *(f"{CATALOGUE[name].variable}: changed in PostgreSQL" for name in of_database),
        *(f"Secret {name}: replaced" for name in names),
        *(f"{name}: restarted" for name in restarted),
    ]


def _replaced(there: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """The values that are replaced, under names of their own until it is proven that nothing needs them any more."""
    before = decoded(there)
    return {
        f"{PREVIOUS}{key}": before[key]
        for key, value in values.items()
        if before.get(key, value) != value and f"{PREVIOUS}{key}" not in before
    }


def settle(cluster: Cluster, rotation: Rotation) -> None:
    """Remove the values that were pending, and those that were replaced."""
    for _spec, there, keys in _live(cluster, rotation):
        data = there.get("data") or {}
        leftover = [prefix + key for prefix in (PENDING, PREVIOUS) for key in keys if prefix + key in data]
        if leftover:
            patch_secret(cluster, rotation.namespace, there, dict.fromkeys(leftover))


def _live(cluster: Cluster, rotation: Rotation) -> Iterator[tuple[SecretSpec, dict[str, Any], list[str]]]:
    found = list(holding(rotation.specs, rotation.new))
    live = read_secrets(cluster, rotation.namespace, [spec.name for spec, _keys in found])
    for spec, keys in found:
        if spec.name not in live:
            raise PopsinkError(
                f"Secret {rotation.namespace}/{spec.name} is not there.", remedy="Roll the deployment out first."
            )
        yield spec, live[spec.name], keys


def _new(rotation: Rotation, spec: SecretSpec, key: str) -> str:
    return rotation.new[spec.data[key]]


def _change_in(database: BundledServer, cluster: Cluster, rotation: Rotation, *, check: bool) -> list[str]:
    """The secrets whose new values the bundled PostgreSQL has now as well."""
    admin = "database_admin_password"
    names = [name for name in _OF_DATABASE if name in rotation.new and database.role(name)]
    for name in () if check else names:
        role = database.role(name)
        logins = [
            (role, rotation.old.get(name)),
            (ADMINISTRATOR, rotation.old.get(admin)),
            (ADMINISTRATOR, rotation.new.get(admin)),
        ]
        known = [(login, password) for login, password in logins if password is not None]
        database.change(cluster, role, rotation.new[name], known)
    return names
