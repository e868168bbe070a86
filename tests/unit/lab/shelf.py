"""Keeps a stand-in broker's records in memory."""

from __future__ import annotations


class Shelf:
    """Content by key.

    :ivar refusals: the first is raised in place of putting a record on it.
    """

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.refusals: list[Exception] = []

    def put(self, key: str, content: bytes) -> None:
        if self.refusals and key.endswith(".batch"):
            raise self.refusals[0]
        self.content[key] = content

    def get(self, key: str) -> bytes:
        return self.content[key]

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.content if key.startswith(prefix)]

    def delete(self, key: str) -> None:
        del self.content[key]
