# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a deployment until it works, shows progress, and names the cause when it cannot."""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.observe import ASKED_WITH
from ansible_collections.popsink.data_plane.plugins.modules import popsink_verify
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.waiting import does_not_work, wait_until_works

display = Display()


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_verify`."""

    MODULE = popsink_verify
    SECRET_ARGUMENTS = ("known",)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        return {**super().arguments(variables), "known": self.secret_values(variables, ASKED_WITH)}

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Look until it works, the time is up, a pod cannot go on, or something is refused for good."""
        arguments = self.arguments(variables)

        def look() -> dict[str, Any]:
            return self.call(popsink_verify, arguments, variables)

        if self._task.check_mode:
            result = look()
            if result.get("failed"):
                return result
            state = "works" if result["works"] else "does not work yet"
            return {**result, "report": [f"{state}: {result['progress'] or 'nothing is there'}"]}
        host = str(variables.get("inventory_hostname", ""))
        result = wait_until_works(look, int(arguments.get("timeout") or 900), host)
        if result.get("failed"):
            return result
        if not result["works"]:
            raise does_not_work(result)
        for finding in result["findings"]:
            if finding["status"] == WARN:
                display.warning(f"{finding['id']}: {finding['found']} {finding['remedy']}".strip())
        return {**result, "report": [f"works: {result['progress']}"]}
