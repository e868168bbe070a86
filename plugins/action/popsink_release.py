# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings the release to the plan; resolves the secrets that stand as placeholders in its values."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literals_in
from ansible_collections.popsink.data_plane.plugins.modules import popsink_release
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_release`."""

    MODULE = popsink_release
    SECRET_ARGUMENTS = ("literals",)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        arguments = super().arguments(variables)
        return {**arguments, "literals": self.secret_values(variables, literals_in(arguments.get("values")))}
