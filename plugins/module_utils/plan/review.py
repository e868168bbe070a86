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
from .inputs import Inputs
from .model import Plan, value_leaves

#: Names under which blocks of values take a secret's value itself.
_LITERALS = ("password", "secret", "key", "token", "accessKeyId", "secretAccessKey", "postgresPassword")


def review(plan: Plan, inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Findings about the chart values as they will be handed to Helm."""
    values = plan.values
    return (
        *_other_secrets(plan, chart),
        *_collisions("popsink_values", inputs.values, values, chart),
        *_collisions("the snippet (popsink_onboarding_file)", inputs.onboarding.values, values, chart),
        *_tasks_run_twice(values, chart),
    )


def _other_secrets(plan: Plan, chart: ChartFacts) -> tuple[Finding, ...]:
    """Secrets of somebody else's in place of the planned ones, whose values would be made and kept for nothing."""
    return tuple(
        failed(
            "values.secret",
            f"{block}.existingSecret is set to {now!r}, where the collection puts its values into Secret {name}.",
            f"Remove {block}.existingSecret from popsink_values and the snippet. To keep values that exist, supply "
            "them as variables; ansible-doc -t role popsink.data_plane.popsink lists them.",
        )
        for block, name in plan.blocks.items()
        if (now := dig(plan.values, f"{block}.existingSecret")) != name
    )


def _collisions(
    source: str, given: Mapping[str, Any], values: Mapping[str, Any], chart: ChartFacts
) -> tuple[Finding, ...]:
    """Literals that somebody gave beside an ``existingSecret``, which the chart refuses to render."""
    findings = []
    for path, value in value_leaves(given):
        block, _dot, name = path.rpartition(".")
        # A database's URL holds its password; that of a registry does not.
        if not value or not (name in _LITERALS or (name == "url" and block.endswith("database"))):
            continue
        now = block.replace("tansu.", "kodansu.", 1) if block.startswith("tansu.") and chart.has("kodansu") else block
        if chart.offers_existing_secret(now) and dig(values, f"{now}.existingSecret"):
            findings.append(
                failed(
                    "values.collision",
                    f"{path} is set in {source}, and {block} takes its values from a Secret.",
                    f"Remove {path} there; the collection puts the value into the Secret.",
                )
            )
    return tuple(findings)


def _tasks_run_twice(values: Mapping[str, Any], chart: ChartFacts) -> tuple[Finding, ...]:
    replicas = values.get("replicaCount", chart.default("replicaCount", 1))
    if replicas in (1, "1") or not holds("tasks.run_twice", chart.version):
        return ()
    return (
        warned(
            "sizing.tasks",
            f"Chart {chart.version} runs its background tasks once per replica, and {replicas} are planned.",
            "Set popsink_replicas to 1, or use 0.1.0-alpha.63 or later.",
        ),
    )
