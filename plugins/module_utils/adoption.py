# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release that somebody made by hand, described as an inventory host that leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .chart.facts import ChartFacts
from .errors import PopsinkError
from .findings import failures
from .plan.broker import as_named
from .plan.build import build_plan
from .plan.ignored import unknown_in
from .plan.inputs import Inputs
from .plan.model import Plan, is_placeholder, value_leaves, with_literals
from .plan.translation import Translation, translated
from .secrets.catalogue import CATALOGUE
from .tree import changed_paths, dig, merged, nested, without

_TOKEN = "deploymentJwtToken"

#: Secrets that nothing stored depends on.
_REPLACEABLE = ("admin_username", "admin_password", "jwt_secret")


@dataclass(frozen=True)
class Found:
    """What the cluster has of the release.

    :ivar values: the user's values.
    :ivar secrets: Secrets that the chart made or that the values name, decoded.
    """

    values: Mapping[str, Any] = field(repr=False)
    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)


@dataclass(frozen=True)
class Adoption:
    """What is written into the inventory.

    :ivar inputs: inputs without their prefix.
    :ivar secrets: secrets of the catalogue to their values.
    :ivar snippet: what the control plane handed out, deployment token included.
    :ivar notes: what is worth knowing, one line each.
    :ivar changes: paths of chart values that the next roll-out writes otherwise, to the same effect.
    """

    inputs: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)
    snippet: dict[str, Any] = field(repr=False)
    notes: list[str]
    changes: list[str]


#: Gives the inputs of a deployment from those that are no default, the snippet, and the user's own values.
MakeInputs = Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], Inputs]


def adopt(found: Found, chart: ChartFacts, make_inputs: MakeInputs) -> Adoption:
    """Inputs with which the plan renders what is there: no pod is started anew.

    Secrets that stand in the release stay there (popsink_secrets_in_values), until the user has them moved.

    :raises PopsinkError: the release says too little of itself.
    """
    said = translated(found.values)
    snippet = _snippet(said, found, chart)
    notes: list[str] = []
    rest, dead = _without_dead(said.rest, chart)
    notes += [f"{path} is left out: chart {chart.version} does not read it" for path in dead]
    # How the public URL leads there was seen to by somebody else, or stands in the release.
    inputs = {"image_pull_mode": "none", **said.inputs, "ingress_mode": "none"}
    if inputs["image_pull_mode"] == "none":
        notes.append("no pod has a pull secret, and none is made: nodes or service accounts have the login")
    secrets = {name: str(value) for name, value in said.secrets.items()}
    plan = _plan(make_inputs(inputs, snippet, rest), chart)
    in_values, read, told = _in_values(plan, found, secrets)
    secrets = {name: value for name, value in {**secrets, **read}.items() if not _made_anew(name, value)}
    notes += told
    if in_values:
        inputs["secrets_in_values"] = in_values
    plan = _plan(make_inputs(inputs, snippet, rest), chart)
    token = snippet.get(_TOKEN)
    known = {**secrets, "deployment_token": token.get("token", "") if isinstance(token, Mapping) else ""}
    pinned, told = _pinned(without(found.values, dead), plan, chart)
    notes += told
    values = as_named(merged(rest, pinned), chart)
    if values:
        inputs["values"] = values
    plan = build_plan(make_inputs(inputs, snippet, values), chart, known)
    notes += [
        f"the next roll-out ends before it begins: {wrong.found} {wrong.remedy}" for wrong in failures(plan.findings)
    ]
    final = with_literals(plan.values, known, partly=True)
    # What the release no longer reads would be asked about by each roll-out.
    needed = (plan.reads | {"image_pull_token"}) & set(secrets) - {"deployment_token"}
    return Adoption(
        {name: value for name, value in inputs.items() if value not in (None, {}, [])},
        {name: secrets[name] for name in sorted(needed)},
        snippet,
        notes,
        changed_paths(found.values, final),
    )


def _plan(inputs: Inputs, chart: ChartFacts) -> Plan:
    return build_plan(inputs, chart, CATALOGUE)


def _snippet(said: Translation, found: Found, chart: ChartFacts) -> dict[str, Any]:
    """The control plane's snippet, with the token also where it stands in a Secret."""
    snippet = dict(said.identity)
    if not snippet:
        raise PopsinkError(
            "The release's values say nothing of a control plane or a public URL: this is no data plane that was "
            "installed with values.",
            remedy="Check popsink_release and popsink_namespace.",
        )
    name = (said.inputs.get("existing_secrets") or {}).get(_TOKEN)
    if name:
        keys = {**chart.secret_keys(_TOKEN), **(said.inputs.get("secret_keys") or {}).get(_TOKEN, {})}
        values = found.secrets.get(name, {})
        token = values.get(keys.get("token", "token"))
        if token:
            snippet[_TOKEN] = {"token": token}
    return snippet


