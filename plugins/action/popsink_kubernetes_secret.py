# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts secrets of the inventory into the cluster."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.modules import popsink_kubernetes_secret
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import SecretsAction


class ActionModule(SecretsAction):
    """Action of the module :mod:`popsink_kubernetes_secret`."""

    MODULE = popsink_kubernetes_secret
