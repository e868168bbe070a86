"""Asking a server as a role: what is made of its words, and how it is encrypted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database import state as states
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import Login, LoginError, Tls, TlsError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import State, ask
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.way import Here

LOGIN = Login("localhost", 5432, "records", "app", "hush")
FAILED = 'connection failed: connection to server at "127.0.0.1", port 5432 failed: '


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
    monkeypatch.setattr(states, "_sessions_are_shared", lambda *_arguments: None)
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
    monkeypatch.setattr(states, "PSYCOPG_IMPORT_ERROR", ImportError("No module named 'psycopg'"))
    with pytest.raises(PopsinkError, match="psycopg"):
        ask(Here(), LOGIN, tls=True)


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
    assert states._sessions_are_shared(first, {}) is shared


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
