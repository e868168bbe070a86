# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leads a restore: the bundle's part is put beside what is there, first in memory, then in cluster and file."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.backup.bundle import (
    Origin,
    Saved,
    belonging_to,
    moved,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import going_out
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE, variables_of
from ansible_collections.popsink.data_plane.plugins.modules import popsink_backup, popsink_restore
from ansible_collections.popsink.data_plane.plugins.plugin_utils.bundle import read_bundle
from ansible_collections.popsink.data_plane.plugins.plugin_utils.bundle_place import place_of
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets, names_in
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.store import Store

display = Display()


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_restore`."""

    MODULE = popsink_restore
    SECRET_ARGUMENTS = ("known", "others")

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Restore what is missing, unless anything that is there differs."""
        arguments = plain(self.arguments(variables))
        inventory = self.inventory(variables)
        inventory.require_settled()
        saved = self._part(arguments, inventory, variables)
        if self._task.check_mode:
            return self._restore(arguments, inventory, variables, saved)
        with inventory.store.locked():
            return self._restore(arguments, inventory, variables, saved)

    def _part(self, arguments: dict[str, Any], inventory: InventorySecrets, variables: dict[str, Any]) -> Saved:
        """The deployment's part of the bundle; what is another than it was then is said.

        :raises PopsinkError: there is none, or it is not whole.
        """
        place = place_of(str(arguments.get("file") or ""), inventory.awx_job)
        host = str(variables.get("inventory_hostname"))
        deployment_id = arguments["deployment"]["deployment_id"]
        with going_out({"outside": self.outside(variables)}):
            bundle = read_bundle(place, self._loader)
        saved = belonging_to(bundle, host, deployment_id, place.title)
        if problems := saved.problems():
            raise PopsinkError(
                f"{place.title} is not whole for {saved.title}: {'; '.join(problems)}.", remedy="Take another one."
            )
        look = {name: arguments[name] for name in ("namespace", "release", "deployment")}
        answer = self.asked(popsink_backup, {**look, "secrets": []}, variables, hide_result=True)
        for finding in moved(saved.origin, Origin.of(arguments, answer)):
            display.warning(f"{finding.id}: {finding.found} {finding.remedy}")
        return saved

    def _restore(
        self, arguments: dict[str, Any], inventory: InventorySecrets, variables: dict[str, Any], saved: Saved
    ) -> dict[str, Any]:
        """First the file is written beside its place, then the cluster's Secrets are made, then it takes its place."""
        store = inventory.store
        names = names_in(secret for secret in arguments["secrets"] if not secret.get("variable"))
        generated = [name for name in names if CATALOGUE[name].generated]
        present = inventory.values(names)
        known = {**{name: value for name, value in saved.secrets.items() if name in names}, **present}
        both = [name for name in generated if name in present and name in saved.secrets]
        if differing := [name for name in both if present[name] != saved.secrets[name]]:
            raise PopsinkError(
                f"The inventory has other values than the backup for {variables_of(differing)}; nothing was changed.",
                remedy="If the deployment runs with the inventory's, make a new backup. If the backup is right, take "
                "them out of the inventory, and restore again.",
            )
        missing = {name: known[name] for name in generated if name in known and name not in present}
        arguments = {**arguments, "known": known, "others": json.dumps(saved.others)}
        if missing:
            store.require()
        if self._task.check_mode or not missing:
            return self._put(arguments, variables, missing, store)
        prepared = store.prepared({CATALOGUE[name].variable: value for name, value in missing.items()})
        try:
            result = self._put(arguments, variables, missing, store)
            if not result.get("failed"):
                prepared.commit()
            return result
        finally:
            prepared.drop()

    def _put(
        self, arguments: dict[str, Any], variables: dict[str, Any], missing: Collection[str], store: Store
    ) -> dict[str, Any]:
        result = self.call(popsink_restore, arguments, variables)
        if result.get("failed"):
            return result
        for note in result["notes"]:
            display.warning(f"restore.secrets: {note}.")
        restored = sorted(missing) if store.restored else []
        report = [*(f"{CATALOGUE[name].variable}: {store.restored}" for name in restored), *result["report"]]
        return {
            "changed": bool(result["changed"] or restored),
            "restored": restored,
            "created": result["created"],
            "report": report or ["nothing to restore: inventory and cluster have all of it"],
        }
