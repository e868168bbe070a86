# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks what a rollout needs, with the secrets that the controller has."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literals_in
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import ASKED_WITH
from ansible_collections.popsink.data_plane.plugins.modules import popsink_preflight
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets
from ansible_collections.popsink.data_plane.plugins.plugin_utils.prepared_file import PreparedFile
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_preflight`."""

    MODULE = popsink_preflight
    SECRET_ARGUMENTS = ("known", "literals")

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Check, and write down what a schema registry holds that is about to go."""
        result = super().step(variables)
        audit = result.pop("audit", None)
        if not audit:
            return result
        file = str(self._task.args.get("audit_file") or "")
        if not self._task.check_mode:
            self._write(audit, file, self.inventory(variables))
        verb = "would be" if self._task.check_mode else "is"
        return {**result, "report": [*result.get("report", ()), f"the registry's content {verb} written to {file}"]}

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        arguments = super().arguments(variables)
        values = (arguments.get("release") or {}).get("values")
        literals = self.secret_values(variables, literals_in(values)) if values else {}
        return {**arguments, "known": self.secret_values(variables, ASKED_WITH), "literals": literals}

    def _write(self, audit: dict[str, Any], file: str, inventory: InventorySecrets) -> None:
        if not file:
            raise PopsinkError("popsink_registry_audit_file is not set.", remedy="Name a file on the controller.")
        path = inventory.path(file)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            PreparedFile.beside(path, (json.dumps(audit, indent=2) + "\n").encode()).commit()
        except OSError as error:
            raise PopsinkError(
                f"What the schema registry holds cannot be written to popsink_registry_audit_file ({file}): "
                f"{error.strerror or error}.",
                remedy="Name a file that can be written, on the controller.",
            ) from error
