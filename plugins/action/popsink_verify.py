# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a deployment until it works, shows progress, and names the cause when it cannot."""

from __future__ import annotations

import time
from typing import Any

from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, Finding, table
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.observe import ASKED_WITH
from ansible_collections.popsink.data_plane.plugins.modules import popsink_verify
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

#: Seconds between two looks.
_PAUSE = 3

#: Seconds for which a pod must be seen in trouble before the wait ends early: a registry may hiccup.
_PATIENCE = 45

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
        started = time.monotonic()
        deadline = started + int(arguments.get("timeout") or 900)
        in_trouble_since: float | None = None
        progress = ""
        while True:
            result = self.call(popsink_verify, arguments, variables)
            if result.get("failed"):
                return result
            if result["works"]:
                return {**result, "report": [f"works: {result['progress']}"]}
            if self._task.check_mode:
                return {**result, "report": [f"does not work yet: {result['progress'] or 'nothing is there'}"]}
            now = time.monotonic()
            if result["progress"] != progress:
                progress = result["progress"]
                host = variables.get("inventory_hostname", "")
                display.display(f"[{host}] {now - started:4.0f} s  {progress or 'no pods yet'}")
            # A pod that finds no node yet may get one: clusters grow.
            stuck = any(trouble["reason"] != "Unschedulable" for trouble in result["troubles"])
            in_trouble_since = (in_trouble_since or now) if stuck else None
            hopeless = result["final"] or (in_trouble_since and now - in_trouble_since >= _PATIENCE)
            if now >= deadline or hopeless:
                raise _failure(result, now - started)
            time.sleep(_PAUSE)


def _failure(result: dict[str, Any], seconds: float) -> PopsinkError:
    causes = [
        Finding(
            f"pod/{trouble['pod']}",
            FAIL,
            f"{trouble['reason']}: {trouble['message']}".rstrip(": "),
            trouble["remedy"],
        )
        for trouble in result["troubles"]
    ]
    findings = [Finding(**finding) for finding in result["findings"] if finding["status"] == FAIL]
    return PopsinkError(
        f"The deployment does not work after {seconds:.0f} seconds.\n{table([*causes, *findings])}",
        details={name: result[name] for name in ("final", "progress", "findings", "troubles")},
    )
