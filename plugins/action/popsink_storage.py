# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives the broker its object store, with the keys of the inventory."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.modules import popsink_storage
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import SecretsAction


class ActionModule(SecretsAction):
    """Action of the module :mod:`popsink_storage`."""

    MODULE = popsink_storage
