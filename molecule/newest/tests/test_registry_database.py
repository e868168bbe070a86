"""The schema registry's own role and database in the bundled PostgreSQL."""

from __future__ import annotations

import pytest

from tests.lab.deployed import RELEASE, Deployed

POD = f"{RELEASE}-postgresql-0"
#: Over TCP, where a password is asked for, which comes on standard input.
PSQL = 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -X -q -A -t -h 127.0.0.1 -U "$0" -d "$1" -c "$2"'


def said(deployed: Deployed, role: str, password: str, database: str, statement: str) -> str:
    command = ("exec", "--stdin", POD, "--", "sh", "-c", PSQL, role, database, statement)
    return deployed.kubectl(*command, stdin=f"{password}\n", check=False).strip()


@pytest.fixture(scope="module")
def password(deployed: Deployed) -> str:
    return deployed.vaulted["popsink_schema_registry_database_password"]


def test_registry_keeps_its_tables_there(deployed: Deployed, password: str) -> None:
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert said(deployed, "kora", password, "kora", owners) == "kora"


def test_role_may_do_nothing_else(deployed: Deployed, password: str) -> None:
    rights = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = 'kora'"
    assert said(deployed, "kora", password, "kora", rights) == "f"


def test_the_data_plane_is_kept_out(deployed: Deployed) -> None:
    own = deployed.vaulted["popsink_database_password"]
    assert said(deployed, "popsink", own, "popsink", "SELECT 1") == "1"
    assert said(deployed, "popsink", own, "kora", "SELECT 1") == ""
