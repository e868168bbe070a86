# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes role and database outside of the chart, with the administrator's login of the inventory."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_database
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import SecretsAction


class ActionModule(SecretsAction):
    """Action of the module :mod:`popsink_database`."""

    MODULE = popsink_database

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the administrator's login."""
        arguments = super().arguments(variables)
        return {
            **arguments,
            "known": {**arguments["known"], **self.secret_values(variables, popsink_database.OWN_SECRETS)},
        }
