# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which chart values may be secrets: for showing values, and for keeping a user's own out of results."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MASK = "********"

#: Parts of key names below which a value is taken for a secret. Rather one too many than one too few.
_SECRET = ("pass", "pwd", "secret", "token", "key", "cert", "credential", "dsn", "url", "auth", "connectionstring")

#: Keys that have such a part in their name and name something else.
_OPEN = frozenset(
    {
        "existingsecret",
        "secretkeys",
        "secretname",
        "ingressurl",
        "controlplaneurl",
        "controlplanefrontendurl",
        "imagepullsecrets",
        "topologykey",
    }
)

#: A URL that holds a user's name or password.
_USERINFO = re.compile(r"://[^/\s@]+@")

#: What takes the place of a value at a path.
Replace = Callable[[tuple[str, ...], Any], Any]


def masked(values: Any) -> Any:
    """The values with everything that may be a secret masked."""
    return replaced(values, lambda _path, _value: MASK)


def replaced(values: Any, replace: Replace, path: tuple[str, ...] = ()) -> Any:
    """The values with everything that may be a secret replaced.

    :param replace: gives the replacement from the path of keys and the value.
    """
    if isinstance(values, Mapping):
        if "operator" in values or path[-1:] in (("secretKeyRef",), ("configMapKeyRef",)):
            # A toleration, a selector, or a reference: the key in it is a name.
            return {name: replaced(value, replace, (*path, str(name))) for name, value in values.items()}
        if set(values) >= {"name", "value"}:
            # An environment variable, whose name does not tell what it holds.
            return {**values, "value": replace((*path, "value"), values["value"])}
        return {name: _entry(str(name), value, replace, (*path, str(name))) for name, value in values.items()}
    if isinstance(values, list):
        return [replaced(value, replace, (*path, str(number))) for number, value in enumerate(values)]
    if isinstance(values, str) and _USERINFO.search(values):
        return replace(path, values)
    return values


def _entry(name: str, value: Any, replace: Replace, path: tuple[str, ...]) -> Any:
    folded = name.casefold()
    if folded in _OPEN:
        return value
    suspect = any(part in folded for part in _SECRET)
    if isinstance(value, Mapping) or not suspect or value in (None, "", []) or isinstance(value, bool):
        return replaced(value, replace, path)
    return replace(path, value)


def at(values: Any, path: tuple[str, ...]) -> Any:
    """The value at a path of keys and positions.

    :raises KeyError: there is none.
    """
    for step in path:
        values = values[int(step)] if isinstance(values, list) else values[step]
    return values
