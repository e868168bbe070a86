# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the pinned chart."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.modules import popsink_chart_info
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_chart_info`."""

    MODULE = popsink_chart_info
    SECRET_ARGUMENTS = ("password",)
