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
        holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether one expression holds; one of an operator that is not known does not."""
    operator, values = expression.get("operator"), expression.get("values") or ()
    found = labels.get(str(expression.get("key")))
    if operator in ("NotIn", "DoesNotExist"):
        return found is None or (operator == "NotIn" and found not in values)
    if found is None:
        return False
    if operator in ("Gt", "Lt"):
        return _compares(found, operator, values)
    return operator == "Exists" or (operator == "In" and found in values)


def _compares(found: str, operator: str, values: Any) -> bool:
    try:
        number, bound = int(found), int(values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if operator == "Gt" else number < bound
