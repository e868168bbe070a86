# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Size and availability: what goes for the pods of the components, set once and put where the chart takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..chart.boundaries import holds, remedy_of
from ..chart.facts import ChartFacts
from ..cluster.quantity import quantity
from ..findings import Finding, failed, warned
from ..names import did_you_mean
from ..tree import dig, leaves, merged, nested
from .autoscaling import least_replicas, plan_autoscaling
from .inputs import Inputs
from .model import Plan
from .places import COMPONENTS, Place, known_names, places
from .settings import SETTINGS, Setting
from .sizes import SIZES, resources_of

_OWN = "popsink_components"

_REPLICAS, _RESOURCES = (
    next(setting for setting in SETTINGS if setting.name == name) for name in ("replicas", "resources")
)

#: Switches of network policies, of which a chart has one: the vendor does not name it.
_NETWORK_POLICIES = ("networkPolicy.enabled", "networkPolicies.enabled", "networkPolicy.create")


def plan_sizing(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Replicas, resources, placement, budgets, autoscaling and network policies, where the inventory sets them."""
    wrong = [*_unknown(inputs), *_wrong(inputs)]
    there = list(places(inputs, chart))
    if wrong:
        # What can be told of the rest is told at the same time.
        low = _setting(_RESOURCES, there, _with_sound_resources(inputs), chart).findings
        return Plan(findings=(*wrong, *low))
    parts = (_setting(setting, there, inputs, chart) for setting in SETTINGS)
    return Plan.of(
        (
            Plan(findings=(*_in_vain(inputs, chart, there), *_twice(inputs))),
            *parts,
            plan_autoscaling(inputs, chart),
            _network_policies(inputs, chart),
        )
    )


def _unknown(inputs: Inputs) -> Iterator[Finding]:
    """Names in ``popsink_components`` that nobody knows."""
    names, settings = known_names(), {setting.name for setting in SETTINGS}
    for name, given in inputs.components.items():
        known = names.get(str(name))
        if known != name:
            remedy = f"It is called {known} there." if known else did_you_mean(str(name), names)
            yield failed(
                "sizing.components",
                f"{_OWN} has {name!r}, which is no component.",
                remedy or f"There are: {', '.join(component.name for component in COMPONENTS)}.",
            )
        elif not isinstance(given, Mapping):
            yield failed(
                "sizing.components",
                f"{_OWN}.{name} is no mapping of settings.",
                f"Write for instance {{{name}: {{priority_class: NAME}}}}.",
            )
        else:
            for setting in sorted(set(map(str, given)) - settings):
                near = did_you_mean(setting, settings)
                yield failed(
                    "sizing.components",
                    f"{_OWN}.{name} has {setting!r}, which is no setting.",
                    near or f"There are: {', '.join(sorted(settings))}.",
                )


def _wrong(inputs: Inputs) -> Iterator[Finding]:
    """Values of a form that no chart takes."""
    for setting in SETTINGS:
        given = [(f"{_OWN}.{name}.{setting.name}", own.get(setting.name)) for name, own in _own(inputs)]
        if setting.name != "resources":
            given.insert(0, (setting.variable, _for_all(setting, inputs)))
        for variable, value in given:
            if value is not None and (wrong := setting.wrong(value)):
                yield failed(f"sizing.{setting.name}", f"{variable} is {wrong}.", "Correct it there.")


def _with_sound_resources(inputs: Inputs) -> Inputs:
    """Inputs with nothing set for single components but resources in their form."""
    given = {name: own["resources"] for name, own in _own(inputs) if "resources" in own}
    return replace(
        inputs, components={name: {"resources": value} for name, value in given.items() if not _RESOURCES.wrong(value)}
    )


def _own(inputs: Inputs) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, given) for name, given in inputs.components.items() if isinstance(given, Mapping)]


def _for_all(setting: Setting, inputs: Inputs) -> Any:
    """What is set for all components, None for nothing."""
    if not setting.variable or setting.name == "resources":
        return None
    value = getattr(inputs, setting.variable.removeprefix("popsink_"))
    return None if value in ("", {}, []) else value


def _wanted(setting: Setting, place: Place, inputs: Inputs, chart: ChartFacts) -> tuple[Any, str]:
    """What is set for a component, None for nothing, and the input that sets it: its own wins."""
    own = inputs.components.get(place.name, {})
    if setting.name in own and own[setting.name] is not None:
        return own[setting.name], f"{_OWN}.{place.name}.{setting.name}"
    if setting.name == "replicas":
        variable = {"data_plane": "replicas", "broker": "broker_replicas"}.get(place.name, "")
        return (getattr(inputs, variable), f"popsink_{variable}") if variable else (None, "")
    if setting.name == "resources":
        return (resources_of(inputs.size, place.name) if inputs.size in SIZES else None), setting.variable
    if setting.name in ("topology_spread", "pdb") and not _concerns_several(setting, place, inputs, chart):
        return None, ""
    return _for_all(setting, inputs), setting.variable


def _concerns_several(setting: Setting, place: Place, inputs: Inputs, chart: ChartFacts) -> bool:
    """Whether a setting that is about several pods of a component means this one, when it is set for all."""
    if setting.name == "pdb":
        # Where one pod runs, a budget only keeps its node from being drained; taking it away does good everywhere.
        return inputs.pdb_enabled is False or _replicas(place, inputs, chart) > 1
    return place.selector("") is not None and chart.has(place.path("replicaCount"))


def _replicas(place: Place, inputs: Inputs, chart: ChartFacts) -> int:
    """How many pods of a component run at least."""
    if place.name == "data_plane" and (least := least_replicas({}, inputs, chart)):
        return least
    given, _variable = _wanted(_REPLICAS, place, inputs, chart)
    count = chart.default(place.path("replicaCount")) if given is None else given
    return int(count) if str(count).isdecimal() else 1


def _setting(setting: Setting, there: Iterable[Place], inputs: Inputs, chart: ChartFacts) -> Plan:
    plan, lacking = Plan(), []
    for place in there:
        value, variable = _wanted(setting, place, inputs, chart)
        if value is None:
            continue
        if path := setting.taken_at(place, chart):
            plan = plan.merge(_put(setting, value, variable, place, path, inputs, chart))
        elif value not in (False, "", {}, []):
            lacking.append((place.name, variable))
    return plan.merge(Plan(findings=tuple(_not_taken(setting, lacking, chart))))


def _not_taken(setting: Setting, lacking: list[tuple[str, str]], chart: ChartFacts) -> Iterator[Finding]:
    if not lacking:
        return
    names = ", ".join(name for name, _variable in lacking)
    variables = " and ".join(dict.fromkeys(variable for _name, variable in lacking))
    yield warned(
        f"sizing.{setting.name}",
        f"Chart {chart.version} has no {setting.key} for {names}: {variables} does not get there.",
        setting.instead,
    )


def _put(
    setting: Setting, value: Any, variable: str, place: Place, path: str, inputs: Inputs, chart: ChartFacts
) -> Plan:
    if setting.name == "replicas":
        value = int(value)
    if setting.name == "topology_spread":
        value = [_with_selector(item, place, inputs) for item in value]
    if setting.name == "resources":
        return _resources(value, variable, path, chart)
    return Plan(values=nested(path, value))


def _with_selector(constraint: Mapping[str, Any], place: Place, inputs: Inputs) -> dict[str, Any]:
    """A constraint that says which pods it is about: without that Kubernetes counts none, and spreads nothing."""
    selector = place.selector(inputs.release)
    return {**({"labelSelector": selector} if selector else {}), **constraint}


def _resources(value: Mapping[str, Any], variable: str, path: str, chart: ChartFacts) -> Plan:
    if variable == "popsink_size":
        # The chart's own limit would stay, and may be lower than the request.
        value = merged(value, {"limits": {"cpu": None}})
    limits, requests = (_amounts(path, kind, value, chart) for kind in ("limits", "requests"))
    low = [name for name, limit in limits.items() if (least := requests.get(name)) and _less(limit, least)]
    findings = [
        failed(
            "sizing.resources",
            f"{path}.limits.{name} would be {limits[name]}, and the request {requests[name]}: a limit is no lower.",
            f"Set both in {variable}; what you leave out there is the chart's.",
        )
        for name in low
    ]
    return Plan(values=_with_nulls_at_home(value, path, chart), findings=tuple(findings))


def _with_nulls_at_home(value: Mapping[str, Any], path: str, chart: ChartFacts) -> dict[str, Any]:
    """Chart values of resources. Helm takes away what is null where the chart has it; elsewhere the null would stay."""
    values: dict[str, Any] = {}
    for leaf, amount in leaves(value, path):
        if amount is not None:
            values = merged(values, nested(leaf, amount))
        elif chart.default(leaf) is not None:
            values = merged(values, nested(chart.home(leaf), None))
    return values


def _amounts(path: str, kind: str, value: Mapping[str, Any], chart: ChartFacts) -> dict[str, Any]:
    """Limits or requests as they come out of the chart's own and the planned ones."""
    own = chart.default(f"{path}.{kind}")
    both = merged(own if isinstance(own, Mapping) else {}, value.get(kind) or {})
    return {name: amount for name, amount in both.items() if amount is not None}


def _less(one: Any, other: Any) -> bool:
    left, right = quantity(one), quantity(other)
    return left is not None and right is not None and left < right


def _in_vain(inputs: Inputs, chart: ChartFacts, there: Iterable[Place]) -> Iterator[Finding]:
    """Settings for components that do not run."""
    running = {place.name for place in there}
    for name, own in _own(inputs):
        if own and name not in running:
            yield warned(
                "sizing.components",
                f"{_OWN} has {name}, which chart {chart.version} does not run as planned.",
                "Remove it there, unless other deployments share the variable.",
            )


def _twice(inputs: Inputs) -> Iterator[Finding]:
    """Replicas that two inputs set."""
    for name, variable in (("data_plane", "replicas"), ("broker", "broker_replicas")):
        own, other = inputs.components.get(name, {}).get("replicas"), getattr(inputs, variable)
        if own is not None and other is not None and int(own) != other:
            yield failed(
                "sizing.replicas",
                f"{_OWN}.{name}.replicas is {own}, and popsink_{variable} is {other}.",
                "Remove one of the two.",
            )


def _network_policies(inputs: Inputs, chart: ChartFacts) -> Plan:
    wanted = inputs.network_policy_enabled
    if wanted is None:
        return Plan()
    if path := next((path for path in _NETWORK_POLICIES if chart.has(path)), ""):
        return Plan(values=nested(path, wanted))
    if not wanted and not holds("network_policies", chart.version):
        return Plan()
    return Plan(
        findings=(
            warned(
                "sizing.network_policy",
                f"Chart {chart.version} has no switch of network policies for popsink_network_policy_enabled.",
                remedy_of("network_policies"),
            ),
        )
    )


def none_of(values: Mapping[str, Any], inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Components that run and of which a chart value of the user's lets no pod run; the inputs' own form is looked at.

    :param values: the chart values as they will be handed to Helm.
    """
    return tuple(
        failed(
            "sizing.replicas",
            f"{path} is {count}, so that no pod of {place.name} runs.",
            "Give 1 or more; what can be left out has a switch of its own.",
        )
        for place in places(inputs, chart)
        for path in (place.path("replicaCount"),)
        if re.fullmatch("0+|-[0-9]+", str(count := dig(values, path, ""))) and _set_by_user(path, inputs)
    )


def _set_by_user(path: str, inputs: Inputs) -> bool:
    former = f"tansu.{path.partition('.')[2]}"
    paths = (path, former) if path.startswith("kodansu.") else (path,)
    return any(dig(own.values, one) is not None for own in inputs.own_values for one in paths)


def alone_with_a_budget(values: Mapping[str, Any], inputs: Inputs, chart: ChartFacts) -> tuple[Finding, ...]:
    """Components of which one pod runs that may not be taken away: their node cannot be drained.

    :param values: the chart values as they will be handed to Helm.
    """
    names = []
    for place in places(inputs, chart):
        budget, count = (
            dig(values, path, chart.default(path)) for path in map(place.path, ("pdb.create", "replicaCount"))
        )
        if place.name == "data_plane":
            count = least_replicas(values, inputs, chart) or count
        if budget is True and str(1 if count is None else count) == "1":
            names.append(place.name)
    if not names:
        return ()
    return (
        warned(
            "sizing.pdb",
            f"One pod runs of {', '.join(names)}, and its PodDisruptionBudget keeps it: nodes cannot be drained.",
            f"Run two, or set popsink_pdb_enabled to false, or pdb of that component in {_OWN}.",
        ),
    )
