"""The objects of the stand-in, and what names them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .facts import API, STARTED
from .rejected import Rejected, missing

Object = dict[str, Any]


@dataclass
class Store:
    """Objects by kind and id. No two have the same id, as AWX's templates have not."""

    objects: dict[str, dict[int, Object]] = field(default_factory=dict)
    #: Ids of what an object was given, by its id and the name of the list.
    lists: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    #: Surveys by their template's id.
    surveys: dict[int, Object] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def all(self, kind: str) -> list[Object]:
        if kind == "unified_job_templates":
            return [item for started in STARTED for item in self.all(started)]
        return list(self.objects.get(kind, {}).values())

    def get(self, kind: str, number: int) -> Object:
        found = [item for item in self.all(kind) if item["id"] == number]
        if not found:
            raise missing()
        return found[0]

    def find(self, kind: str, number: Any, name: str) -> Object:
        """What a field refers to."""
        try:
            return self.get(kind, number)
        except Rejected:
            raise Rejected(f'Invalid pk "{number}" - object does not exist.', field=name) from None

    def add(self, kind: str, values: Mapping[str, Any]) -> Object:
        number = next(self.numbers)
        item = {**values, "id": number, "type": TYPES.get(kind, kind.removesuffix("s"))}
        self.objects.setdefault(kind, {})[number] = item
        return item

    def remove(self, kind: str, number: int) -> None:
        """With what AWX removes along with it, and out of every list."""
        del self.objects[kind][number]
        self.surveys.pop(number, None)
        for ids in self.lists.values():
            if number in ids:
                ids.remove(number)
        for dependent, by in _GO_ALONG:
            for item in [item for item in self.all(dependent) if item.get(by) == number]:
                self.remove(dependent, item["id"])
        for node in self.all("workflow_job_template_nodes"):
            if node["unified_job_template"] == number:
                node["unified_job_template"] = None

    def check_unique(self, kind: str, values: Mapping[str, Any], own: int | None) -> None:
        scope = API["unique"][kind]
        name = name_field(kind)
        for other in self.all(kind):
            if other["id"] == own or other[name] != values[name]:
                continue
            if all(other.get(by) == values.get(by) for by in scope):
                raise Rejected(f"{kind} with this ({', '.join([*scope, name])}) combination already exists.")


#: Where AWX's name of an object is not that of its collection without the last letter.
TYPES = {"inventories": "inventory"}
_GO_ALONG = (
    ("schedules", "unified_job_template"),
    ("workflow_job_template_nodes", "workflow_job_template"),
    ("inventory_sources", "inventory"),
)


def name_field(kind: str) -> str:
    return "identifier" if kind == "workflow_job_template_nodes" else "name"
