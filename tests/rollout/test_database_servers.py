"""Servers outside of the chart: of the oldest and the newest version, and with a pooler before them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.administrator import Administrator
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bring import make
from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import Creation, Step
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import Tls
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase

from tests.lab import lab as labs
from tests.lab.postgresql_server import Server, pgbouncer, postgresql

from .looking import Place
from .playbook import LAB

pytestmark = pytest.mark.alone

DATA = WantedDatabase("looked_data", "looked_data", "looked_data", "database_password")
KORA = WantedDatabase("looked_kora", "looked_kora", "looked_kora", "schema_registry_database_password")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything around a deployment that is never rolled out."""
    made = Place(tmp_path_factory.mktemp("servers"))
    yield made
    made.clean()


@pytest.fixture(scope="module", params=[13, 18])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, Server]]:
    """A server and its major version, with an administrator as managed services have one: no superuser."""
    with postgresql(LAB, request.param) as given:
        with psycopg.connect(given.dsn) as connection:
            connection.execute("CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'only-for-looking'")
        yield request.param, given


@pytest.fixture(scope="module")
def newest() -> Iterator[Server]:
    """A server of the newest version."""
    with postgresql(LAB, 18) as given:
        yield given


def administrator(server: Server) -> str:
    """The connection string of one who is no superuser."""
    return f"host={server.host} port={server.port} user=admin password=only-for-looking dbname=postgres"


def creation(server: Server) -> Creation:
    authority = (labs.at(LAB).pki / "ca.crt").read_text()
    return Creation(server.host, server.port, "one", [DATA, KORA], Tls("verify-full", authority))


def asked(server: Server, statement: str, *values: Any) -> Any:
    with psycopg.connect(server.dsn) as connection:
        return connection.execute(statement.encode(), values).fetchall()


class KilledError(Exception):
    """Stands for the end of the process."""


def test_it_is_made_whatever_ends_it_in_the_middle(server: tuple[int, Server], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each statement is the last of one run; every further run goes on, and the last one has nothing to do."""
    _major, there = server
    known = {"database_admin_dsn": administrator(there)}
    known |= {name: secrets.token_hex(12) for name in (DATA.password, KORA.password)}
    run = Administrator._run
    left = 0

    def dying(self: Any, statement: str, *parts: Any) -> None:
        nonlocal left
        if left == 0:
            raise KilledError
        left -= 1
        run(self, statement, *parts)

    monkeypatch.setattr(Administrator, "_run", dying)
    steps: list[Step] | None = None
    for most in range(1, 30):
        left = most % 4 + 1
        try:
            steps = make(creation(there), known)
        except KilledError:
            continue
        if not steps:
            break
    assert steps == []
    names = [DATA.name, KORA.name]
    rows = asked(
        there,
        "SELECT rolsuper, rolcreatedb, rolcreaterole, has_database_privilege('public', rolname, 'CONNECT')"
        " FROM pg_roles WHERE rolname = ANY(%s)",
        names,
    )
    assert rows == [(False, False, False, False)] * 2
    for wanted in (DATA, KORA):
        with psycopg.connect(
            host=there.host, port=there.port, dbname=wanted.name, user=wanted.user, password=known[wanted.password]
        ) as role:
            role.execute("CREATE TABLE migrated (id int)")


def test_preflight(place: Place, server: tuple[int, Server]) -> None:
    """Role and database that are to be made, then the same ones made, on each version."""
    major, there = server
    given = {
        "popsink_database_mode": "external",
        "popsink_database_host": there.host,
        "popsink_database_port": there.port,
        "popsink_database_name": "looked_new",
        "popsink_database_user": "looked_new",
        "popsink_database_create": True,
        "popsink_database_admin_dsn": administrator(there),
    }
    looked = place.look(**given)
    assert looked.ids("fail") == set()
    assert "role looked_new: made, database looked_new: made" in looked.findings["database.create"]["found"]
    wanted = WantedDatabase("looked_new", "looked_new", "looked_new", "database_password")
    password = secrets.token_hex(12)
    make(
        Creation(there.host, there.port, "another", [wanted]),
        {"database_admin_dsn": administrator(there), "database_password": password},
    )
    taken = place.look(**given)
    assert "was made for deployment another" in taken.findings["database.create"]["found"]
    by_hand = {**given, "popsink_database_create": False, "popsink_database_admin_dsn": ""}
    used = place.look(**by_hand, popsink_database_password=password)
    assert used.ids("fail") == set()
    version = used.findings["database.version"]
    assert (version["status"], f"is PostgreSQL {major}" in version["found"]) == ("warn" if major > 17 else "pass", True)
    assert password not in used.run.output
    assert "only-for-looking" not in looked.run.output + taken.run.output
    # Whichever roles are run: a new encryption key could not open what is there.
    only_secrets: dict[str, Any] = {**by_hand, "popsink_database_password": password}
    empty = place.playbook.run("--check", "--tags", "secrets", **only_secrets)
    assert (empty.code, "popsink_connector_config_encryption_key" in empty.output) == (0, True)
    with psycopg.connect(
        host=there.host, port=there.port, dbname="looked_new", user="looked_new", password=password
    ) as role:
        role.execute("CREATE TABLE left_over (id int)")
    refused = place.playbook.run("--tags", "secrets", **only_secrets)
    assert (refused.code != 0, refused.changed) == (True, 0)
    assert "Database looked_new" in refused.words()
    assert "holds 1 table, and no encryption key that could have written it is known" in refused.words()
    assert "-vault-" not in place.kubectl("get", "secrets", "--output=name")
    assert not place.deployed.secrets_file.exists()


@pytest.mark.parametrize(("mode", "status"), [("session", "pass"), ("transaction", "fail")])
def test_a_pooler_is_found_where_it_shares_sessions(place: Place, newest: Server, mode: str, status: str) -> None:
    role, password = f"looked_{mode}", secrets.token_hex(12)
    make(
        Creation(newest.host, newest.port, "one", [WantedDatabase(role, role, role, "database_password")]),
        {"database_admin_dsn": newest.dsn, "database_password": password},
    )
    with pgbouncer(LAB, newest.host, newest.port, role, password, mode) as pooler:
        looked = place.look(
            popsink_database_mode="external",
            popsink_database_host=pooler.host,
            popsink_database_port=pooler.port,
            popsink_database_name=role,
            popsink_database_user=role,
            popsink_database_password=password,
        )
    finding = looked.findings["database.pooler"]
    assert (finding["status"], looked.ids("fail")) == (status, {"database.pooler"} if status == "fail" else set())
    assert "A pooler, for instance PgBouncer, stands before" in finding["found"]
