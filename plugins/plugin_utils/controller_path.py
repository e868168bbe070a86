# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a file of the controller is that an input names."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def controller_path(name: str, inventory: Any, loader: Any) -> Path:
    """The path; a relative one begins at the inventory, beside which its files lie.

    :param inventory: ``inventory_dir``, empty where the inventory is no file.
    """
    path = Path(name).expanduser()
    if path.is_absolute():
        return path
    # The playbook's own folder is the collection's.
    return Path(str(inventory)) / path if inventory else Path(loader.path_dwim(name))
