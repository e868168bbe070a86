# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rotation replaces by what: from variables, secrets file and cluster, as they are while nobody else writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import PENDING as PENDING_KEY
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import PREVIOUS as PREVIOUS_KEY
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec, drift_error
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.kinds import KINDS
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, variables_of

from .inventory_secrets import InventorySecrets

_ROLL_OUT = "Roll the deployment out first: site.yml."


@dataclass(frozen=True)
class Held:
    """Values that the cluster's Secrets hold, by secret name.

    :ivar pending: those that are to replace others.
    :ivar previous: those that were replaced by a rotation that is not finished.
    """

    live: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    previous: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, specs: Iterable[SecretSpec], secrets: Mapping[str, Mapping[str, Any]]) -> Held:
        """From the values by Secret and key; those of Secrets that somebody else looks after win."""
        found = cls()
        for spec in sorted(specs, key=lambda spec: bool(spec.variable)):
            values = secrets.get(spec.name, {})
            for key, name in spec.data.items():
                for prefix, into in (("", found.live), (PENDING_KEY, found.pending), (PREVIOUS_KEY, found.previous)):
                    if value := values.get(prefix + key):
                        into[name] = value
        return found


@dataclass(frozen=True)
class Change:
    """One secret's values.

    :ivar kept: where its value is kept: ``file``, ``cluster``, or ``user``, who supplies the new one.
    :ivar new: None where it is still to be made.
    :ivar old: the value before; empty where it is not known any more.
    :ivar noted: whether the file has the new value already, as a pending one.
    :ivar same: whether what the user supplies is what the cluster has already.
    """

    kept: str
    new: str | None
    old: str
    noted: bool = False
    same: bool = False


@dataclass(frozen=True)
class Inventory:
    """What the controller has for secrets, read while nobody else writes.

    Ansible loads variables once a process, the secrets file among them: another run may have written that meanwhile.

    :ivar stored: values of the secrets file as it is now.
    :ivar loaded: its values as they were before the lock was waited for: a variable with such a value is the file's.
    """

    secrets: InventorySecrets
    stored: dict[str, str]
    loaded: dict[str, str]

    def supplied(self, name: str) -> str:
        """The value that the user gives in another way than by the secrets file; empty where they do not."""
        value = self.secrets.supplied(name)
        return "" if value == self.loaded.get(name) else value

    def values(self, names: Collection[str]) -> dict[str, str]:
        """The known values of those names."""
        return {name: value for name in names if (value := self.supplied(name) or self.stored.get(name, ""))}


def changes_of(
    inventory: Inventory, names: Collection[str], held: Held, places: Mapping[str, str], namespace: str
) -> dict[str, Change]:
    """The changes by secret name.

    :param places: ``name.key`` of a Kubernetes Secret that holds a secret, by its name, for people.
    :raises PopsinkError: one has no value, two places have different ones, or the user has supplied nothing new.
    """
    changes, drifted = {}, []
    for name in names:
        changes[name] = _change(inventory, name, held)
        expected = {changes[name].old, changes[name].new, held.pending.get(name), held.previous.get(name)}
        if changes[name].kept == "file" and held.live.get(name, changes[name].old) not in expected:
            drifted.append(places[name])
    if drifted:
        raise drift_error(namespace, drifted)
    return changes


def _change(inventory: Inventory, name: str, held: Held) -> Change:
    variable = CATALOGUE[name].variable
    stored, supplied = inventory.stored.get(name, ""), inventory.supplied(name)
    live, pending, previous = (values.get(name, "") for values in (held.live, held.pending, held.previous))
    if stored and supplied not in ("", stored):
        raise PopsinkError(
            f"popsink_secrets_file and a variable hold different values of {variable}; nothing was changed.",
            remedy="Remove one of them. If the file was written by a play of this same run, run again.",
        )
    if stored:
        noted = inventory.secrets.pending_value(name)
        # What waits in the cluster may be in the database already, also where another controller put it there.
        new = pending if pending not in ("", stored) else noted
        return Change("file", new or None, stored, noted=bool(new) and noted == new)
    if supplied:
        old = previous if live == supplied else live
        return Change("user", supplied, old, same=supplied == live != pending)
    if live and CATALOGUE[name].generated:
        return Change("cluster", pending or None, previous if live == pending else live)
    raise PopsinkError(f"{variable} has no value that could be replaced.", remedy=_ROLL_OUT)


def require_no_other(secrets: InventorySecrets, names: Collection[str], held: Held) -> None:
    """End where a rotation of something else is not finished: what it has changed and what not, this one cannot know.

    :raises PopsinkError: with all that is to be named together.
    """
    begun = [name for name in CATALOGUE if name in held.pending or secrets.pending_value(name)]
    if others := [name for name in begun if name not in names]:
        kinds = [kind for kind, of_kind in KINDS.items() if {*others, *names} & set(of_kind)]
        raise PopsinkError(
            f"A rotation of {variables_of(others)} is not finished; this one changed nothing.",
            remedy=f"Finish it together with this one: popsink_rotate={','.join(kinds)}.",
        )


def require_bundled(names: Collection[str], deployment: Mapping[str, Any]) -> None:
    """End where the data plane's password of a server is to be replaced that is none of the release's.

    :raises PopsinkError: with the way that there is.
    """
    if "database_password" in names and not deployment["database"]:
        raise PopsinkError(
            "The database is not the bundled one, so its password is not changed from here; nothing was changed.",
            remedy="Change it in the database, put the new one into popsink_database_password, delete the Secret of "
            "the old one, run site.yml, and restart what reads it (kubectl rollout restart).",
        )


def require_new(kinds: Iterable[str], changes: Mapping[str, Change]) -> None:
    """End where the user has not supplied anything new. Of a key's id and secret one may stay.

    :raises PopsinkError: with the variable to change.
    """
    for kind in kinds:
        if all(changes[name].same for name in KINDS[kind]):
            variables = " and ".join(CATALOGUE[name].variable for name in KINDS[kind])
            raise PopsinkError(
                f"{variables} is supplied by you, and the cluster has that value already; nothing was changed.",
                remedy="Put the new value where the present one stands, then rotate.",
            )


def absent(namespace: str, secrets: Collection[str], *, dropped: bool) -> PopsinkError:
    """The error for Secrets that are not there.

    :param dropped: whether values that were pending for them have been removed from the file.
    """
    more = " The rotation that was begun for it is dropped." if dropped else ""
    return PopsinkError(f"Secret {', '.join(secrets)} is not there in namespace {namespace}.{more}", remedy=_ROLL_OUT)
