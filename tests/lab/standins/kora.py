"""Kora, the schema registry from chart .91 on: keeps its schemas in a PostgreSQL database of its own."""

from __future__ import annotations

from typing import Any

from standin import environment, log, process, registry, retry, web
from standin.postgres import CONNECTION_ERRORS, Database
from standin.process import Refusal
from standin.registry import Content, RegistryError, Schema

MIGRATIONS = """
CREATE TABLE IF NOT EXISTS schema_contents (
  id bigserial PRIMARY KEY, content text NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS subjects (
  id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, deleted boolean NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS schema_versions (
  id bigserial PRIMARY KEY, subject_id bigint NOT NULL REFERENCES subjects (id),
  content_id bigint NOT NULL REFERENCES schema_contents (id), version integer NOT NULL,
  deleted boolean NOT NULL DEFAULT false, UNIQUE (subject_id, version));
CREATE TABLE IF NOT EXISTS config (
  subject text PRIMARY KEY, compatibility text NOT NULL);
"""
MIGRATION_LOCK = 5_266_401


class Tables:
    def __init__(self, database: Database) -> None:
        self._database = database

    def migrate(self) -> None:
        with self._database.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
            cursor.execute(MIGRATIONS)

    def schemas(self) -> list[Schema]:
        rows = self._database.rows(
            "SELECT s.name, v.version, c.id, c.content, v.deleted OR s.deleted FROM schema_versions v"
            " JOIN subjects s ON s.id = v.subject_id JOIN schema_contents c ON c.id = v.content_id"
            " ORDER BY s.name, v.version"
        )
        return [
            Schema(subject, version, identity, Content(text), deleted)
            for subject, version, identity, text, deleted in rows
        ]

    def register(self, subject: str, content: Content) -> int:
        """Equal content has one id, whatever the subject."""
        if content != Content(content.text):
            # Where the real one keeps the rest is not documented: its tables here are those that are.
            raise RegistryError(42201, "this stand-in keeps Avro schemas without references only")
        with self._database.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
            identity = self._upsert(cursor, "schema_contents", "content", content.text)
            owner = self._upsert(cursor, "subjects", "name", subject)
            cursor.execute("UPDATE subjects SET deleted = false WHERE id = %s", (owner,))
            cursor.execute(
                "INSERT INTO schema_versions (subject_id, content_id, version)"
                " SELECT %(s)s, %(c)s, coalesce(max(version), 0) + 1 FROM schema_versions WHERE subject_id = %(s)s"
                " HAVING NOT EXISTS (SELECT 1 FROM schema_versions"
                "  WHERE subject_id = %(s)s AND content_id = %(c)s AND NOT deleted)",
                {"s": owner, "c": identity},
            )
        return identity

    def delete(self, subject: str) -> None:
        self._database.rows(
            "UPDATE schema_versions SET deleted = true WHERE subject_id = (SELECT id FROM subjects WHERE name = %s)",
            subject,
        )

    def level(self, subject: str) -> str | None:
        rows = self._database.rows("SELECT compatibility FROM config WHERE subject = %s", subject)
        return str(rows[0][0]) if rows else None

    def set_level(self, subject: str, level: str) -> None:
        self._database.rows(
            "INSERT INTO config (subject, compatibility) VALUES (%s, %s)"
            " ON CONFLICT (subject) DO UPDATE SET compatibility = excluded.compatibility",
            subject,
            level,
        )

    @staticmethod
    def _upsert(cursor: Any, table: str, column: str, value: str) -> int:
        cursor.execute(
            f"INSERT INTO {table} ({column}) VALUES (%s)"  # noqa: S608 (both names are ours)
            f" ON CONFLICT ({column}) DO UPDATE SET {column} = excluded.{column} RETURNING id",
            (value,),
        )
        return int(cursor.fetchone()[0])


def settings() -> dict[str, Any]:
    backend = environment.optional("KORA_DB_BACKEND", "postgres")
    if backend != "postgres":
        raise Refusal(f"KORA_DB_BACKEND {backend}: this stand-in only has PostgreSQL")
    url = environment.optional("KORA_DB_URL")
    if url:
        return {"dsn": url}
    return {
        "host": environment.required("KORA_DB_HOST"),
        "port": int(environment.number("KORA_DB_PORT", 5432)),
        "user": environment.required("KORA_DB_USER"),
        "password": environment.required("KORA_DB_PASSWORD"),
        "dbname": environment.required("KORA_DB_DATABASE"),
    }


def main() -> None:
    tables = Tables(Database(settings()))
    port = int(environment.number("KORA_PORT", 8081))
    retry.until("database", tables.migrate, CONNECTION_ERRORS)
    web.serve(registry.routes(tables), "0.0.0.0", port)
    log.info(f"kora listens on {port}")


if __name__ == "__main__":
    process.run(main)
