# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that the pinned chart does not know: Helm ignores them without a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..chart.boundaries import keys_of
from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..names import did_you_mean
from .inputs import OwnValues
from .model import value_leaves

#: How names of blocks end below which users name keys freely, so an unknown key is no slip.
_FREE = ("annotations", "labels", "selector", "affinity", "resources", "tolerations", "extraenv", "extraenvvars")

#: The input that names paths which may be left out.
LEFT_OUT = "popsink_values_ignored"


def ignored(own: OwnValues, chart: ChartFacts, id: str, *, may_be_left_out: bool = True) -> list[Finding]:
    """A failure for each value that the chart would ignore.

    :param id: the findings' id.
    :param may_be_left_out: whether the user can have the value left out instead of correcting it.
    """
    return [
        _finding(unknown, own.source, chart, id, may_be_left_out=may_be_left_out)
        for unknown in unknown_in(own.values, chart)
    ]


def _finding(unknown: Unknown, source: str, chart: ChartFacts, id: str, *, may_be_left_out: bool) -> Finding:
    where = f"{source}.{unknown.path}" if source.startswith("popsink_") else f"{unknown.path} in {source}"
    found = f"{where} is not known to chart {chart.version}, which would ignore it{unknown.because}."
    if not may_be_left_out:
        return warned(id, found, unknown.remedy)
    return failed(id, found, f"{unknown.remedy or 'Remove it.'} To have it left out, name it in {LEFT_OUT}.")


@dataclass(frozen=True)
class Unknown:
    """What a chart does not know.

    :ivar path: the block or value that is told of: the highest that is unknown.
    :ivar because: what is known of it otherwise, as the end of a sentence.
    :ivar remedy: what to do, which may be empty.
    """

    path: str
    because: str = ""
    remedy: str = ""


def unknown_in(values: Mapping[str, Any], chart: ChartFacts) -> list[Unknown]:
    """What the chart does not know of values, each block once."""
    found = (_unknown(path, chart) for path, _value in value_leaves(values))
    return list({unknown.path: unknown for unknown in found if unknown is not None}.values())


def _unknown(path: str, chart: ChartFacts) -> Unknown | None:
    """None for a path that the chart knows."""
    parts = path.split(".")
    for depth in range(1, len(parts) + 1):
        here = ".".join(parts[:depth])
        if chart.has(here):
            default = chart.default(here)
            if not isinstance(default, Mapping) or not default:
                return None
            continue
        if any(part.casefold().endswith(_FREE) for part in parts[: depth - 1]):
            return None
        for key in keys_of(path):
            if key.path.startswith(here):
                return Unknown(key.path, f": {key.charts}", f"In its place: {key.instead}.")
        if parts[0] == "global" and depth > 1:
            # Helm hands it to every sub-chart, whose templates need no default for it.
            return None
        above = ".".join(parts[: depth - 1])
        siblings = chart.default(above, {}) if above else chart.values
        near = did_you_mean(here, [f"{above}.{name}" if above else str(name) for name in siblings])
        return Unknown(here, remedy=near or f"Chart {chart.version} has there: {_some(siblings)}.")
    return None


def _some(names: Mapping[str, Any]) -> str:
    known = sorted(str(name) for name in names)
    return ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
