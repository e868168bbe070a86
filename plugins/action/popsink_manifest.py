# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies objects beside the chart's own."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.modules import popsink_manifest
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_manifest`."""

    MODULE = popsink_manifest
