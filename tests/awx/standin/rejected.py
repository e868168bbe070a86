"""Requests that are refused."""

from __future__ import annotations

from typing import Any


class Rejected(Exception):
    """The answer to such a request."""

    def __init__(self, message: str, *, field: str = "__all__", status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {field: message if field in ("detail", "error") else [message]}


def missing() -> Rejected:
    return Rejected("Not found.", field="detail", status=404)
