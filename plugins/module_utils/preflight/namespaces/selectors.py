# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label selectors, as Kubernetes reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def selects(selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a label selector selects what has these labels. An empty one selects everything, none at all nothing."""
    if selector is None:
        return False
    exact = selector.get("matchLabels") or {}
    return all(labels.get(name) == value for name, value in exact.items()) and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    name, values = expression.get("key"), expression.get("values") or ()
    held = {
        "In": name in labels and labels[str(name)] in values,
        "NotIn": name not in labels or labels[str(name)] not in values,
        "Exists": name in labels,
        "DoesNotExist": name not in labels,
    }
    return held.get(str(expression.get("operator")), False)
