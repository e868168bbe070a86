# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks what a rollout needs, with the secrets of the inventory."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import ASKED_WITH
from ansible_collections.popsink.data_plane.plugins.modules import popsink_preflight
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_preflight`."""

    MODULE = popsink_preflight
    SECRET_ARGUMENTS = ("known",)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        arguments = super().arguments(variables)
        return {**arguments, "known": self.secret_values(variables, ASKED_WITH)}
