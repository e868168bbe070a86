# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the bucket with the keys of the inventory."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.modules import popsink_bucket_info
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_bucket_info`."""

    MODULE = popsink_bucket_info
    SECRET_ARGUMENTS = ("known",)

    def arguments(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The module's arguments with the secrets that it needs."""
        arguments = super().arguments(variables)
        return {**arguments, "known": self.secret_values(variables, ("s3_access_key_id", "s3_secret_access_key"))}
