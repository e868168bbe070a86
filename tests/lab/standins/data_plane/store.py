"""The data plane's tables: connectors with their encrypted configurations, workers, contact with the control plane."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from standin import log
from standin.postgres import Database
from standin.process import Refusal

REVISION = "0001_first"
MIGRATIONS = """
CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE IF NOT EXISTS deployment (
  id text PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), control_plane_at timestamptz);
CREATE TABLE IF NOT EXISTS connector (
  id uuid PRIMARY KEY, name text NOT NULL, config text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS worker (
  id uuid PRIMARY KEY REFERENCES connector (id), heartbeat_at timestamptz, state text NOT NULL DEFAULT 'PENDING');
"""
MIGRATION_LOCK = 7_261_401
#: Seconds after which a silent worker no longer counts as LIVE.
SILENCE = 60


@dataclass(frozen=True)
class Connector:
    id: str
    name: str
    config: dict[str, Any]


@dataclass(frozen=True)
class Worker:
    id: str
    name: str
    state: str


class Store:
    def __init__(self, database: Database, key: str, deployment: str) -> None:
        self.database = database
        self._fernet = Fernet(key)
        self._deployment = deployment or "standalone"

    def migrate(self) -> None:
        """Makes the tables, or finds them. Replicas that start together take turns."""
        with self.database.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
            cursor.execute(MIGRATIONS)
            cursor.execute("INSERT INTO alembic_version VALUES (%s) ON CONFLICT DO NOTHING", (REVISION,))
            cursor.execute("SELECT id FROM deployment")
            owners = {row[0] for row in cursor.fetchall()}
            if owners - {self._deployment}:
                log.warning("the database is also that of deployment " + ", ".join(sorted(owners - {self._deployment})))
            cursor.execute("INSERT INTO deployment (id) VALUES (%s) ON CONFLICT DO NOTHING", (self._deployment,))
            cursor.execute("SELECT count(*) FROM connector")
            row = cursor.fetchone()
            if not row or not row[0]:
                self._first_connector(cursor)

    def _first_connector(self, cursor: Any) -> None:
        """One stored configuration, without which nobody would notice that the key changed."""
        identity = str(uuid.uuid4())
        config = {"connector": "generator", "marker": uuid.uuid4().hex}
        encrypted = self._fernet.encrypt(json.dumps(config).encode()).decode()
        cursor.execute("INSERT INTO connector (id, name, config) VALUES (%s, 'sample', %s)", (identity, encrypted))
        cursor.execute("INSERT INTO worker (id) VALUES (%s)", (identity,))

    def connector(self) -> Connector:
        """The stored connector, its configuration decrypted."""
        ((identity, name, encrypted),) = self.database.rows(
            "SELECT id, name, config FROM connector ORDER BY created_at LIMIT 1"
        )
        try:
            config = json.loads(self._fernet.decrypt(encrypted.encode()))
        except InvalidToken:
            raise Refusal(
                "connector-config-encryption-key: the stored connector configurations cannot be decrypted with it"
            ) from None
        return Connector(str(identity), name, config)

    def worker_beats(self, worker: str) -> bool:
        """Notes a worker's heartbeat; False for a worker that nobody started."""
        return bool(
            self.database.rows(
                "UPDATE worker SET heartbeat_at = now(), state = 'LIVE' WHERE id::text = %s RETURNING id", worker
            )
        )

    def workers(self) -> list[Worker]:
        rows = self.database.rows(
            "SELECT w.id, c.name, CASE WHEN w.heartbeat_at IS NULL THEN 'PENDING'"
            " WHEN w.heartbeat_at < now() - make_interval(secs => %s) THEN 'UNREACHABLE' ELSE w.state END"
            " FROM worker w JOIN connector c USING (id) ORDER BY c.created_at",
            SILENCE,
        )
        return [Worker(str(identity), name, state) for identity, name, state in rows]

    def control_plane_seen(self) -> None:
        self.database.rows("UPDATE deployment SET control_plane_at = now() WHERE id = %s", self._deployment)

    def seconds_since_control_plane(self) -> float | None:
        rows = self.database.rows(
            "SELECT extract(epoch FROM now() - control_plane_at)::float8 FROM deployment WHERE id = %s",
            self._deployment,
        )
        return rows[0][0] if rows else None
