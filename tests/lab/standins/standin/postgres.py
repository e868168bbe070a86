"""A PostgreSQL database, used from several threads over one connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions

#: What a lost or refused connection raises.
CONNECTION_ERRORS: tuple[type[Exception], ...] = (psycopg2.OperationalError, psycopg2.InterfaceError)


class Database:
    def __init__(self, settings: Mapping[str, Any]) -> None:
        """settings: libpq's connection keywords, or `dsn` with a URL."""
        self._settings = dict(settings)
        self._connection: psycopg2.extensions.connection | None = None
        self._lock = threading.Lock()

    def connect(self) -> psycopg2.extensions.connection:
        """A further connection, for what is bound to a session."""
        connection: psycopg2.extensions.connection = psycopg2.connect(connect_timeout=5, **self._settings)
        connection.autocommit = True
        return connection

    @contextmanager
    def transaction(self) -> Iterator[psycopg2.extensions.cursor]:
        """A transaction on a connection of its own. Advisory locks taken in it end with it."""
        with closing(self.connect()) as connection, connection as transaction, transaction.cursor() as cursor:
            yield cursor

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Runs one statement. A connection that broke since the last one is replaced once."""
        with self._lock:
            try:
                return self._rows(statement, parameters)
            except CONNECTION_ERRORS:
                self.close()
                return self._rows(statement, parameters)

    def _rows(self, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = self.connect()
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall()) if cursor.description else []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
