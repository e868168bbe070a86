# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks what a rollout needs, with the secrets that the controller has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import Finding, failed, table
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literals_in
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import asked_with
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.veil import unveiled
from ansible_collections.popsink.data_plane.plugins.modules import popsink_preflight
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import InventorySecrets
from ansible_collections.popsink.data_plane.plugins.plugin_utils.prepared_file import PreparedFile
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_preflight`."""

    MODULE = popsink_preflight
    SECRET_ARGUMENTS = ("known", "literals", "bucket_admin")

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Check, and write down what a schema registry holds that is about to go."""
        result = super().step(variables)
        audit, given_up = result.pop("audit", None), result.pop("registry_given_up", False)
        if audit is None:
            return {**result, "registry_audited": bool(given_up)}
        file = str(self._task.args.get("audit_file") or "")
        try:
            told = self._keep(unveiled(audit), file, self.inventory(variables))
        except PopsinkError as error:
            # What else is wrong is not lost with it.
            return _with_failure(
                result, failed("upgrade.audit_file", str(error)), enforce=boolean(self._task.args.get("enforce", True))
            )
        return {**result, "report": [*result.get("report", ()), told], "registry_audited": True}

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        arguments = super().arguments(variables)
        values = (arguments.get("release") or {}).get("values")
        literals = self.secret_values(variables, literals_in(values)) if values else {}
        known = self.secret_values(variables, sorted(asked_with(arguments["requirements"])))
        managed = arguments["requirements"].get("managed_bucket")
        admin = self.inventory(variables).bucket_admin() if managed else {}
        return {**arguments, "known": known, "literals": literals, "bucket_admin": admin}

    def _keep(self, audit: dict[str, Any], file: str, inventory: InventorySecrets) -> str:
        """Write it, unless in check mode; what an earlier run has written stays beside it. Says what was done."""
        if not file:
            raise PopsinkError("popsink_registry_audit_file is not set.", remedy="Name a file on the controller.")
        path = inventory.path(file).resolve()
        # Beside the inventory that AWX writes for a job there is all else that goes with the job.
        job = Path(str(inventory.variable("inventory_dir"))).resolve().parent
        if inventory.awx_job and path.is_relative_to(job):
            raise PopsinkError(
                f"popsink_registry_audit_file ({file}) would vanish with the files of AWX job {inventory.awx_job}.",
                remedy="Name a file on a volume that the job's container has mounted, or upgrade once outside AWX.",
            )
        if self._task.check_mode:
            return f"the registry's content would be written to {file}"
        try:
            _set_aside(path, audit)
            PreparedFile.beside(path, (json.dumps(audit, indent=2) + "\n").encode()).commit()
        except OSError as error:
            raise PopsinkError(
                f"What the schema registry holds cannot be written to popsink_registry_audit_file ({file}): "
                f"{error.strerror or error}.",
                remedy="Name a file that can be written, on the controller.",
            ) from error
        return f"the registry's content is written to {file}"


def _set_aside(path: Path, audit: dict[str, Any]) -> None:
    """Keep an earlier audit that has something else: a registry that just came up again may answer with nothing."""
    try:
        before = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return
    if isinstance(before, dict) and {**before, "taken_at": ""} != {**audit, "taken_at": ""}:
        taken = "".join(sign for sign in str(before.get("taken_at")) if sign.isalnum())
        path.rename(path.with_name(f"{path.stem}-{taken}{path.suffix}"))


def _with_failure(result: dict[str, Any], finding: Finding, *, enforce: bool) -> dict[str, Any]:
    """The module's result with one more failure.

    :param enforce: whether a failure ends the task.
    """
    verdict = f"{result['verdict']}\n{table([finding])}".strip()
    further = {"failed": True, "msg": verdict} if enforce else {}
    return {
        **result,
        **further,
        "findings": [*result["findings"], finding.as_dict()],
        "failed_checks": [*result["failed_checks"], finding.id],
        "verdict": verdict,
        "registry_audited": False,
    }
