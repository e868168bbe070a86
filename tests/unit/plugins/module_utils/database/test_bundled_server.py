"""A password as PostgreSQL stores it, and the order in which logins are tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.execution import Execution
from ansible_collections.popsink.data_plane.plugins.module_utils.database import bundled_server
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bundled_server import (
    BundledServer,
    scram,
    scram_with,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.fakes import FakeCluster

SERVER = BundledServer("popsink", "popsink-postgresql-0", "popsink", "records", "kora")


def test_the_verifier_is_that_of_the_standard() -> None:
    """The example exchange of RFC 7677: the server's key must give the signature that stands there."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    stored, server = scram_with("pencil", salt).rpartition("$")[2].split(":")
    message = (
        "n=user,r=rOprNGfwEbeRWgbNEkqO,"
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    signature = hmac.digest(base64.b64decode(server), message.encode(), "sha256")
    assert base64.b64encode(signature).decode() == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    of_client = hmac.digest(base64.b64decode(stored), message.encode(), "sha256")
    client_key = bytes(one ^ other for one, other in zip(proof, of_client, strict=True))
    assert hashlib.sha256(client_key).digest() == base64.b64decode(stored)


@pytest.mark.parametrize(
    ("secret", "role"),
    [
        ("database_password", "popsink"),
        ("schema_registry_database_password", "kora"),
        ("database_admin_password", "postgres"),
        ("jwt_secret", ""),
    ],
)
def test_whose_password_a_secret_is(secret: str, role: str) -> None:
    assert SERVER.role(secret) == role


def test_each_verifier_has_a_salt_of_its_own_and_not_the_password() -> None:
    assert scram("a-password") != scram("a-password")
    assert "a-password" not in scram("a-password")


def test_what_would_have_to_be_normalised_is_refused() -> None:
    with pytest.raises(PopsinkError, match="ASCII"):
        scram("pässword")


class Server:
    """PostgreSQL as far as its passwords go."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.statements: list[tuple[str, str]] = []

    def __call__(
        self, _cluster: Any, _namespace: str, _pod: str, _container: str, command: Sequence[str], given: str
    ) -> Execution:
        role, (password, statement) = command[-2], given.splitlines()
        assert password not in " ".join(command)
        if self.passwords.get(role) != password:
            return Execution(2, "", f'psql: error: FATAL:  password authentication failed for user "{role}"')
        if statement.startswith("ALTER"):
            self.statements.append((role, statement))
        return Execution(0, "1\n", "")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server(popsink="old", postgres="admin")
    monkeypatch.setattr(bundled_server, "execute", server)
    return server


@pytest.mark.parametrize(
    ("logins", "by"),
    [
        ([("popsink", "old"), ("postgres", "admin")], "popsink"),
        ([("popsink", "lost"), ("postgres", "admin")], "postgres"),
    ],
    ids=["itself", "the administrator"],
)
def test_the_first_login_that_works_changes_it(
    server: Server, cluster: FakeCluster, logins: list[tuple[str, str]], by: str
) -> None:
    SERVER.change(cluster, "popsink", "new", logins)
    ((role, statement),) = server.statements
    assert role == by
    assert statement.startswith('ALTER ROLE "popsink" PASSWORD \'SCRAM-SHA-256$4096:')
    assert "new'" not in statement


def test_what_is_changed_already_is_left(server: Server, cluster: FakeCluster) -> None:
    SERVER.change(cluster, "popsink", "old", [])
    assert server.statements == []


def test_without_a_login_that_works_it_says_what_to_do(server: Server, cluster: FakeCluster) -> None:
    with pytest.raises(PopsinkError, match="takes neither the present nor the new password") as caught:
        SERVER.change(cluster, "popsink", "new", [("popsink", "lost"), ("postgres", "lost too")])
    assert "lost" not in str(caught.value)


def test_a_database_that_does_not_answer_is_no_refusal(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    failing = Execution(2, "", "psql: error: the database system is starting up")
    monkeypatch.setattr(bundled_server, "execute", lambda *_arguments: failing)
    with pytest.raises(PopsinkError, match="starting up"):
        SERVER.takes(cluster, "popsink", "old")


def test_a_line_break_in_a_password_is_refused(server: Server, cluster: FakeCluster) -> None:
    with pytest.raises(PopsinkError, match="line break"):
        SERVER.takes(cluster, "popsink", "one\ntwo")