def _without_dead(rest: Mapping[str, Any], chart: ChartFacts) -> tuple[dict[str, Any], list[str]]:
    """The values without those that the chart ignores anyway."""
    dead = [unknown.path for unknown in unknown_in(rest, chart)]
    return without(rest, dead), dead


def _in_values(plan: Plan, found: Found, secrets: Mapping[str, str]) -> tuple[list[str], dict[str, str], list[str]]:
    """Blocks whose secrets stay values, what the chart made of them by itself, and notes on the others."""
    blocks: list[str] = []
    read: dict[str, str] = {}
    notes: list[str] = []
    for block, name in plan.blocks.items():
        planned = next(secret for secret in plan.secrets if secret.name == name)
        if planned.variable:
            # It is in a Secret of the user's already.
            continue
        made = _made_by_chart(planned.data, found)
        values = {
            entry: secrets.get(entry) or read.get(entry) or made.get(entry, "") for entry in planned.data.values()
        }
        wrong = {
            entry: CATALOGUE[entry].rule(value) if value else "is missing"
            for entry, value in values.items()
            if entry != "deployment_token"
        }
        if any(wrong.values()):
            notes += [_not_kept(block, entry, problem) for entry, problem in wrong.items() if problem]
            continue
        read |= {entry: value for entry, value in values.items() if entry not in secrets and value}
        blocks.append(block)
    read.pop("deployment_token", None)
    return sorted(blocks), read, notes


def _made_anew(name: str, value: str) -> bool:
    """Whether a value breaks its rule and nothing is lost with it: it then stays out of the inventory."""
    return name in _REPLACEABLE and CATALOGUE[name].rule(value) is not None


def _not_kept(block: str, name: str, problem: str) -> str:
    """What becomes of a block with a secret that is missing or breaks its rule."""
    variable = CATALOGUE[name].variable
    if name in _REPLACEABLE or problem == "is missing":
        return (
            f"{block}: {variable} {problem}, and cannot be kept; the next roll-out makes a Secret for {block}, and "
            "starts what reads it anew"
        )
    return (
        f"{block}: {variable} {problem}, so the next roll-out is refused; what was made with it needs it as it is, so "
        "change it there first, and then in the inventory"
    )


def _made_by_chart(keys: Mapping[str, str], found: Found) -> dict[str, str]:
    """Values by secret name from the one Secret that has all the keys; nothing where that is not clear."""
    having = [values for values in found.secrets.values() if set(keys) <= set(values)]
    if len({tuple(values[key] for key in keys) for values in having}) != 1:
        return {}
    return {name: having[0][key] for key, name in keys.items()}


def _pinned(before: Mapping[str, Any], plan: Plan, chart: ChartFacts) -> tuple[dict[str, Any], list[str]]:
    """Values that keep what the plan would set otherwise; secrets aside, which are what they were."""
    was, would = _effective(before, chart), _effective(plan.values, chart)
    placeholders = (path for path, value in value_leaves(plan.values) if is_placeholder(value))
    secret = {path.replace("kodansu.", "tansu.", 1) for path in placeholders}
    pins: dict[str, Any] = {}
    notes = []
    for path in changed_paths(was, would):
        value = dig(was, path, _ABSENT)
        if value is _ABSENT or any(path == name or path.startswith(f"{name}.") for name in secret):
            continue
        if _is_of_a_secret(path, plan.values):
            continue
        pins = merged(pins, nested(path, value))
        notes.append(f"{path} stays as it is, in popsink_values; the collection would set it otherwise")
        if path == "global.imagePullSecrets" and not value:
            notes.append(
                "no pod has a pull secret: the chart attaches the one that it makes to none; remove "
                "popsink_values.global.imagePullSecrets, and pods are started anew with it"
            )
    return pins, notes


def _is_of_a_secret(path: str, planned: Mapping[str, Any]) -> bool:
    """Whether a path belongs to a block that gets a Secret of the collection's."""
    block = path.rpartition(".")[0]
    return any(dig(planned, f"{name}.existingSecret") for name in (block, block.replace("tansu.", "kodansu.", 1)))


def _effective(values: Mapping[str, Any], chart: ChartFacts) -> dict[str, Any]:
    """What the templates see, the broker under its former name."""
    whole = merged(chart.values, values)
    now = whole.pop("kodansu", None)
    return {**whole, "tansu": merged(whole.get("tansu") or {}, now)} if isinstance(now, Mapping) else whole


_ABSENT = object()
