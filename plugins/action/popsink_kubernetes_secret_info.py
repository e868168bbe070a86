# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads Secrets of the cluster."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_kubernetes_secret_info
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_kubernetes_secret_info`."""

    MODULE = popsink_kubernetes_secret_info

    def step(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Read; the connection must not print what comes back, however talkative it is."""
        return self.call(self.MODULE, self.arguments(variables), variables, hide_result=True)
