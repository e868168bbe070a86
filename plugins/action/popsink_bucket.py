# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the bucket and keeps it right; writes what the broker's identity is to be allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.modules import popsink_bucket
from ansible_collections.popsink.data_plane.plugins.plugin_utils.controller_path import controller_path
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_bucket`, with the controller's file of policies."""

    MODULE = popsink_bucket
    SECRET_ARGUMENTS = ("admin_access_key_id", "admin_secret_access_key", "admin_session_token")

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the keys of whoever looks after the bucket."""
        given = super().arguments(variables)
        admin = self.inventory(variables).bucket_admin()
        return {**{f"admin_{name}": value for name, value in admin.items()}, **given}

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Bring the bucket to what is wanted, and tell the policies where it is new, or a file is named for them."""
        result = super().step(variables)
        if result.get("failed"):
            return result
        report, policies = list(result["report"]), result.get("policies")
        file = str(self._task.args.get("policies_file") or "")
        if policies and file:
            path = controller_path(file, variables.get("inventory_dir"), self._loader)
            if self._written(path, json.dumps(policies, indent=2) + "\n"):
                result["changed"] = True
                report.append(f"policies of the broker's identity: {path} - written")
        elif policies and result["changed"]:
            report += [f"{name} policy of the broker's identity: {json.dumps(text)}" for name, text in policies.items()]
        return {**result, "report": report}

    def _written(self, path: Path, text: str) -> bool:
        """Whether the file had another content."""
        try:
            if path.exists() and path.read_text("utf-8") == text:
                return False
            if not self._task.check_mode:
                path.write_text(text, "utf-8")
        except (OSError, UnicodeError) as error:
            raise PopsinkError(
                f"{path} cannot be written: {error}.", remedy="Check popsink_bucket_policies_file."
            ) from error
        return True
