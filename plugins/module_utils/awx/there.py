# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX has already, as far as the role's organization has to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Kinds of which the organization's own count, with the filter that finds them.
_OWN = {
    **dict.fromkeys(
        (
            "labels",
            "teams",
            "projects",
            "inventories",
            "notification_templates",
            "job_templates",
            "workflow_job_templates",
        ),
        "organization__name",
    ),
    "workflow_job_template_nodes": "workflow_job_template__organization__name",
}
#: Kinds of which all count: their names are unique on the whole server, or others' may be referred to.
_ALL = ("organizations", "credential_types", "execution_environments", "credentials")

#: Asks AWX for all objects of a kind that a filter lets through.
Read = Callable[[str, Mapping[str, str]], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True)
class Thing:
    """An object of AWX.

    :ivar organization: the name of the one that it belongs to, empty where it belongs to none.
    :ivar credential_type: the name of a credential's type.
    :ivar definition: fields and injectors of a type of credentials.
    """

    name: str
    id: int
    organization: str = ""
    credential_type: str = ""
    definition: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class There:
    """What AWX has, by kind."""

    organization: str
    things: Mapping[str, tuple[Thing, ...]]

    def all(self, kind: str, name: str | None = None) -> list[Thing]:
        """All of a kind, or those of a name."""
        return [thing for thing in self.things[kind] if name in (None, thing.name)]

    def names(self, kind: str) -> set[str]:
        return {thing.name for thing in self.things[kind]}

    def own_credentials(self) -> list[Thing]:
        """The organization's own."""
        return [thing for thing in self.things["credentials"] if thing.organization == self.organization]

    def credentials(self, name: str, credential_type: str = "") -> list[Thing]:
        """Those that a name means: the organization's own, else others'.

        :param credential_type: the type of a credential that the role makes, which is no other one of that name.
        """
        own = [thing for thing in self.own_credentials() if thing.name == name]
        if credential_type:
            return [thing for thing in own if thing.credential_type == credential_type]
        return own or self.all("credentials", name)

    def ids(self, made: Mapping[str, str]) -> dict[str, dict[str, int]]:
        """Ids by kind and name, of what a name means here.

        :param made: types of the credentials that the role makes, by their names.
        """
        found = {kind: {thing.name: thing.id for thing in things} for kind, things in self.things.items()}
        means = {name: self.credentials(name, made.get(name, "")) for name in self.names("credentials")}
        return {**found, "credentials": {name: things[0].id for name, things in means.items() if things}}


def look(organization: str, read: Read) -> There:
    """Ask AWX."""
    found = {kind: list(read(kind, {})) for kind in _ALL}
    found |= {kind: list(read(kind, {by: organization})) for kind, by in _OWN.items()}
    names = {
        kind: {item["id"]: item["name"] for item in found[kind]}
        for kind in ("organizations", "credential_types", "workflow_job_templates")
    }

    def thing(kind: str, item: Mapping[str, Any]) -> Thing:
        if kind == "workflow_job_template_nodes":
            workflow = names["workflow_job_templates"].get(item["workflow_job_template"], "")
            return Thing(f"{workflow}/{item['identifier']}", item["id"])
        return Thing(
            item["name"],
            item["id"],
            names["organizations"].get(item.get("organization"), ""),
            names["credential_types"].get(item.get("credential_type"), ""),
            {part: item[part] for part in ("inputs", "injectors")} if kind == "credential_types" else None,
        )

    return There(organization, {kind: tuple(thing(kind, item) for item in items) for kind, items in found.items()})
