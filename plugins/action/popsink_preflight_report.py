# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what the preflight of all deployments of a run found, and writes it into files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, table
from ansible_collections.popsink.data_plane.plugins.plugin_utils.artifacts import PREFLIGHT, artifact
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.preflight_report import (
    Report,
    as_json,
    as_junit,
    fleet_lines,
)
from ansible_collections.popsink.data_plane.plugins.plugin_utils.prepared_file import PreparedFile
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

#: Where the role registers what a host's preflight found.
RESULT = "__popsink_preflight"

#: And what came of its inputs.
PLAN = "__popsink_plan"

display = Display()


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_preflight_report`."""

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Gather what the hosts' tasks returned, tell it, and write it."""
        reports = [
            Report.of(str(host), plain(_result_of(variables["hostvars"][host])))
            for host in variables["ansible_play_hosts_all"]
            if host in variables["ansible_play_batch"] or _result_of(variables["hostvars"][host])
        ]
        for line in _lines(reports, whole=boolean(self._task.args.get("whole", False))):
            display.display(line)
        for argument, text in (("json_file", as_json), ("junit_file", as_junit)):
            if name := str(self._task.args.get(argument) or ""):
                self._write(f"popsink_preflight_{argument}", name, text(reports), variables)
        deployments = {report.host: report.as_dict() for report in reports}
        return {
            "changed": False,
            "deployments": deployments,
            "ansible_stats": artifact(PREFLIGHT, deployments),
        }

    def _write(self, variable: str, name: str, text: str, variables: dict[str, Any]) -> None:
        path = self.inventory(variables).path(name).resolve()
        if path.exists() and not path.is_file():
            raise PopsinkError(f"{variable} ({name}) is no file.", remedy="Name a file, on the controller.")
        try:
            PreparedFile.beside(path, text.encode()).commit()
        except OSError as error:
            raise PopsinkError(
                f"The findings cannot be written to {variable} ({name}): {error.strerror or error}.",
                remedy="Name a file that can be written, on the controller.",
            ) from error


def _result_of(host: Mapping[str, Any]) -> Any:
    """What was found of a host; of one whose inputs cannot be used that. Nothing of one that comes later (serial)."""
    plan = host.get(PLAN) or {}
    return host.get(RESULT) or (plan if plan.get("failed") else None)


def _lines(reports: list[Report], *, whole: bool) -> list[str]:
    """One line each for a fleet. Of one deployment the table, in a rollout without what is well and what fails.

    What fails ends the host's run, and is told there.
    """
    if len(reports) != 1:
        return fleet_lines(reports)
    (report,) = reports
    shown = [finding for finding in report.findings if whole or finding.status not in (PASS, FAIL)]
    left_out = f"; {len(report.left_out)} not needed, since the release is as planned" if report.left_out else ""
    passed = f"{report.counts.get(PASS, 0)} of {len(report.findings)} checks passed{left_out}"
    told = [f"[{report.host}] {report.trouble or passed}"]
    return [*table(shown).splitlines(), *told] if shown else told
