# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the secrets of a deployment in agreement: variables, vault file and the cluster's Secrets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import refuse_unfinished
from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import ENCRYPTION_KEY
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import (
    BOUND_TO_DATA,
    CATALOGUE,
    made,
    variables_of,
)
from ansible_collections.popsink.data_plane.plugins.modules import (
    popsink_database,
    popsink_kubernetes_secret,
    popsink_kubernetes_secret_info,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets, names_in
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.store import Store

#: How often a run begins again because another one created a Secret meanwhile: there are fewer Secrets than this.
_ATTEMPTS = 20


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_secrets`."""

    SECRET_ARGUMENTS = ("known",)

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """See to the secrets, then encrypt files that lie in the open, if that is wanted."""
        inventory = self.inventory(variables)
        inventory.require_settled()
        result = self._agree(inventory, variables)
        vaulted = [] if result.get("failed") else self._vault_files(inventory)
        report = [*result.get("report", ()), *vaulted]
        return {**result, "report": report, "changed": bool(vaulted or result.get("changed"))}

    def _vault_files(self, inventory: InventorySecrets) -> list[str]:
        """What was encrypted in place, one line each."""
        files = inventory.open_files() if inventory.vaults_files else []
        for file in files:
            if not self._task.check_mode:
                file.encrypt(self._loader, str(inventory.variable("popsink_vault_id") or ""))
        return [
            f"{file.variable} ({file.name}): encrypted where it is; what version control has of it stays readable there"
            for file in files
        ]

    def _agree(self, inventory: InventorySecrets, variables: dict[str, Any]) -> dict[str, Any]:
        """Adopt or generate what is missing; else only compare."""
        arguments = plain(self.arguments(variables))
        database = _to_be_looked_at(arguments.pop("database", None), arguments.pop("database_is_empty", False))
        ours = [secret for secret in arguments["secrets"] if not secret.get("variable")]
        known = {**inventory.values(names_in(ours)), **self._foreign(arguments, variables)}
        missing = [name for name in names_in(ours) if name not in known and CATALOGUE[name].generated]
        store = inventory.store
        if not missing:
            if not self._task.check_mode:
                store.tidy()
            return {"generated": [], "adopted": [], **self._put(arguments, known, variables)}
        store.require()
        if self._task.check_mode:
            return self._settle(arguments, known, missing, variables, store, database)
        with store.locked():
            # Another run may have stored its values while this one waited for the lock.
            known.update(inventory.stored(missing))
            missing = [name for name in missing if name not in known]
            return self._settle(arguments, known, missing, variables, store, database)

    def _settle(
        self,
        arguments: dict[str, Any],
        known: dict[str, str],
        missing: list[str],
        variables: dict[str, Any],
        store: Store,
        database: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """Take missing values from the cluster, else make them; put them there, then into the file.

        The file is written whole before the cluster is touched, and takes its place afterwards: a kill in between
        leaves Secrets in the cluster, from which the next run adopts. Secrets are created one after another in the same
        order by every run, and a run that finds one created by another begins again, whether it meets it while it
        compares or while it creates: so of two runs at once, each secret's value is that of whoever created the first
        Secret that holds it.
        """
        form = self.inventory(variables).password_format()
        own: dict[str, str] = {}
        created: list[str] = []
        for _attempt in range(_ATTEMPTS):
            live, volumes = self._read(arguments, variables)
            adopted = {name: value for name, value in _values_of(arguments["secrets"], live).items() if name in missing}
            # What this run put into the cluster before it had to begin again is its own, not adopted.
            adopted = {name: value for name, value in adopted.items() if own.get(name) != value}
            own = {name: own.get(name) or made(name, form) for name in missing if name not in adopted}
            bound = [name for name in BOUND_TO_DATA if name in own]
            if bound and volumes and not created:
                raise _orphaned(bound, volumes, store)
            if ENCRYPTION_KEY in own and database and not created:
                self._require_readable(arguments, database, {**known, **adopted}, variables)
            values = {**adopted, **own}
            if self._task.check_mode or not values:
                return _report(store, self._put(arguments, {**known, **values}, variables), own, adopted)
            prepared = store.prepared({CATALOGUE[name].variable: value for name, value in values.items()})
            try:
                result = self._put({**arguments, "stop_at_conflict": True}, {**known, **values}, variables)
                if _are_values_of(missing, arguments["secrets"], result.get("drifted") or ()):
                    # Not in the inventory, so another run created them since this one read the cluster.
                    continue
                if result.get("failed"):
                    return result
                created += result["created"]
                if not result["conflict"]:
                    prepared.commit()
                    return _report(store, {**result, "created": created}, own, adopted)
            finally:
                prepared.drop()
        raise PopsinkError(
            f"Other runs keep creating Secrets in namespace {arguments['namespace']}.",
            remedy="Run again when they are done; the cluster's values are then taken.",
        )

    def _require_readable(
        self,
        arguments: dict[str, Any],
        database: dict[str, Any],
        known: dict[str, str],
        variables: dict[str, Any],
    ) -> None:
        """End where a database outside of the chart holds what a new encryption key could not open."""
        login = {name: known[name] for name in ("database_password",) if name in known and not database["made"]}
        own = self.secret_values(variables, popsink_database.OWN_SECRETS)
        asked = {**arguments, "secrets": [], "known": {**own, **login}, "creation": database, "look": True}
        self.asked(popsink_database, asked, variables)

    def _foreign(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, str]:
        """Values of the Secrets that somebody else looks after: others of ours may hold them as well."""
        foreign = [secret for secret in arguments["secrets"] if secret.get("variable")]
        if not foreign:
            return {}
        return _values_of(foreign, self._read({**arguments, "secrets": foreign}, variables)[0])

    def _put(self, arguments: dict[str, Any], known: dict[str, str], variables: dict[str, Any]) -> dict[str, Any]:
        return self.call(popsink_kubernetes_secret, {**arguments, "known": known}, variables)

    def _read(
        self, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> tuple[dict[str, dict[str, str]], list[str]]:
        """Values of the Secrets that are there, and the volumes of an earlier installation."""
        access = {name: value for name, value in arguments.items() if name != "secrets"}
        names = [secret["name"] for secret in arguments["secrets"]]
        answer = self.asked(popsink_kubernetes_secret_info, {**access, "names": names}, variables, hide_result=True)
        refuse_unfinished(answer["secrets"])
        return answer["secrets"], answer["volumes"]


def _to_be_looked_at(database: dict[str, Any] | None, is_empty: Any) -> dict[str, Any] | None:
    """The database in which tables may be, None where there can be none."""
    return None if database and not database["made"] and boolean(is_empty) else database


def _values_of(secrets: list[dict[str, Any]], live: dict[str, dict[str, str]]) -> dict[str, str]:
    """Secret name to the value in the cluster.

    :raises PopsinkError: two Secrets hold different values for one secret, or a value breaks its rule.
    """
    found: dict[str, str] = {}
    for secret in secrets:
        for key, name in secret["data"].items():
            values = live.get(secret["name"], {})
            if key not in values or (not CATALOGUE[name].generated and not values[key]):
                continue
            value = values[key] or ""
            if found.setdefault(name, value) != value:
                raise PopsinkError(
                    f"The cluster's Secrets hold different values for {CATALOGUE[name].variable} "
                    f"({secret['name']}.{key} and another).",
                    remedy="Delete the one that the deployment does not use.",
                )
            problem = CATALOGUE[name].rule(value) if values[key] is not None else "is not text"
            if CATALOGUE[name].generated and problem:
                raise PopsinkError(
                    f"{secret['name']}.{key} in the cluster {problem}, so it cannot be taken over.",
                    remedy=f"Correct it there, or supply {CATALOGUE[name].variable}.",
                )
    return found


def _are_values_of(names: list[str], secrets: list[dict[str, Any]], differing: Collection[str]) -> bool:
    """Whether values differ, given as ``name.key`` of their Secrets, and all of them are of these secrets."""
    held = {f"{secret['name']}.{key}": name for secret in secrets for key, name in secret["data"].items()}
    return bool(differing) and all(held[key] in names for key in differing)


def _orphaned(names: list[str], volumes: list[str], store: Store) -> PopsinkError:
    return PopsinkError(
        f"{variables_of(names)} are known neither to the inventory nor to the cluster, but the volume "
        f"{', '.join(volumes)} of an earlier installation is there. New ones could not open what it "
        "holds, so none were made.",
        remedy=f"{store.recovery} Or, if the data is to be given up, delete the PersistentVolumeClaim.",
    )


def _report(store: Store, result: dict[str, Any], generated: dict[str, str], adopted: dict[str, str]) -> dict[str, Any]:
    if not store.adopted:
        adopted = {}
    report = [
        *(f"{CATALOGUE[name].variable}: {store.generated}" for name in sorted(generated)),
        *(f"{CATALOGUE[name].variable}: {store.adopted}" for name in sorted(adopted)),
        *result.get("report", ()),
    ]
    return {
        **result,
        "generated": sorted(generated),
        "adopted": sorted(adopted),
        "report": report,
        "changed": bool(result.get("changed") or generated or adopted),
    }
