# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What objects of the cluster say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_seen(item: Mapping[str, Any]) -> bool:
    """Whether a workload's controller has seen its last change, so that its status is about that."""
    seen = (item.get("status") or {}).get("observedGeneration") or 0
    return int(seen) >= int(item["metadata"].get("generation") or 0)


def is_ready(item: Mapping[str, Any]) -> bool:
    """Whether a pod or a node says that it is Ready."""
    conditions = (item.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
