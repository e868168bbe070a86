# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument with which secret values reach a module: an option for each, so that only what is secret is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .catalogue import CATALOGUE

#: The documentation fragment popsink.data_plane.known documents it.
KNOWN_SPEC: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {name: {"type": "str", "no_log": secret.hidden} for name, secret in CATALOGUE.items()},
}


def known_of(params: Mapping[str, Any]) -> dict[str, str]:
    """The values that were given, by secret name."""
    return {name: value for name, value in params["known"].items() if value is not None}
