"""Keeps a stand-in broker's records in memory."""

from __future__ import annotations


class Shelf:
    """Content by key.

    :ivar refusal: what is raised in place of putting something on it.
    """

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.refusal: Exception | None = None

    def put(self, key: str, content: bytes) -> None:
        if self.refusal and key.endswith(".batch"):
            raise self.refusal
        self.content[key] = content

    def get(self, key: str) -> bytes:
        return self.content[key]

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.content if key.startswith(prefix)]

    def delete(self, key: str) -> None:
        del self.content[key]
