"""Roles and databases that were made, asked as their server's administrator."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.lab.deployed import RELEASE, Deployed

#: Database and role of the data plane, and of Kora; with the Secret and a table of each.
DATABASES = {
    "acme_data": ("popsink_database_password", f"{RELEASE}-vault-database", "connector"),
    "acme_kora": (
        "popsink_schema_registry_database_password",
        f"{RELEASE}-vault-schema-registry-database",
        "schema_contents",
    ),
}


def connected(deployed: Deployed, database: str, user: str, password: str) -> psycopg.Connection[Any]:
    return psycopg.connect(host=deployed.lab["postgresql"]["host"], dbname=database, user=user, password=password)


@pytest.fixture(scope="module")
def rows(deployed: Deployed) -> Any:
    """Rows that the server answers to its administrator."""
    server = deployed.lab["postgresql"]
    with connected(deployed, "postgres", server["admin_user"], server["admin_password"]) as connection:
        yield lambda statement, *values: connection.execute(statement, values).fetchall()


@pytest.mark.parametrize("name", DATABASES)
def test_role_owns_its_database_and_may_do_nothing_else(rows: Any, name: str) -> None:
    (rights,) = rows(
        "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
        " FROM pg_roles WHERE rolname = %s",
        name,
    )
    assert rights == (True, False, False, False, False, False)
    assert rows("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", name) == [(name,)]


def test_each_is_closed_to_the_other(rows: Any) -> None:
    ask = "SELECT has_database_privilege(%s, %s, 'CONNECT'), has_database_privilege('public', %s, 'CONNECT')"
    assert rows(ask, "acme_data", "acme_kora", "acme_kora") == [(False, False)]
    assert rows(ask, "acme_kora", "acme_data", "acme_data") == [(False, False)]


@pytest.mark.parametrize("name", DATABASES)
def test_vaulted_password_opens_it_and_its_program_keeps_tables_there(deployed: Deployed, name: str) -> None:
    variable, secret, table = DATABASES[name]
    assert list(deployed.secret(secret).values()) == [deployed.vaulted[variable]]
    with connected(deployed, name, name, deployed.vaulted[variable]) as connection:
        owners = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = %s", [table]).fetchall()
    assert owners == [(name,)]


def test_passwords_are_stored_as_scram(rows: Any) -> None:
    stored = rows("SELECT rolpassword FROM pg_authid WHERE rolname = ANY(%s)", list(DATABASES))
    assert {password.partition("$")[0] for (password,) in stored} == {"SCRAM-SHA-256"}


def test_made_things_say_whose_they_are(deployed: Deployed, rows: Any) -> None:
    said = rows(
        "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ANY(%s) UNION ALL"
        " SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = ANY(%s)",
        list(DATABASES),
        list(DATABASES),
    )
    assert set(said) == {(f"popsink.data_plane: deployment {deployed.snippet['deploymentId']}",)}
    assert len(said) == 2 * len(DATABASES)


def test_administrator_reaches_neither_cluster_nor_release(deployed: Deployed) -> None:
    everything = deployed.kubectl("get", "secrets,configmaps,pods", "--output=yaml") + deployed.release_objects()
    assert [word for word in ("acme_admin", "admin_dsn") if word in everything] == []
    assert not any("acme_admin" in value for secret in deployed.secrets().values() for value in secret.values())
