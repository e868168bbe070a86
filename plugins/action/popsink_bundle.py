# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the bundle of a backup, or proves one, on the controller."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.common.validation import check_type_bool
from ansible_collections.popsink.data_plane.plugins.module_utils.backup.bundle import (
    Saved,
    as_bundle,
    belonging_to,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    Finding,
    failed,
    failures,
    passed,
    table,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import going_out
from ansible_collections.popsink.data_plane.plugins.plugin_utils.bundle import decrypted, encrypted, read_bundle
from ansible_collections.popsink.data_plane.plugins.plugin_utils.bundle_place import BundlePlace, place_of
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_bundle`."""

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Write what the hosts gave, and read it back."""
        # The place may be a bucket.
        with going_out({"outside": self.outside(variables)}):
            return self._kept(variables)

    def _kept(self, variables: dict[str, Any]) -> dict[str, Any]:
        arguments = plain(self.arguments(variables))
        place = place_of(str(arguments.get("file") or ""), self.inventory(variables).awx_job)
        _require_one_bundle(variables["hostvars"], arguments["parts"])
        parts = {
            host: Saved.from_dict(decrypted(part.encode("ascii"), self._loader, f"The part of {host}"))
            for host, part in arguments["parts"].items()
        }
        write = not check_type_bool(arguments.get("verify_only") or False)
        report = []
        if write:
            place.require_free()
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            content = encrypted(as_bundle(parts, now), self._loader, str(arguments.get("vault_id") or ""))
            report.append(f"backup of {', '.join(sorted(parts))}: written to {place.title}")
            if self._task.check_mode:
                return {"changed": True, "report": report}
            place.write(content.encode("ascii"))
        findings = _proof(place, read_bundle(place, self._loader), parts)
        if wrong := failures(findings):
            raise PopsinkError(f"The backup does not hold what it should.\n{table(wrong)}")
        return {"changed": write, "report": [*report, *(finding.found for finding in findings)]}


def _require_one_bundle(hostvars: Mapping[str, Mapping[str, Any]], hosts: Collection[str]) -> None:
    """End where hosts of one play want bundles of their own: there is one, in one place, under one password.

    :raises PopsinkError: with the variable that differs.
    """
    for variable in ("popsink_backup_file", "popsink_vault_id"):
        # Twice, since a name may hold the time, and a second may end in between.
        if all(len({str(hostvars[host].get(variable) or "") for host in hosts}) > 1 for _attempt in range(2)):
            raise PopsinkError(
                f"{variable} is not the same for all hosts of the play; nothing was written.",
                remedy="One run writes one bundle: run it for each group of hosts with --limit.",
            )


def _proof(place: BundlePlace, bundle: dict[str, Saved], now: dict[str, Saved]) -> list[Finding]:
    """Whether a bundle holds each deployment as it is now."""
    findings = []
    for host, part in now.items():
        try:
            saved = belonging_to(bundle, host, part.origin.deployment_id, place.title)
        except PopsinkError as error:
            findings.append(failed("backup", str(error)))
            continue
        remedy = "Make a new backup, and keep the earlier one until that is proven."
        if problems := saved.problems():
            findings.append(failed("backup", f"{place.title}: {'; '.join(problems)}.", remedy))
        elif differing := saved.differences(part):
            findings.append(
                failed("backup", f"{place.title} has other values, or none, of {', '.join(differing)}.", remedy)
            )
        else:
            count = len(saved.secrets)
            findings.append(
                passed("backup", f"{place.title} opens and holds all {count} secrets of {host} as they are")
            )
    return findings
