# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX is to have, as the inputs say it: what in them contradicts itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..findings import Finding, failed
from .surveys import filled

PREFIX = "popsink_awx_"
#: Kinds of objects that roles are given on, as a role names them.
ROLE_OBJECTS = ("job_templates", "workflows", "inventories", "projects", "credentials", "organizations")
#: Lists of which no two entries may have a name.
_NAMED = ("job_templates", "workflows", "notifications", "credential_types", "credentials", "teams")
_REQUIRED = {
    "organization": "the organization that everything belongs to",
    "project_url": "the git repository that has this collection with its playbooks",
    "image": "the image of the execution environment",
    "execution_environment": "the name of the execution environment",
}
_STAGE = re.compile(r"[A-Za-z0-9_.-]+")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Definition:
    """The inputs of the role, without their prefix; of those that hold secrets, the names only.

    :ivar inventories: names of those that the role makes by itself.
    :ivar projects: the same of projects.
    """

    given: Mapping[str, Any]
    inventories: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    def entries(self, name: str) -> list[Entry]:
        """A list of the inputs."""
        return list(self.given.get(name) or ())

    def absent(self, kind: str) -> list[Any]:
        """What is to go."""
        return list((self.given.get("absent") or {}).get(kind) or ())

    def names(self, kind: str) -> set[str]:
        """Names of what is made."""
        if kind in ("inventories", "projects"):
            return set(getattr(self, kind))
        if kind == "organizations":
            return {self.given["organization"]}
        return {entry["name"] for entry in self.entries(kind)}


def _by(*keys: str) -> Callable[[Entry], list[tuple[str, ...]]]:
    return lambda entry: [tuple(str(entry[key]) for key in keys)]


def role_parts(entry: Entry) -> list[tuple[str, ...]]:
    """One for each team and object: the role, the team, the object's kind, and its name."""
    return [
        (entry["role"], team, kind, name)
        for team in entry["teams"]
        for kind in ROLE_OBJECTS
        for name in entry.get(kind) or ()
    ]


def _nodes(definition: Definition) -> list[Entry]:
    return [{"workflow": flow["name"], **node} for flow in definition.entries("workflows") for node in flow["nodes"]]


#: What tells entries of a kind apart, of what is to go and, where it is the same, of what is made.
_KEYS: Mapping[str, Callable[[Any], list[tuple[str, ...]]]] = {
    **dict.fromkeys(
        ("job_templates", "workflows", "notifications", "credential_types", "teams"), lambda name: [(name,)]
    ),
    "credentials": _by("name", "credential_type"),
    "schedules": _by("name", "unified_job_template"),
    "nodes": _by("workflow", "identifier"),
    "roles": role_parts,
}


def contradictions(definition: Definition) -> list[Finding]:
    """What can be seen without AWX."""
    return [
        finding
        for look in (_left_out, _stages, _twice, _of_nothing, _run_nowhere, _steps, _absent_twice, _both, _kept_types)
        for finding in look(definition)
    ]


