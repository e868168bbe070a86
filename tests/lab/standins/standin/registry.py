"""The schema registry's HTTP interface, over whatever stores the schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from standin import web
from standin.web import Handler, HttpError, Request, Response, Routes

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
#: The type that a schema has when none is told, and that no answer tells.
AVRO = "AVRO"
TYPES = (AVRO, "JSON", "PROTOBUF")
#: The compatibility level of subjects without one of their own, until it is set.
LEVEL = "BACKWARD"
LEVELS = ("NONE", "BACKWARD", "FORWARD", "FULL", "BACKWARD_TRANSITIVE", "FORWARD_TRANSITIVE", "FULL_TRANSITIVE")
#: Stands for all subjects where one is asked for.
ALL = ""


@dataclass(frozen=True)
class Content:
    """What was registered: references are {name, subject, version}."""

    text: str
    type: str = AVRO
    references: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Content:
        text, kind, references = body.get("schema"), body.get("schemaType", AVRO), body.get("references") or []
        if not isinstance(text, str):
            raise RegistryError(42201, "schema is missing")
        if kind not in TYPES:
            raise RegistryError(42201, f"Invalid schema type {kind}")
        return cls(text, kind, tuple(references))

    def answer(self) -> dict[str, Any]:
        optional = {"schemaType": self.type if self.type != AVRO else "", "references": list(self.references)}
        return {"schema": self.text, **{name: value for name, value in optional.items() if value}}


@dataclass(frozen=True)
class Schema:
    """One version of a subject. What is deleted softly stays, and is shown to those who ask for it."""

    subject: str
    version: int
    id: int
    content: Content
    deleted: bool = False


class Store(Protocol):
    def schemas(self) -> list[Schema]:
        """All versions of all subjects, deleted ones too."""

    def register(self, subject: str, content: Content) -> int:
        """The id of the schema under this subject, new or known."""

    def delete(self, subject: str) -> None:
        """Mark all versions of the subject as deleted."""

    def level(self, subject: str) -> str | None:
        """The compatibility level that was set for a subject, or for ALL."""

    def set_level(self, subject: str, level: str) -> None: ...


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
        ("DELETE", "/subjects/{subject}", registry.delete),
        ("GET", "/subjects/{subject}/versions", registry.versions),
        ("POST", "/subjects/{subject}/versions", registry.register),
        ("GET", "/subjects/{subject}/versions/{version}", registry.version),
        ("GET", "/schemas/ids/{id}", registry.by_id),
        ("GET", "/config", registry.config),
        ("PUT", "/config", registry.set_config),
        ("GET", "/config/{subject}", registry.config_of),
        ("PUT", "/config/{subject}", registry.set_config),
    ):
        table.add(method, path, _with_error_codes(handler))
    return table


@dataclass(frozen=True)
class Registry:
    store: Store

    def subjects(self, request: Request) -> Response:
        found = [schema for schema in self.store.schemas() if request.asks("deleted") or not schema.deleted]
        return _answer(sorted({schema.subject for schema in found}))

    def versions(self, request: Request) -> Response:
        return _answer([schema.version for schema in self._versions_of(request)])

    def version(self, request: Request) -> Response:
        wanted = request.parameters["version"]
        found = self._versions_of(request)
        chosen = found[-1:] if wanted == "latest" else [schema for schema in found if str(schema.version) == wanted]
        if not chosen:
            raise RegistryError(40402, f"Version {wanted} not found.")
        (schema,) = chosen
        identity = {"subject": schema.subject, "version": schema.version, "id": schema.id}
        return _answer(identity | schema.content.answer())

    def register(self, request: Request) -> Response:
        content = Content.of(request.json())
        return _answer({"id": self.store.register(request.parameters["subject"], content)})

    def delete(self, request: Request) -> Response:
        subject = request.parameters["subject"]
        if request.asks("permanent"):
            raise RegistryError(50100, "this stand-in deletes softly only")
        every = self._every_version_of(subject)
        live = [schema.version for schema in every if not schema.deleted]
        if not live:
            raise RegistryError(40404, f"Subject '{subject}' was soft deleted.Set permanent=true to delete permanently")
        self.store.delete(subject)
        return _answer(live)

    def by_id(self, request: Request) -> Response:
        found = [schema for schema in self.store.schemas() if str(schema.id) == request.parameters["id"]]
        if not found:
            raise RegistryError(40403, "Schema not found")
        return _answer(found[0].content.answer())

    def config(self, _request: Request) -> Response:
        return _answer({"compatibilityLevel": self.store.level(ALL) or LEVEL})

    def config_of(self, request: Request) -> Response:
        subject = request.parameters["subject"]
        self._every_version_of(subject)
        level = self.store.level(subject)
        if level is None and request.asks("defaultToGlobal"):
            return self.config(request)
        if level is None:
            raise RegistryError(40408, f"Subject '{subject}' does not have subject-level compatibility configured")
        return _answer({"compatibilityLevel": level})

    def set_config(self, request: Request) -> Response:
        level = request.json().get("compatibility")
        if level not in LEVELS:
            raise RegistryError(42203, "Invalid compatibility level.")
        self.store.set_level(request.parameters.get("subject", ALL), level)
        return _answer({"compatibility": level})

    def _every_version_of(self, subject: str) -> list[Schema]:
        found = [schema for schema in self.store.schemas() if schema.subject == subject]
        if not found:
            raise RegistryError(40401, f"Subject '{subject}' not found.")
        return sorted(found, key=lambda schema: schema.version)

    def _versions_of(self, request: Request) -> list[Schema]:
        subject = request.parameters["subject"]
        every = self._every_version_of(subject)
        found = [schema for schema in every if request.asks("deleted") or not schema.deleted]
        if not found:
            raise RegistryError(40401, f"Subject '{subject}' not found.")
        return found


def _with_error_codes(handler: Handler) -> Handler:
    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except RegistryError as problem:
            return _answer({"error_code": problem.code, "message": problem.detail}, problem.status)

    return answer
