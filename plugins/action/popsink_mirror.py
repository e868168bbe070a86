# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies chart and images to a mirror."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_mirror
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_mirror`."""

    MODULE = popsink_mirror
    SECRET_ARGUMENTS = ("password", "origin_login")

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the login of either side."""
        inventory = self.inventory(variables)
        arguments = super().arguments(variables)
        # From a folder nothing is pulled.
        from_folder = arguments.get("folder") and arguments.get("registry")
        return {
            "password": inventory.text("popsink_mirror_password"),
            "origin_login": "" if from_folder else inventory.origin_docker_config(),
            **arguments,
        }
