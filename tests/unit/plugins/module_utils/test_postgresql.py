"""Asking a PostgreSQL server: what is said over the wire, and what is made of its answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils import postgresql
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.postgresql import (
    Login,
    LoginError,
    NotReachedError,
    State,
    Tls,
    TlsError,
    ask,
    offers_tls,
    refuses_open,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.way import Here

LOGIN = Login("localhost", 5432, "records", "app", "hush")
FAILED = 'connection failed: connection to server at "127.0.0.1", port 5432 failed: '


@contextmanager
def listening(answer: bytes | None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers one request: its port, and what it was asked. With None it says nothing."""
    asked: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        connection, _address = server.accept()
        with connection:
            asked.append(connection.recv(1024))
            if answer is None:
                over.wait(10)
            else:
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        over.set()
        thread.join(10)


@pytest.mark.parametrize(("answer", "encrypts"), [(b"S", True), (b"N", False)])
def test_a_server_says_whether_it_encrypts(answer: bytes, encrypts: bool) -> None:
    with listening(answer) as (port, asked):
        assert offers_tls(Here(), "127.0.0.1", port) is encrypts
    assert asked == [bytes.fromhex("0000000804d2162f")]


@pytest.mark.parametrize(
    ("answer", "words", "anywhere"),
    [
        (b"HTTP/1.1 400 Bad Request", "does not answer as PostgreSQL does", True),
        (None, "does not answer as PostgreSQL does", True),
        (b"", "ends connections from here without an answer", False),
    ],
)
def test_what_is_not_postgresql(
    answer: bytes | None, words: str, anywhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_CONNECT", 0.2)
    with listening(answer) as (port, _asked), pytest.raises(NotReachedError, match=words) as caught:
        offers_tls(Here(), "127.0.0.1", port)
    assert caught.value.anywhere is anywhere


@pytest.mark.parametrize(
    ("error", "words", "anywhere"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "refuses connections from here", True),
        (TimeoutError("timed out"), "no answer within 5 seconds", False),
        (OSError(113, "No route to host"), "No route to host", False),
    ],
)
def test_nobody_answers(error: OSError, words: str, anywhere: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(NotReachedError, match=words) as caught:
        offers_tls(Here(), "127.0.0.1", 5432)
    assert caught.value.anywhere is anywhere


@pytest.mark.parametrize(("answer", "refuses"), [(b"E", True), (b"R", False)])
def test_it_is_tried_in_the_open_without_a_password(answer: bytes, refuses: bool) -> None:
    with listening(answer) as (port, asked):
        assert refuses_open(Here(), replace(LOGIN, host="127.0.0.1", port=port)) is refuses
    length, version = struct.unpack("!ii", asked[0][:8])
    assert (length, version) == (len(asked[0]), 3 << 16)
    assert asked[0][8:] == b"user\0app\0database\0records\0\0"


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        ("FATAL:  password authentication failed for user", "password authentication failed for user.", "28P01"),
        ('FATAL:  database "x" does not exist\nDETAIL:  more', 'database "x" does not exist.', "3D000"),
        ('FATAL:  role "x" does not exist', 'role "x" does not exist.', ""),
        ('FATAL:  role "x" is not permitted to log in', 'role "x" is not permitted to log in.', "28000"),
        ('FATAL:  no pg_hba.conf entry for host "h"', 'no pg_hba.conf entry for host "h".', "28000"),
        ('FATAL:  permission denied for database "x"', 'permission denied for database "x".', "42501"),
        ("FATAL:  Passwort-Authentifizierung fehlgeschlagen", "Passwort-Authentifizierung fehlgeschlagen.", ""),
        ("FATAL:  sorry, too many clients already", "sorry, too many clients already.", "53300"),
        ("FATAL:  connection requires a valid client certificate", "connection requires a valid client certificate.",
         "28000"),
    ],
)  # fmt: skip
def test_the_server_s_own_words(words: str, said: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: Any) -> None:
        raise psycopg.OperationalError(FAILED + words)

    monkeypatch.setattr(psycopg, "connect", refuse)
    with pytest.raises(LoginError) as caught:
        ask(Here(), LOGIN, tls=True)
    assert (caught.value.said, caught.value.code) == (said, code)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError(f"{FAILED}server closed the connection unexpectedly\n\tmore"),
        psycopg.errors.ConnectionTimeout("connection timeout expired"),
    ],
)
def test_a_connection_that_breaks_is_no_refusal(error: psycopg.Error, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(**_options: Any) -> None:
        raise error

    monkeypatch.setattr(psycopg, "connect", break_off)
    with pytest.raises(PopsinkError, match="localhost:5432 was not answered: ") as caught:
        ask(Here(), LOGIN, tls=True)
    assert not isinstance(caught.value, LoginError)


class Connection:
    """One that answers each query by what it asks for."""

    def __init__(self, answers: dict[str, Any], *, ssl: bool = True, pid: int = 7) -> None:
        self.answers = answers
        self.pgconn = SimpleNamespace(ssl_in_use=ssl)
        self.info = SimpleNamespace(backend_pid=pid)
        self.read_only = False
        self.done: list[str] = []

    def execute(self, query: str) -> Any:
        assert self.read_only
        answer = next((answer for words, answer in self.answers.items() if words in query), None)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(fetchone=lambda: answer)

    def rollback(self) -> None:
        self.done.append("rolled back")

    def close(self) -> None:
        self.done.append("closed")


ANSWERS: dict[str, Any] = {
    "server_version_num": ("17.2 (Debian 17.2-1)", 170002, 7, False, "public", True, True),
    "max_connections": (97, -1, -1, True, True),
    "pg_class": (0, [], []),
}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[[Connection], dict[str, Any]]:
    """Let a connection be made; gives what it was asked with."""

    def made(connection: Connection) -> dict[str, Any]:
        options: dict[str, Any] = {}

        def connected(**given: Any) -> Connection:
            options.update(given)
            return connection

        monkeypatch.setattr(psycopg, "connect", connected)
        return options

    return made


@pytest.mark.parametrize(
    ("answers", "connection", "state"),
    [
        ({}, {}, {}),
        ({}, {"ssl": False}, {"encrypted": False}),
        ({}, {"pid": 8}, {"pooled": True}),
        ({"pg_class": (9, ["a", "b"], ["x"])}, {}, {"tables": 9, "some": ("a", "b"), "owners": ("x",)}),
        (
            {"server_version_num": ("16.1", 160001, 7, True, None, False, False)},
            {},
            {"version": "16.1", "major": 16, "read_only": True, "schema": "", "may_create": False,
             "may_create_schemas": False},
        ),
        (
            {"max_connections": (97, 3, 4, False, False)},
            {},
            {"limits": {"max_connections": 97, "the role's CONNECTION LIMIT": 3, "the database's CONNECTION LIMIT": 4}},
        ),
    ],
)  # fmt: skip
def test_everything_is_asked_at_once(
    answers: dict[str, Any],
    connection: dict[str, Any],
    state: dict[str, Any],
    connect: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql, "_sessions_are_shared", lambda *_arguments: None)
    made = Connection({**ANSWERS, **answers}, **connection)
    connect(made)
    ordinary = State(version="17.2", major=17, limits={"max_connections": 97})
    assert ask(Here(), LOGIN, tls=True) == replace(ordinary, **state)
    assert made.done == ["rolled back", "closed"]


@pytest.mark.parametrize(("tls", "mode"), [(True, "require"), (False, "disable")])
def test_the_password_is_sent_in_the_open_only_where_there_is_nothing_else(tls: bool, mode: str, connect: Any) -> None:
    options = connect(Connection(ANSWERS))
    ask(Here(), LOGIN, tls=tls)
    assert options["sslmode"] == mode
    assert (options["host"], options["hostaddr"]) == ("localhost", "127.0.0.1")


def test_an_answer_that_does_not_come_is_no_failed_login(connect: Any) -> None:
    made = Connection({**ANSWERS, "pg_class": psycopg.errors.QueryCanceled("canceling statement")})
    connect(made)
    with pytest.raises(PopsinkError, match="localhost:5432 does not answer: canceling statement") as caught:
        ask(Here(), LOGIN, tls=True)
    assert not isinstance(caught.value, LoginError)
    assert made.done == ["closed"]


def test_without_psycopg_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "PSYCOPG_IMPORT_ERROR", ImportError("No module named 'psycopg'"))
    with pytest.raises(PopsinkError, match="psycopg"):
        ask(Here(), LOGIN, tls=True)


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(LOGIN)


