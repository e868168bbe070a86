# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Classes of the cluster: of storage, of Ingresses."""

from __future__ import annotations

from typing import Any


def names_of(classes: list[dict[str, Any]]) -> list[str]:
    """Names of the classes."""
    return [str(item["metadata"]["name"]) for item in classes]


def default_of(classes: list[dict[str, Any]], annotation: str) -> dict[str, Any] | None:
    """The class that an annotation makes the default one, of several the newest; None when there is none."""
    marked = [item for item in classes if (item["metadata"].get("annotations") or {}).get(annotation) == "true"]
    return max(marked, key=lambda item: str(item["metadata"].get("creationTimestamp") or ""), default=None)
