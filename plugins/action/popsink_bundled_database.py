# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the schema registry's own database in the bundled PostgreSQL, with the passwords of the inventory."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_bundled_database
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import SecretsAction


class ActionModule(SecretsAction):
    """Action of the module :mod:`popsink_bundled_database`."""

    MODULE = popsink_bundled_database

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with both passwords, also where they stand in the release and no Secret is planned."""
        arguments = super().arguments(variables)
        names = ("database_admin_password", plain(arguments["creation"])["wanted"]["password"])
        return {**arguments, "known": {**self.secret_values(variables, names), **arguments["known"]}}
