# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be made, held against what AWX has: names that lead nowhere, and objects of another organization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..findings import Finding, failed
from ..names import did_you_mean
from .definition import PREFIX, ROLE_OBJECTS, Definition
from .there import There, Thing

#: Kinds of which AWX has another name than the inputs.
ENDPOINTS = {"workflows": "workflow_job_templates", "notifications": "notification_templates"}
#: Inputs that name one credential each.
_SOURCES = ("project_credential", "inventory_credential", "image_credential")


def misfits(definition: Definition, there: There) -> list[Finding]:
    """What AWX would refuse, or what would be another's, each as one finding."""
    return [
        finding
        for look in (_credentials, _types, _roles, _environment, _foreign_types, _types_in_use)
        for finding in look(definition, there)
    ]


def used_credentials(definition: Definition) -> dict[str, list[str]]:
    """Names of credentials with the places that name them."""
    given = definition.given
    used: dict[str, list[str]] = {}
    for source in _SOURCES:
        if given.get(source) and not (source == "inventory_credential" and not given.get("inventory_url")):
            used.setdefault(given[source], []).append(PREFIX + source)
    for name in definition.entries("job_credentials") if definition.entries("job_templates") else ():
        used.setdefault(str(name), []).append(f"{PREFIX}job_credentials")
    for entry in definition.entries("job_templates"):
        for name in entry.get("credentials") or ():
            used.setdefault(name, []).append(f"{PREFIX}job_templates, {entry['name']}")
    return used


def _credentials(definition: Definition, there: There) -> Iterator[Finding]:
    made = definition.names("credentials")
    for name, places in used_credentials(definition).items():
        if name in made:
            continue
        found = [thing for thing in there.credentials(name) if not _goes(definition, there, thing)]
        if not found:
            near = did_you_mean(name, made | there.names("credentials") - {name})
            yield failed(
                "awx.credential",
                f"{_and(places)}: there is no credential {name}, and {PREFIX}credentials does not make one.",
                near or f"Make it in AWX, or name it in {PREFIX}credentials.",
            )
        elif len(found) > 1:
            owned = ", ".join(sorted(f"{thing.credential_type} of {_owner(thing)}" for thing in found))
            yield failed(
                "awx.credential",
                f"{_and(places)}: AWX has more than one credential {name} ({owned}).",
                f"Rename one, or make one in the organization {there.organization}.",
            )


def _goes(definition: Definition, there: There, thing: Thing) -> bool:
    gone = {(entry["name"], entry["credential_type"]) for entry in definition.absent("credentials")}
    return thing.organization == there.organization and (thing.name, thing.credential_type) in gone


def _owner(thing: Thing) -> str:
    return thing.organization or "no organization"


def _and(places: list[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"


def _types(definition: Definition, there: There) -> Iterator[Finding]:
    known = definition.names("credential_types") | there.names("credential_types")
    for entry in definition.entries("credentials"):
        if entry["credential_type"] not in known:
            yield failed(
                "awx.credential_type",
                f"{PREFIX}credentials, {entry['name']}: there is no type {entry['credential_type']}, and "
                f"{PREFIX}credential_types does not make it.",
                did_you_mean(entry["credential_type"], known) or "Correct it.",
            )


def _roles(definition: Definition, there: There) -> Iterator[Finding]:
    for entry in definition.entries("roles"):
        for kind in ("teams", *ROLE_OBJECTS):
            known = definition.names(kind) | _there(definition, there, kind)
            for name in entry.get(kind) or ():
                if name not in known:
                    yield failed(
                        "awx.role",
                        f"{PREFIX}roles, {entry['role']}: there is none of {kind} that is called {name}.",
                        did_you_mean(name, known) or "Correct it.",
                    )


def _there(definition: Definition, there: There, kind: str) -> set[str]:
    """Names of what teams can be given a role on, of what is there and stays."""
    if kind == "credentials":
        # AWX lets no team have one on another organization's.
        return {thing.name for thing in there.own_credentials() if not _goes(definition, there, thing)}
    return there.names(ENDPOINTS.get(kind, kind)) - set(definition.absent(kind))


def _environment(definition: Definition, there: There) -> Iterator[Finding]:
    name = definition.given["execution_environment"]
    for thing in there.all("execution_environments", name):
        if thing.organization != there.organization:
            yield failed(
                "awx.execution_environment",
                f"{PREFIX}execution_environment is {name}, which is there and belongs to {_owner(thing)}.",
                "Names of execution environments are unique in an AWX: give another one.",
            )


def with_types(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a type of credentials as AWX keeps them: it adds what kind of value each is."""
    if "fields" not in inputs:
        return dict(inputs)
    return {**inputs, "fields": [{"type": "string", **field} for field in inputs["fields"]]}


def _foreign_types(definition: Definition, there: There) -> Iterator[Finding]:
    for entry in definition.entries("credential_types"):
        wanted = {"inputs": with_types(entry["inputs"]), "injectors": entry["injectors"]}
        for thing in there.all("credential_types", entry["name"]):
            others = _users(definition, there, entry["name"], own=False)
            if others and thing.definition != wanted:
                yield failed(
                    "awx.credential_type",
                    f"{PREFIX}credential_types, {entry['name']}: AWX has another one of that name, and credentials of "
                    f"it: {', '.join(others)}.",
                    "Types are shared by all organizations of an AWX: give yours another name.",
                )


def _types_in_use(definition: Definition, there: There) -> Iterator[Finding]:
    for name in definition.absent("credential_types"):
        if users := _users(definition, there, name, own=True):
            yield failed(
                "awx.absent",
                f"{PREFIX}absent.credential_types names {name}, of which there are credentials: {', '.join(users)}.",
                f"Remove them first; the organization's own by {PREFIX}absent.credentials.",
            )


def _users(definition: Definition, there: There, credential_type: str, *, own: bool) -> list[str]:
    """Credentials of a type that stay; others' alone, or the organization's own, too."""
    return [
        f"{thing.name} of {_owner(thing)}"
        for thing in there.all("credentials")
        if thing.credential_type == credential_type
        and (own or thing.organization != there.organization)
        and not _goes(definition, there, thing)
    ]
