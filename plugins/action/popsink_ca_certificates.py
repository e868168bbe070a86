# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the authorities that the pods trust in a ConfigMap."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.modules import popsink_ca_certificates
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction


class ActionModule(StepAction):
    """Action of the module :mod:`popsink_ca_certificates`."""

    MODULE = popsink_ca_certificates
