# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the argument with the secret values that are replaced: one option for each, as in `known`."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.doc_fragments.known import ModuleDocFragment as Known


class ModuleDocFragment:
    """Fragment ``popsink.data_plane.before``."""

    DOCUMENTATION = Known.DOCUMENTATION.replace("  known:", "  before:", 1).replace(
        "Values by secret name.", "The values that are replaced, by secret name.", 1
    )
