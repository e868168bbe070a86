# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves the content of the bundled PostgreSQL, with the passwords of the inventory."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_database_move
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import SecretsAction

#: Of the bundled PostgreSQL, whose Secret is no longer planned.
_ADMINISTRATOR = ("database_admin_password",)


class ActionModule(SecretsAction):
    """Action of the module :mod:`popsink_database_move`."""

    MODULE = popsink_database_move

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the administrator's password."""
        arguments = super().arguments(variables)
        return {**arguments, "known": {**arguments["known"], **self.secret_values(variables, _ADMINISTRATOR)}}
