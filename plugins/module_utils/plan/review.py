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
from ..names import did_you_mean
from ..tree import dig
from .inputs import Inputs
from .model import Plan, value_leaves
from .naming import SUBDOMAIN
from .secret_blocks import EXISTING

#: Names under which blocks of values take a secret's value itself.
_LITERALS = ("password", "secret", "key", "token", "accessKeyId", "secretAccessKey", "postgresPassword")


def review(plan: Plan, inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Findings about the chart values as they will be handed to Helm."""
    values = plan.values
    return (
        *_other_secrets(plan),
        *_existing_secrets(plan, inputs, chart),
        *_collisions("popsink_values", inputs.values, values, chart),
        *_collisions("the snippet (popsink_onboarding_file)", inputs.onboarding.values, values, chart),
        *_tasks_run_twice(values, chart),
    )


def _other_secrets(plan: Plan) -> tuple[Finding, ...]:
    """Secrets in place of the planned ones, which nobody would check, and whose values would be made for nothing."""
    return tuple(
        failed(
            "values.secret",
            f"{block}.existingSecret is set to {now!r}, where Secret {name} is planned.",
            f"Remove {block}.existingSecret from popsink_values and the snippet, and name a Secret that somebody else "
            f"looks after in {EXISTING}['{block}'].",
        )
        for block, name in plan.blocks.items()
        if (now := dig(plan.values, f"{block}.existingSecret")) != name
        # One value in place of the whole block has a finding of its own.
        and isinstance(dig(plan.values, block), Mapping)
    )


def _existing_secrets(plan: Plan, inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Secrets of somebody else's for what takes none, or under what is no name."""
    findings = []
    for block, name in inputs.existing_secrets.items():
        if block not in plan.blocks:
            findings.append(
                failed(
                    "inputs.existing_secrets",
                    f"Chart {chart.version} as planned takes no Secret for {EXISTING}['{block}'].",
                    did_you_mean(str(block), plan.blocks) or f"It takes one for: {', '.join(sorted(plan.blocks))}.",
                )
            )
        elif not isinstance(name, str) or not SUBDOMAIN.fullmatch(name):
            findings.append(
                failed(
                    "inputs.existing_secrets",
                    f"{EXISTING}['{block}'] is {name!r}, which is no name of a Secret.",
                    "Give the name alone, of a Secret in popsink_namespace.",
                )
            )
    return tuple(findings)


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
