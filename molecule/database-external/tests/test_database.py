"""The database outside of the chart, asked as its server's administrator: what uses it, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.lab.deployed import RELEASE, Deployed
from tests.unit.plugins.certificates import pair

NAME = "acme_popsink"

#: As Kora connects, but for an authority that it is handed.
CONNECTED = """
import os, sys, psycopg2
if other := sys.stdin.read():
    os.environ["PGSSLROOTCERT"] = "/tmp/other-authority.crt"
    open(os.environ["PGSSLROOTCERT"], "w").write(other)
login = {key: os.environ[f"KORA_DB_{key.upper()}"] for key in ("host", "port", "user", "password")}
try:
    psycopg2.connect(dbname=os.environ["KORA_DB_DATABASE"], **login).close()
    print("connected")
except psycopg2.OperationalError as refused:
    print(refused)
"""


@pytest.fixture(scope="module")
def rows(deployed: Deployed) -> Any:
    """Rows that the database answers to its server's administrator, of the deployment's role."""
    server = deployed.lab["postgresql"]
    login = {"host": server["host"], "user": server["admin_user"], "password": server["admin_password"]}
    with psycopg.connect(dbname=NAME, **login) as connection:
        yield lambda statement: connection.execute(statement, [NAME]).fetchall()


def test_both_programs_keep_their_tables_there(rows: Any) -> None:
    tables = {name for (name,) in rows("SELECT tablename FROM pg_tables WHERE tableowner = %s")}
    assert {"connector", "schema_contents"} <= tables


def test_every_session_of_theirs_is_encrypted(rows: Any) -> None:
    sessions = rows("SELECT ssl FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE usename = %s")
    assert set(sessions) == {(True,)}


@pytest.mark.parametrize("workload", [f"{RELEASE}-data-plane", f"{RELEASE}-kora"])
def test_programs_are_told_to_verify_the_server(deployed: Deployed, workload: str) -> None:
    mode, file = deployed.inside(f"deployment/{workload}", "printenv", "PGSSLMODE", "PGSSLROOTCERT").split()
    authorities = deployed.inside(f"deployment/{workload}", "cat", file)
    assert mode == "verify-full"
    assert Path(deployed.lab["authority"]).read_text().strip() in authorities


@pytest.mark.parametrize("trusted", ["own", "another"])
def test_only_the_authority_of_the_server_opens_it_from_a_pod(deployed: Deployed, trusted: str) -> None:
    given = pair().certificate if trusted == "another" else ""
    said = deployed.kubectl("exec", "-i", f"deployment/{RELEASE}-kora", "--", "python3", "-c", CONNECTED, stdin=given)
    assert ("certificate verify failed" if trusted == "another" else "connected") in said


def test_no_database_comes_with_the_release(deployed: Deployed) -> None:
    assert (deployed.get("statefulsets")["items"], deployed.get("persistentvolumeclaims")["items"]) == ([], [])


def test_password_is_the_one_that_the_server_knows_and_is_in_a_secret_alone(deployed: Deployed) -> None:
    (password,) = deployed.secret(f"{RELEASE}-vault-database").values()
    with psycopg.connect(
        host=deployed.lab["postgresql"]["host"], dbname=NAME, user=NAME, password=password
    ) as connection:
        assert connection.info.user == NAME
    assert password not in deployed.helm("get", "values", RELEASE, "--all") + deployed.release_objects()
