"""What is made in a server outside of the chart, by what is there; and what is in the way."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils import database_creation
from ansible_collections.popsink.data_plane.plugins.module_utils.database_creation import (
    Administrator,
    Creation,
    Server,
    decided,
    make,
    require_readable,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase, role_of
from ansible_collections.popsink.data_plane.plugins.module_utils.postgresql import Login, LoginError, State

OURS, OTHERS = "popsink.data_plane: deployment one", "popsink.data_plane: deployment other"
DATA = WantedDatabase("data", "data", "data", "database_password")
KORA = WantedDatabase("kora", "kora", "kora", "schema_registry_database_password")
BESIDE = WantedDatabase("schemas", "data", "data", "database_password")
NOTHING = Server("admin")
MADE = Server("admin", roles={"data": OURS}, databases={"data": ("data", OURS)})
BY_HAND = Server("admin", roles={"data": ""}, databases={"data": ("data", "")})


def creation(*databases: WantedDatabase) -> Creation:
    return Creation("db.example", 5432, "one", list(databases or (DATA,)), identified=True)


def steps(wanted: Creation, server: Server, refused: str | None = "") -> list[tuple[str, str]]:
    done, problems = decided(wanted, server, lambda _wanted: refused)
    assert problems == []
    return [(step.kind, step.name) for step in done]


@pytest.mark.parametrize(
    ("wanted", "server", "refused", "expected"),
    [
        (creation(), NOTHING, None, [("role", "data"), ("database", "data")]),
        (creation(), MADE, "", []),
        (creation(), MADE, None, []),
        (creation(), MADE, "28P01", [("password", "data")]),
        (creation(), MADE, "3D000", []),
        (creation(), MADE, "42501", []),
        # The firewall's word says nothing of the password, and whether the role gets in is seen once all is made.
        (creation(), replace(MADE, databases={}), "no entry.", [("database", "data")]),
        (creation(), BY_HAND, "", []),
        (creation(), replace(BY_HAND, databases={}), "3D000", [("database", "data")]),
        (creation(), replace(MADE, databases={}), "3D000", [("database", "data")]),
        (creation(), replace(MADE, databases={"data": ("data", "")}), "", [("finish", "data")]),
        # Somebody's own remark stays.
        (creation(), replace(MADE, databases={"data": ("data", "the records")}), "", []),
        (
            creation(DATA, KORA),
            NOTHING,
            None,
            [("role", "data"), ("role", "kora"), ("database", "data"), ("database", "kora")],
        ),
        (creation(DATA, KORA), MADE, "", [("role", "kora"), ("database", "kora")]),
        (creation(DATA, BESIDE), NOTHING, None, [("role", "data"), ("database", "data"), ("database", "schemas")]),
        # With nothing to make, no rights are needed.
        (creation(), replace(MADE, makes_roles=False, makes_databases=False, read_only=True), "", []),
    ],
)
def test_steps(wanted: Creation, server: Server, refused: str | None, expected: list[tuple[str, str]]) -> None:
    assert steps(wanted, server, refused) == expected


@pytest.mark.parametrize(
    ("server", "refused", "words"),
    [
        (replace(NOTHING, administrator="data"), None, "is the administrator of popsink_database_admin_dsn"),
        (replace(NOTHING, makes_roles=False), None, "may not make roles"),
        (replace(NOTHING, makes_databases=False), None, "may not make databases"),
        (replace(NOTHING, read_only=True), None, "takes no changes"),
        (replace(MADE, roles={"data": OTHERS}), "", "Role data was made for deployment other"),
        (replace(MADE, databases={"data": ("data", OTHERS)}), "", "Database data was made for deployment other"),
        (replace(MADE, databases={"data": ("somebody", "")}), "", "belongs to somebody, not to data"),
        (BY_HAND, "28P01", "it has another password"),
        (BY_HAND, "trop de connexions.", "does not let role data into database data: trop de connexions."),
        (MADE, "no pg_hba.conf entry.", "does not let role data into database data: no pg_hba.conf entry."),
        (BY_HAND, None, "no password of it is known"),
        (
            replace(MADE, locked="holds 2 tables"),
            "",
            "Database data at db.example:5432 holds 2 tables, and no encryption",
        ),
        # Without the key, not even the password is set again.
        (replace(MADE, locked="holds 1 table"), "28P01", "neither to the inventory nor to the cluster"),
    ],
)
def test_what_is_in_the_way(server: Server, refused: str | None, words: str) -> None:
    _steps, (problem,) = decided(creation(), server, lambda _wanted: refused)
    assert words in problem.found
    assert problem.remedy


class Connection:
    """A session at one database of a server: what is in it, or why it is not let in."""

    def __init__(self, tables: int | Exception, roles: dict[str, str], databases: dict[str, tuple[str, str]]) -> None:
        self.tables, self.roles, self.databases = tables, roles, databases

    def execute(self, statement: str, _values: Any = ()) -> Any:
        rows: list[Any] = [("admin", True, True, True, False)]
        if "shobj_description(oid, 'pg_authid')" in statement:
            rows = list(self.roles.items())
        elif "from pg_database where datname = any" in statement:
            rows = [(name, *about) for name, about in self.databases.items()]
        elif "pg_class" in statement:
            rows = [(self.tables, [], [])]
        return SimpleNamespace(fetchone=lambda: rows[0], fetchall=lambda: rows)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("there", "tables", "known", "locked"),
    [
        (["data"], 2, {}, "holds 2 tables"),
        (["data"], 1, {}, "holds 1 table"),
        (["data"], 0, {}, ""),
        (["data"], psycopg.OperationalError("FATAL: permission denied for database"), {}, "whether it is empty cannot"),
        (["data"], 2, {"connector_config_encryption_key": "known"}, ""),
        # Kora's schemas are not encrypted.
        (["kora"], 2, {}, ""),
        ([], 2, {}, ""),
    ],
)
def test_what_no_known_key_opens(
    there: list[str], tables: int | Exception, known: dict[str, str], locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def connect(**parameters: Any) -> Connection:
        asked.append(parameters["dbname"])
        if len(asked) > 1 and isinstance(tables, Exception):
            raise tables
        return Connection(tables, {}, {name: (name, "") for name in there})

    monkeypatch.setattr(psycopg, "connect", connect)
    with Administrator.connected(creation(DATA, KORA), "user=admin") as administrator:
        found = administrator.look(known).locked
    assert (locked in found, bool(found)) == (True, bool(locked))
    assert asked[1:] in ([], ["data"])


@pytest.mark.parametrize(
    ("locked", "granted"), [("holds 2 tables", False), ("is there, whether it is empty cannot be told (no)", True)]
)
def test_how_an_administrator_comes_to_see_that_it_is_empty(locked: str, granted: bool) -> None:
    _steps, (problem,) = decided(creation(), replace(MADE, locked=locked), lambda _wanted: "")
    assert ("GRANT CONNECT ON DATABASE data TO admin" in problem.remedy) is granted


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (State("17.2", 17, tables=0), ""),
        (State("17.2", 17, tables=1), "holds 1 table, and no encryption key"),
        (LoginError("no pg_hba.conf entry."), "may hold tables, which its role cannot look for .* entry\\)"),
        (PopsinkError("db.example cannot be resolved from here."), "popsink_preflight_inside"),
    ],
    ids=["empty", "tables", "not let in", "not reached"],
)
def test_where_nothing_is_made_the_role_itself_looks(
    seen: State | PopsinkError, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(login: Login) -> State:
        asked.append((login.user, login.database, login.password))
        if isinstance(seen, PopsinkError):
            raise seen
        return seen

    monkeypatch.setattr(database_creation, "offers_tls", lambda *_where: False)
    monkeypatch.setattr(database_creation, "ask", lambda _way, login, **_tls: ask(login))
    with pytest.raises(PopsinkError, match=words) if words else nullcontext():
        require_readable(replace(creation(), made=False), {"database_password": "hush"})
    assert asked == [("data", "data", "hush")]


@pytest.mark.parametrize(("tables", "refused"), [(0, False), (3, True)])
def test_a_new_key_is_refused_where_there_are_tables(
    tables: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg, "connect", lambda **_options: Connection(tables, {}, {"data": ("data", OURS)}))
    known = {"database_admin_dsn": "user=admin"}
    with pytest.raises(PopsinkError, match="bundle") if refused else nullcontext():
        require_readable(creation(), known)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (LoginError("too many connections for role."), "does not let role data into database data: too many"),
        (LoginError("Passwort falsch."), "does not let role data into database data: Passwort falsch."),
        (State("17.2", 17, may_create=False), "may not create tables in database data"),
        (State("17.2", 17), ""),
    ],
)
def test_what_is_there_must_be_usable_though_nothing_is_made(
    answer: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_arguments: Any, **_options: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    there = Connection(0, {"data": OURS}, {"data": ("data", OURS)})
    monkeypatch.setattr(psycopg, "connect", lambda **_options: there)
    monkeypatch.setattr(database_creation, "offers_tls", lambda *_arguments: True)
    monkeypatch.setattr(database_creation, "ask", ask)
    known = {"database_admin_dsn": "user=admin", "database_password": "hush"}
    with pytest.raises(PopsinkError, match=words) if words else nullcontext():
        assert make(creation(), known) == []


@pytest.mark.parametrize(("refused", "problems"), [("", 0), (None, 0), ("3D000", 0), ("28P01", 1)])
def test_no_password_is_set_again_for_a_deployment_without_an_id(refused: str | None, problems: int) -> None:
    nameless = replace(creation(), identified=False)
    steps, wrong = decided(nameless, MADE, lambda _wanted: refused)
    assert (steps, len(wrong)) == ([], problems)
    assert all("without a deploymentId" in problem.found for problem in wrong)


@pytest.mark.parametrize(
    ("user", "host", "role"),
    [
        ("app", "db.example", "app"),
        ("app@db", "db.postgres.database.azure.com", "app"),
        ("app@db", "other.postgres.database.azure.com", "app@db"),
        ("app@db", "", "app@db"),
    ],
)
def test_role_of_a_login_name(user: str, host: str, role: str) -> None:
    assert role_of(user, host) == role


@pytest.mark.parametrize(
    "dsn",
    [
        "user=admin hush",
        # What libpq would take for the host is a part of the password.
        "postgresql://admin:Tr0ub@hush@127.0.0.1:1/postgres",
        "postgresql://admin:x@hush%2F@127.0.0.1:1/postgres",
        "user=admin host=x@hush",
        "user=admin host=hush/x",
    ],
)
def test_a_connection_string_that_is_none_is_not_shown(dsn: str) -> None:
    with pytest.raises(PopsinkError) as caught, Administrator.connected(creation(), dsn):
        pass
    assert "popsink_database_admin_dsn" in str(caught.value)
    assert "percent-encoded" in str(caught.value)
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"
