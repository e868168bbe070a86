"""Karapace, the schema registry up to chart .90: needs the broker. Equal schemas of two subjects get two ids."""

from __future__ import annotations

import threading

from standin import environment, kafka, log, process, registry, retry, web
from standin.registry import Schema


class Memory:
    """Schemas in memory: the stand-in's broker keeps no topic that could hold them."""

    def __init__(self) -> None:
        self._schemas: list[Schema] = []
        self._lock = threading.Lock()

    def schemas(self) -> list[Schema]:
        return list(self._schemas)

    def register(self, subject: str, text: str) -> int:
        with self._lock:
            own = [schema for schema in self._schemas if schema.subject == subject]
            known = [schema.id for schema in own if schema.text == text]
            if known:
                return known[0]
            schema = Schema(subject, len(own) + 1, len(self._schemas) + 1, text)
            self._schemas.append(schema)
            return schema.id


def main() -> None:
    bootstrap = environment.required("KARAPACE_BOOTSTRAP_URI")
    port = int(environment.number("KARAPACE_PORT", 8081))
    retry.until(f"broker {bootstrap}", lambda: kafka.check(bootstrap), (OSError,))
    web.serve(registry.routes(Memory()), "0.0.0.0", port)
    log.info(f"karapace listens on {port}, broker {bootstrap}")


if __name__ == "__main__":
    process.run(main)
