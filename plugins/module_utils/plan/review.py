# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the finished values show: combinations that the chart refuses or that do harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.boundaries import holds, remedy_of
from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..names import did_you_mean
from ..tree import dig
from .autoscaling import most_replicas, wrong_autoscaling
from .components import DEVELOPMENT
from .ignored import unknown_in
from .inputs import Inputs, OwnValues
from .model import Plan, value_leaves
from .naming import SUBDOMAIN
from .secret_blocks import EXISTING, IN_VALUES
from .sizing import alone_with_a_budget, none_of

#: Names under which blocks of values take a secret's value itself.
_LITERALS = ("password", "secret", "key", "token", "accessKeyId", "secretAccessKey", "postgresPassword")


def review(plan: Plan, inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Findings about the chart values as they will be handed to Helm."""
    values = plan.values
    snippet = OwnValues("the snippet (popsink_onboarding_file)", inputs.onboarding.values)
    return (
        *_other_secrets(plan),
        *_existing_secrets(plan, inputs, chart),
        *_in_values(inputs, chart),
        *_unknown_to_chart(plan, inputs, chart),
        *(finding for own in (*inputs.own_values, snippet) for finding in _collisions(own, values, chart)),
        *_tasks_run_twice(values, chart),
        *wrong_autoscaling(values, inputs, chart),
        *none_of(values, inputs, chart),
        *alone_with_a_budget(values, inputs, chart),
        *_for_development(values),
        *_moving_images(values),
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


def _in_values(inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Blocks that take no Secret named as blocks whose secrets stay values."""
    known = list(chart.secret_blocks())
    return tuple(
        failed(
            "inputs.secrets_in_values",
            f"Chart {chart.version} has no block of secrets {block!r}, which {IN_VALUES} names.",
            did_you_mean(str(block), known) or "Remove it.",
        )
        for block in inputs.secrets_in_values
        if not chart.offers_existing_secret(str(block))
    )


def _unknown_to_chart(plan: Plan, inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """What the collection itself sets and this chart does not know; the user's own values are told of already."""
    given = [*(own.values for own in inputs.own_values), inputs.onboarding.values]
    told = {unknown.path for values in given for unknown in unknown_in(values, chart)}
    findings = []
    for unknown in unknown_in(plan.values, chart):
        block = unknown.path.partition(".")[0]
        # Helm itself knows `global`, and key names are given where a chart does not tell them.
        if unknown.path in told or block == "global" or ".secretKeys" in unknown.path:
            continue
        tell = warned if chart.has(block) else failed
        findings.append(
            tell(
                "chart.unknown",
                f"The plan sets {unknown.path}, which chart {chart.version} does not know and would ignore.",
                f"Check popsink_chart_ref: is that the chart of the data plane? {unknown.remedy}".strip(),
            )
        )
    return tuple(findings)


def _collisions(own: OwnValues, values: Mapping[str, Any], chart: ChartFacts) -> tuple[Finding, ...]:
    """Literals that somebody gave beside an ``existingSecret``, which the chart refuses to render."""
    findings = []
    for path, value in value_leaves(own.values):
        block, _dot, name = path.rpartition(".")
        # A database's URL holds its password; that of a registry does not.
        if not value or not (name in _LITERALS or (name == "url" and block.endswith("database"))):
            continue
        now = block.replace("tansu.", "kodansu.", 1) if block.startswith("tansu.") and chart.has("kodansu") else block
        if chart.offers_existing_secret(now) and dig(values, f"{now}.existingSecret"):
            findings.append(
                failed(
                    "values.collision",
                    f"{path} is set in {own.source}, and {block} takes its values from a Secret.",
                    f"Remove {path} there; the collection puts the value into the Secret.",
                )
            )
    return tuple(findings)


def _for_development(values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Switches that the user's own values turn on, and that nobody but the vendor's developers needs."""
    return tuple(
        warned(
            "values.development",
            f"{switch} is on, which is made for the vendor's own development.",
            "Remove it from popsink_values.",
        )
        for switch in DEVELOPMENT
        if values.get(switch)
    )


def _moving_images(values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Image tags that mean another image tomorrow."""
    moving = [path for path, value in value_leaves(values) if path.endswith("mage.tag") and value == "latest"]
    if not moving:
        return ()
    return (
        warned(
            "values.image",
            f"{', '.join(moving)} is latest: a pod that starts anew may run another version than its neighbour.",
            "Remove it: the chart names the images that belong together.",
        ),
    )


def _tasks_run_twice(values: Mapping[str, Any], chart: ChartFacts) -> tuple[Finding, ...]:
    replicas = most_replicas(values, chart) or values.get("replicaCount", chart.default("replicaCount", 1))
    if replicas in (1, "1") or not holds("tasks.run_twice", chart.version):
        return ()
    return (
        warned(
            "sizing.tasks",
            f"Chart {chart.version} runs its background tasks once per replica, and {replicas} are planned.",
            remedy_of("tasks.run_twice"),
        ),
    )
