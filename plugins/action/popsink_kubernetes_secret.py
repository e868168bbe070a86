# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts secrets of the inventory into the cluster."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_kubernetes_secret
from ansible_collections.popsink.data_plane.plugins.plugin_utils.inventory_secrets import names_in
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_kubernetes_secret`."""

    MODULE = popsink_kubernetes_secret
    SECRET_ARGUMENTS = ("known",)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        arguments = super().arguments(variables)
        return {**arguments, "known": self.secret_values(variables, names_in(arguments["secrets"]))}
