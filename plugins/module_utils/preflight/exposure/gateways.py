# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Gateway's listeners and addresses, and which routes it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...tree import dig


def listeners(gateway: Mapping[str, Any], section: str) -> list[Mapping[str, Any]]:
    """The listener of a name, or all where none is named."""
    return [item for item in _all(gateway) if section in ("", item.get("name"))]


def names_of_listeners(gateway: Mapping[str, Any]) -> list[str]:
    """Names of all listeners."""
    return [str(item.get("name")) for item in _all(gateway)]


def addresses_of_gateway(gateway: Mapping[str, Any]) -> list[str]:
    """Addresses or names under which it is reached; none as long as its controller has said none."""
    return [str(item["value"]) for item in dig(gateway, "status.addresses") or () if item.get("value")]


def takes_host(listener: Mapping[str, Any], host: str) -> bool:
    """Whether a listener is for a host; a star stands for one or more parts of a name, and no name for any."""
    own = str(listener.get("hostname") or "")
    return own in ("", host) or (own.startswith("*.") and host.endswith(own[1:]))


def takes_others(listener: Mapping[str, Any]) -> bool:
    """Whether a listener may take routes of other namespaces; which of them, a selector tells."""
    return str(dig(listener, "allowedRoutes.namespaces.from") or "Same") != "Same"


def _all(gateway: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(dig(gateway, "spec.listeners") or ())
