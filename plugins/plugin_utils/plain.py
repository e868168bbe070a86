# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values without what Ansible adds to them: tags, unsafe markers, lazy decryption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """The value in Python's own types, vaulted text decrypted.

    Ansible's text types are subclasses of str, or objects that str() decrypts; both are exact strings afterwards.
    """
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, Mapping):
        return {_text(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    for exact in (bool, int, float):
        if isinstance(value, exact):
            return exact(value)
    return _text(value)


def _text(value: Any) -> str:
    # A subclass of str may give itself for str(); the outer call makes an exact one of it.
    return str.__str__(str(value))
