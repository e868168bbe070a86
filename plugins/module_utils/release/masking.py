# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart values as they may be shown: releases made by hand hold secrets in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MASK = "********"

#: Parts of key names below which a text is taken for a secret. Rather one too many than one too few.
_SECRET = ("password", "secret", "token", "key", "cert", "credential", "url")

#: Keys that have such a part in their name and name something else.
_OPEN = frozenset({"existingsecret", "secretkeys", "ingressurl", "controlplaneurl", "controlplanefrontendurl"})


def masked(values: Any) -> Any:
    """The values with everything that may be a secret replaced."""
    if isinstance(values, Mapping):
        return {name: _masked_entry(str(name), value) for name, value in values.items()}
    if isinstance(values, list):
        return [masked(value) for value in values]
    return values


def _masked_entry(name: str, value: Any) -> Any:
    folded = name.casefold()
    if folded in _OPEN or folded.startswith("imagepullsecret"):
        return value if not isinstance(value, Mapping) else _pull_secret(folded, value)
    if isinstance(value, Mapping):
        return masked(value)
    if isinstance(value, str) and value and any(part in folded for part in _SECRET):
        return MASK
    return masked(value)


def _pull_secret(name: str, value: Mapping[str, Any]) -> Any:
    return masked(value) if name == "imagepullsecret" else dict(value)