def surveys(definition: Definition) -> tuple[dict[str, dict[str, list[dict[str, Any]]]], list[Finding]]:
    """Surveys by kind and name of what has them, as AWX is to have them, and what is wrong with them."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {"job_templates": {}, "workflows": {}}
    findings: list[Finding] = []
    for kind, of in found.items():
        for entry in definition.entries(kind):
            if entry.get("survey"):
                of[entry["name"]], wrong = filled(entry["survey"], f"{PREFIX}{kind}, {entry['name']}")
                findings += wrong
    return found, findings


def _left_out(definition: Definition) -> Iterator[Finding]:
    for name, what in _REQUIRED.items():
        if not definition.given.get(name):
            yield failed("awx.required", f"{PREFIX}{name} is not set.", f"Give {what}.")


def _stages(definition: Definition) -> Iterator[Finding]:
    text = str(definition.given.get("staging") or "")
    stages = [stage.strip() for stage in text.split(",") if stage.strip()]
    if not stages or not all(_STAGE.fullmatch(stage) for stage in stages):
        yield failed(
            "awx.staging",
            f"{PREFIX}staging is {text!r}.",
            "Name hosts or groups, with commas between them, and no other pattern: all that it does not name are the "
            "others.",
        )


def _repeated(names: Iterable[Any]) -> list[Any]:
    return [name for name, count in Counter(names).items() if count > 1]


def _twice(definition: Definition) -> Iterator[Finding]:
    named = {kind: [entry["name"] for entry in definition.entries(kind)] for kind in (*_NAMED, "schedules")}
    for kind, names in named.items():
        if twice := _repeated(names):
            yield failed(
                "awx.twice",
                f"{PREFIX}{kind} has a name twice, of which the last would win: {', '.join(twice)}.",
                "Give each entry a name of its own.",
            )


def _of_nothing(definition: Definition) -> Iterator[Finding]:
    for holder, kind in (("credential_inputs", "credentials"), ("notification_secrets", "notifications")):
        if unknown := sorted(set(definition.given.get(holder) or ()) - definition.names(kind)):
            yield failed(
                "awx.inputs",
                f"{PREFIX}{holder} has {', '.join(unknown)}, and {PREFIX}{kind} has none of that name.",
                "Correct it.",
            )


def _run_nowhere(definition: Definition) -> Iterator[Finding]:
    run = [entry.get("unified_job_template") for entry in (*_nodes(definition), *definition.entries("schedules"))]
    made = definition.names("job_templates") | definition.names("workflows")
    if nowhere := sorted({name for name in run if name} - made):
        yield failed(
            "awx.run",
            f"A workflow or a schedule names {', '.join(nowhere)}, which {PREFIX}job_templates and {PREFIX}workflows "
            "do not make.",
            "Correct it.",
        )


def _steps(definition: Definition) -> Iterator[Finding]:
    for flow in definition.entries("workflows"):
        of = f"{PREFIX}workflows, {flow['name']}"
        identifiers = [node["identifier"] for node in flow["nodes"]]
        if twice := _repeated(identifiers):
            yield failed("awx.nodes", f"{of} has a step twice: {', '.join(twice)}.", "Give each a name of its own.")
        for node in flow["nodes"]:
            if bool(node.get("unified_job_template")) == bool(node.get("approval_node")):
                yield failed(
                    "awx.nodes",
                    f"{of}: the step {node['identifier']} must have one of unified_job_template and approval_node.",
                    "Give it one of the two.",
                )
            if unknown := sorted(set(node.get("success_nodes") or ()) - set(identifiers)):
                yield failed(
                    "awx.nodes",
                    f"{of}: the step {node['identifier']} leads to {', '.join(unknown)}, which is no step of it.",
                    "Correct it.",
                )


def _absent_keys(definition: Definition, kind: str) -> list[tuple[str, ...]]:
    return [key for entry in definition.absent(kind) for key in _KEYS[kind](entry)]


def _absent_twice(definition: Definition) -> Iterator[Finding]:
    for kind in _KEYS:
        if twice := _repeated(_absent_keys(definition, kind)):
            yield failed("awx.absent", f"{PREFIX}absent.{kind} has twice: {_listed(twice)}.", "Take one of each out.")


def _both(definition: Definition) -> Iterator[Finding]:
    for kind, keys in _KEYS.items():
        if kind in _NAMED and kind != "credentials":
            made: set[tuple[str, ...]] = {(name,) for name in definition.names(kind)}
        else:
            entries = _nodes(definition) if kind == "nodes" else definition.entries(kind)
            made = {key for entry in entries for key in keys(entry)}
        if both := sorted(made & set(_absent_keys(definition, kind))):
            makes = "workflows" if kind == "nodes" else kind
            yield failed(
                "awx.absent",
                f"{PREFIX}absent.{kind} names what {PREFIX}{makes} makes: {_listed(both)}.",
                "Take it out of one of the two.",
            )


def _kept_types(definition: Definition) -> Iterator[Finding]:
    going = set(definition.absent("credential_types"))
    if kept := [entry["name"] for entry in definition.entries("credentials") if entry["credential_type"] in going]:
        yield failed(
            "awx.absent",
            f"{PREFIX}absent.credential_types names the type of what {PREFIX}credentials makes: {', '.join(kept)}.",
            "Take it out of one of the two.",
        )


def _listed(keys: Iterable[tuple[str, ...]]) -> str:
    return "; ".join(", ".join(key) for key in keys)
