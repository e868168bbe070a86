# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what a backup must hold of one deployment, and encrypts it before Ansible sees it."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.backup.bundle import Origin, Saved
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import refuse_unfinished
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.modules import popsink_backup
from ansible_collections.popsink.data_plane.plugins.plugin_utils.bundle import encrypted
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import names_in
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_backup`."""

    MODULE = popsink_backup

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read inventory and cluster, and end where they are not one."""
        arguments = plain(self.arguments(variables))
        inventory = self.inventory(variables)
        inventory.require_settled()
        if blocks := inventory.variable("popsink_secrets_in_values"):
            raise PopsinkError(
                f"popsink_secrets_in_values keeps secrets in the release ({', '.join(map(str, blocks))}), where no "
                "backup reads them.",
                remedy="Remove it and run site.yml: they move into Secrets, which a bundle holds. Until then "
                "popsink_secrets_file has them: keep that.",
            )
        answer = self.asked(popsink_backup, arguments, variables, hide_result=True)
        refuse_unfinished(answer["secrets"])
        secrets = arguments["secrets"]
        values = _agreed(secrets, answer["secrets"], inventory.values(names_in(secrets)), arguments["namespace"])
        part = Saved(
            Origin.of(arguments, answer),
            values,
            {secret["name"]: secret["data"] for secret in secrets},
            answer["others"],
        )
        if problems := part.problems():
            raise PopsinkError(f"Nothing was backed up of {part.title}: {'; '.join(problems)}.")
        others = sorted(answer["others"])
        kept = arguments.get("connector_secrets")
        return {
            "changed": False,
            "part": encrypted(part.as_dict(), self._loader, str(arguments.get("vault_id") or "")),
            "others": others,
            "report": [_told(others, kept=bool(kept))] if others else [],
        }


def _agreed(
    secrets: list[dict[str, Any]], live: dict[str, dict[str, str]], known: dict[str, Any], namespace: str
) -> dict[str, str]:
    """Values by secret name, the same in inventory and cluster.

    :raises PopsinkError: the cluster lacks some, or has others than the inventory.
    """
    found: dict[str, str] = {}
    lacking, drifted = [], []
    # Somebody else's last, because they are the ones that count.
    for secret in sorted(secrets, key=lambda secret: bool(secret.get("variable"))):
        for key, name in secret["data"].items():
            value = live.get(secret["name"], {}).get(key)
            place = f"{secret['name']}.{key}"
            if value is None:
                lacking.append(place)
            elif not secret.get("variable") and str(known.get(name, value)) != value:
                drifted.append(place)
            else:
                found[name] = value
    if lacking or drifted:
        what = [
            *([f"lack {', '.join(lacking)}"] if lacking else []),
            *([f"differ from the inventory: {', '.join(drifted)}"] if drifted else []),
        ]
        raise PopsinkError(
            f"Nothing was backed up: the cluster's Secrets in namespace {namespace} {' and '.join(what)}.",
            remedy="Run site.yml first, which brings them into agreement or says what keeps it from that.",
        )
    return found


def _told(others: list[str], *, kept: bool) -> str:
    how = "kept with their values" if kept else "names only; popsink_backup_connector_secrets: true keeps their values"
    return f"other Secrets in the namespace, which connectors may name ({how}): {', '.join(others)}"
