# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the finished values show: combinations that the chart refuses or that do harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.boundaries import holds
from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..tree import dig

#: Names under which blocks of values take a secret's value itself.
_LITERALS = ("password", "url", "secret", "key", "token", "accessKeyId", "secretAccessKey", "postgresPassword")


def review(values: Mapping[str, Any], chart: ChartFacts) -> tuple[Finding, ...]:
    """Findings about the chart values as they will be handed to Helm."""
    return (*_collisions(values, chart), *_tasks_run_twice(values, chart))


def _collisions(values: Mapping[str, Any], chart: ChartFacts) -> tuple[Finding, ...]:
    """Literals beside an ``existingSecret``, which the chart refuses to render."""
    findings = []
    for block in chart.secret_blocks():
        here = dig(values, block)
        if not isinstance(here, Mapping) or not here.get("existingSecret"):
            continue
        findings += [
            failed(
                "values.collision",
                f"{block}.{name} is set in the snippet or in popsink_values, and {block} takes its values from a "
                "Secret.",
                f"Remove {block}.{name} there; the collection puts the value into the Secret.",
            )
            for name in _LITERALS
            if here.get(name)
        ]
    return tuple(findings)


def _tasks_run_twice(values: Mapping[str, Any], chart: ChartFacts) -> tuple[Finding, ...]:
    replicas = values.get("replicaCount", chart.default("replicaCount", 1))
    if replicas == 1 or not holds("tasks.run_twice", chart.version):
        return ()
    return (
        warned(
            "sizing.tasks",
            f"Chart {chart.version} runs its background tasks once per replica, and {replicas} are planned.",
            "Set popsink_replicas to 1, or use 0.1.0-alpha.63 or later.",
        ),
    )
