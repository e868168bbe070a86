# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that the pinned chart does not know: Helm ignores them without a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, warned
from ..names import did_you_mean
from .model import value_leaves

#: Blocks below which users name keys freely, so an unknown key is no slip.
_FREE = ("annotations", "labels", "selector", "affinity", "resources", "tolerations", "extraenv", "config")


def ignored(values: Mapping[str, Any], chart: ChartFacts, source: str, id: str) -> list[Finding]:
    """A warning for each value that the chart would ignore.

    :param source: where the values stand, for people: a variable or a file.
    :param id: the findings' id.
    """
    findings = []
    for path, _value in value_leaves(values):
        unknown = _unknown(path, chart)
        if unknown is not None:
            where = f"{source}.{path}" if source.startswith("popsink_") else f"{path} in {source}"
            findings.append(
                warned(
                    id,
                    f"{where} is not known to chart {chart.version}, which would ignore it.",
                    unknown or "Remove it, or pin a chart that has it.",
                )
            )
    return findings


def _unknown(path: str, chart: ChartFacts) -> str | None:
    """None for a path that the chart knows; else a suggestion, which may be empty."""
    parts = path.split(".")
    for depth in range(1, len(parts) + 1):
        here = ".".join(parts[:depth])
        if chart.has(here):
            default = chart.default(here)
            if not isinstance(default, Mapping) or not default:
                return None
            continue
        if any(word in part.casefold() for part in parts[: depth - 1] for word in _FREE):
            return None
        above = ".".join(parts[: depth - 1])
        siblings = chart.default(above, {}) if above else chart.values
        return did_you_mean(here, [f"{above}.{name}" if above else str(name) for name in siblings])
    return None
