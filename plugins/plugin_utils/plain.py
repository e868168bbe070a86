# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible gives, without what it adds: tags, unsafe markers, lazy decryption, and the source in errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError


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


def not_yaml(error: BaseException) -> str:
    """That something is not YAML, and where. The parser's own words may quote the text, which may be a secret."""
    seen: BaseException | None = error
    while seen is not None:
        if mark := getattr(seen, "problem_mark", None):
            return f"is not YAML (line {mark.line + 1}, column {mark.column + 1})"
        seen = getattr(seen, "orig_exc", None) or seen.__cause__ or seen.__context__
    return "is not YAML"


def first_line(error: AnsibleError) -> str:
    """An Ansible error's first line: the others may show the content of the file."""
    return str(error.message if hasattr(error, "message") else error).splitlines()[0].rstrip(".")
