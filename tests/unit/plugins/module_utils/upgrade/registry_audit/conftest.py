"""A schema registry in memory."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

REFERENCE = {"name": "b.proto", "subject": "b", "version": 1}


class Registry:
    """A registry in memory, as ``ask`` sees it.

    :ivar answers: what a path answers instead: a value (None is 404), or an error to raise.
    :ivar asked: paths, in order.
    """

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []
        self.known: set[str] = set()
        self.configs: dict[str, str] = {}
        self.answers: dict[str, Any] = {"/config": {"compatibilityLevel": "BACKWARD"}}
        self.asked: list[str] = []

    def put(
        self, subject: str, version: int, id: int, schema: str = '"string"', *, deleted: bool = False, **more: Any
    ) -> None:
        item = {"subject": subject, "version": version, "id": id, "schema": schema, **more}
        self.stored.append({"deleted": deleted, "item": item})

    def __call__(self, path: str) -> Any:
        self.asked.append(path)
        if path in self.answers:
            answer = self.answers[path]
            if isinstance(answer, Exception):
                raise answer
            return answer(path) if callable(answer) else answer
        location, _mark, query = path.partition("?")
        parts = [unquote(part) for part in location.strip("/").split("/")]
        stored = [row["item"] for row in self.stored if query == "deleted=true" or not row["deleted"]]
        if parts == ["subjects"]:
            return [item["subject"] for item in stored] + sorted(self.known if query else ())
        if parts[0] == "subjects":
            return _found(parts[1:], stored)
        if parts[0] == "config" and parts[1] in self.configs:
            return {"compatibilityLevel": self.configs[parts[1]]}
        return None


def _found(parts: list[str], stored: list[dict[str, Any]]) -> Any:
    own = {item["version"]: item for item in stored if item["subject"] == parts[0]}
    if parts[1:] == ["versions"]:
        return list(own) or None
    return own.get(int(parts[2])) if len(parts) == 3 and parts[1] == "versions" else None


@pytest.fixture
def registry() -> Registry:
    return Registry()
