"""The schema registry's HTTP interface, over whatever stores the schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from standin import web
from standin.web import Handler, HttpError, Request, Response, Routes

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


@dataclass(frozen=True)
class Schema:
    subject: str
    version: int
    id: int
    text: str


class Store(Protocol):
    def schemas(self) -> list[Schema]:
        """All versions of all subjects."""

    def register(self, subject: str, text: str) -> int:
        """The id of the schema under this subject, new or known."""


class RegistryError(HttpError):
    """An error with the registry's own code, whose first three digits are the status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code // 100, message)
        self.code = code


def _answer(value: Any, status: int = 200) -> Response:
    return web.as_json(value, status, MEDIA_TYPE)


def routes(store: Store) -> Routes:
    registry = Registry(store)
    table = Routes(quiet=("/livez", "/readyz", "/subjects"))
    for path in ("/livez", "/readyz"):
        table.add("GET", path, lambda _request: web.as_json({"status": "ok"}))
    for method, path, handler in (
        ("GET", "/subjects", registry.subjects),
        ("GET", "/subjects/{subject}/versions", registry.versions),
        ("POST", "/subjects/{subject}/versions", registry.register),
        ("GET", "/subjects/{subject}/versions/{version}", registry.version),
        ("GET", "/schemas/ids/{id}", registry.by_id),
        ("GET", "/config", registry.config),
    ):
        table.add(method, path, _with_error_codes(handler))
    return table


@dataclass(frozen=True)
class Registry:
    store: Store

    def subjects(self, _request: Request) -> Response:
        return _answer(sorted({schema.subject for schema in self.store.schemas()}))

    def versions(self, request: Request) -> Response:
        return _answer([schema.version for schema in self._versions_of(request)])

    def version(self, request: Request) -> Response:
        wanted = request.parameters["version"]
        found = self._versions_of(request)
        chosen = found[-1:] if wanted == "latest" else [schema for schema in found if str(schema.version) == wanted]
        if not chosen:
            raise RegistryError(40402, "Version not found.")
        schema = chosen[0]
        return _answer(
            {"subject": schema.subject, "version": schema.version, "id": schema.id, "schema": schema.text},
        )

    def register(self, request: Request) -> Response:
        text = request.json().get("schema")
        if not isinstance(text, str):
            raise RegistryError(42201, "schema is missing")
        return _answer({"id": self.store.register(request.parameters["subject"], text)})

    def by_id(self, request: Request) -> Response:
        found = [schema for schema in self.store.schemas() if str(schema.id) == request.parameters["id"]]
        if not found:
            raise RegistryError(40403, "Schema not found")
        return _answer({"schema": found[0].text})

    def config(self, _request: Request) -> Response:
        return _answer({"compatibilityLevel": "BACKWARD"})

    def _versions_of(self, request: Request) -> list[Schema]:
        subject = request.parameters["subject"]
        found = [schema for schema in self.store.schemas() if schema.subject == subject]
        if not found:
            raise RegistryError(40401, f"Subject '{subject}' not found.")
        return sorted(found, key=lambda schema: schema.version)


def _with_error_codes(handler: Handler) -> Handler:
    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except RegistryError as problem:
            return _answer({"error_code": problem.code, "message": problem.detail}, problem.status)

    return answer