# Poolers


class Pooled:
    """A client of a pooler: each transaction runs in the session that is given for it."""

    def __init__(self, *sessions: int) -> None:
        self.sessions = list(sessions)

    def execute(self, _query: str) -> Any:
        if not self.sessions:
            raise psycopg.errors.QueryCanceled("canceled")
        return SimpleNamespace(fetchone=lambda: (self.sessions.pop(0),))

    def rollback(self) -> None:
        """The transaction ends."""

    def cancel(self) -> None:
        """Not needed: nothing waits."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_arguments: object) -> None:
        """It leaves."""


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (Pooled(1, 1), Pooled(2), False),
        (Pooled(1, 2), Pooled(1), True),
        # They wait for each other until one is cancelled.
        (Pooled(1, 1), Pooled(), None),
        (Pooled(1), Pooled(1), None),
    ],
)
def test_a_pooler_that_takes_sessions_away(
    first: Pooled, second: Pooled, shared: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg, "connect", lambda: second)
    assert postgresql._sessions_are_shared(first, {}) is shared


# Encryption


@pytest.mark.parametrize(
    ("mode", "offered", "taken"),
    [
        ("prefer", True, "require"),
        ("prefer", False, "disable"),
        ("require", False, "require"),
        ("disable", True, "disable"),
        ("verify-full", True, "verify-full"),
    ],
)
def test_encryption_that_is_asked_for(mode: str, offered: bool, taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def connect(**options: Any) -> None:
        asked.update(options)
        raise psycopg.OperationalError(f"{FAILED}server does not support SSL, but SSL was required")

    monkeypatch.setattr(psycopg, "connect", connect)
    with pytest.raises(TlsError, match="popsink_database_sslmode"):
        ask(Here(), replace(LOGIN, tls=Tls(mode)), tls=offered)
    assert asked["sslmode"] == taken


@pytest.mark.parametrize(
    "words",
    [
        "SSL error: certificate verify failed",
        'server certificate for "a" does not match host name "b"',
        'could not read root certificate file "/proc/self/fd/3": no certificate',
        "server does not support SSL, but SSL was required",
    ],
)
def test_words_about_encryption(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: Any) -> None:
        raise psycopg.OperationalError(FAILED + words)

    monkeypatch.setattr(psycopg, "connect", refuse)
    with pytest.raises(TlsError):
        ask(Here(), LOGIN, tls=True)


def test_certificates_are_handed_over_in_memory() -> None:
    with Tls("verify-full", "authority", "certificate", "key").parameters() as given:
        held = {name: Path(given[name]) for name in ("sslrootcert", "sslcert", "sslkey")}
        assert [path.read_text() for path in held.values()] == ["authority", "certificate", "key"]
        assert held["sslkey"].stat().st_mode & 0o777 == 0o600
    assert not any(path.exists() for path in held.values())


def test_no_certificate_of_the_home_directory_is_taken() -> None:
    with Tls().parameters() as given:
        assert {given[name] for name in ("sslrootcert", "sslcert", "sslkey")} == {"/dev/null/none"}
