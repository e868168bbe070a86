# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells at the end of a roll-out what came of a deployment, and hands the facts to AWX."""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.plugin_utils.artifacts import RESULT, artifact
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.summary import STEPS, Place, Summary

#: Of each result; the rest of a plan is large.
_TOLD = ("changed", "failed", "msg", "failed_checks", "findings", "works", "revision", "generated", "chart", "url")

display = Display()


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_summary`."""

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Gather what the roles registered, and tell it."""
        results = {
            name: {key: plain(registered[key]) for key in _TOLD if key in registered}
            for names in STEPS.values()
            for name in names
            if (registered := variables.get(name))
        }
        summary = Summary.of(self._place(variables), results, check=self._task.check_mode)
        # In one piece: other hosts tell theirs at the same time.
        display.display("\n".join(["", *summary.lines()]))
        deployment = summary.as_dict()
        return {
            "changed": False,
            "deployment": deployment,
            "ansible_stats": artifact(RESULT, {summary.place.host: deployment}),
        }

    def _place(self, variables: dict[str, Any]) -> Place:
        arguments = plain(self.arguments(variables))
        store, file = (str(arguments.get(name) or "") for name in ("secrets_store", "secrets_file"))
        return Place(
            host=str(variables["inventory_hostname"]),
            release=str(arguments.get("release") or ""),
            namespace=str(arguments.get("namespace") or ""),
            secrets_file="" if store == "cluster" else file,
        )
