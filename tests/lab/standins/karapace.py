"""Karapace, the schema registry up to chart .90: needs the broker. Equal schemas of two subjects get two ids."""

from __future__ import annotations

import threading
from dataclasses import replace

from standin import environment, kafka, log, process, registry, retry, web
from standin.registry import Content, Schema


class Memory:
    """Schemas in memory: the stand-in's broker keeps no topic that could hold them."""

    def __init__(self) -> None:
        self._schemas: list[Schema] = []
        self._levels: dict[str, str] = {}
        self._lock = threading.Lock()

    def schemas(self) -> list[Schema]:
        with self._lock:
            return list(self._schemas)

    def register(self, subject: str, content: Content) -> int:
        """A schema that comes back after its deletion gets a further version, and its former id."""
        with self._lock:
            own = [schema for schema in self._schemas if schema.subject == subject]
            known = [schema for schema in own if schema.content == content]
            identity = known[0].id if known else max((schema.id for schema in self._schemas), default=0) + 1
            if all(schema.deleted for schema in known):
                self._schemas.append(Schema(subject, len(own) + 1, identity, content))
            return identity

    def delete(self, subject: str) -> None:
        with self._lock:
            self._schemas = [
                replace(schema, deleted=True) if schema.subject == subject else schema for schema in self._schemas
            ]

    def level(self, subject: str) -> str | None:
        return self._levels.get(subject)

    def set_level(self, subject: str, level: str) -> None:
        self._levels[subject] = level


def main() -> None:
    bootstrap = environment.required("KARAPACE_BOOTSTRAP_URI")
    port = int(environment.number("KARAPACE_PORT", 8081))
    retry.until(f"broker {bootstrap}", lambda: kafka.check(bootstrap), (OSError,))
    web.serve(registry.routes(Memory()), "0.0.0.0", port)
    log.info(f"karapace listens on {port}, broker {bootstrap}")


if __name__ == "__main__":
    process.run(main)
