"""A database, a Kafka and a schema registry outside of the chart: each broken for real, and what is said of it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
from psycopg import sql

from .looking import NAME, Place
from .other_kafka import Kafka

pytestmark = pytest.mark.alone

PASSWORD = "only-for-looking"
UNKNOWN = {"volumes.speed"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything around a deployment that is never rolled out."""
    made = Place(tmp_path_factory.mktemp("outside"))
    yield made
    made.clean()


@pytest.fixture
def admin(place: Place) -> Iterator[psycopg.Connection[Any]]:
    """The administrator of the lab's PostgreSQL; role and database of the deployment are new."""
    given = place.deployed.lab["postgresql"]
    with psycopg.connect(
        host=given["host"], user=given["admin_user"], password=given["admin_password"], autocommit=True
    ) as connection:
        _drop(connection)
        connection.execute(sql.SQL("CREATE ROLE looked LOGIN PASSWORD {}").format(PASSWORD))
        connection.execute("CREATE DATABASE looked OWNER looked")
        yield connection
        _drop(connection)


def _drop(connection: psycopg.Connection[Any]) -> None:
    connection.execute("DROP DATABASE IF EXISTS looked WITH (FORCE)")
    connection.execute("DROP DATABASE IF EXISTS others WITH (FORCE)")
    connection.execute("DROP ROLE IF EXISTS looked")


def external(place: Place, **changes: Any) -> dict[str, Any]:
    """The inventory of a deployment on that database."""
    return {
        "popsink_database_mode": "external",
        "popsink_database_host": place.deployed.lab["postgresql"]["host"],
        "popsink_database_name": "looked",
        "popsink_database_user": "looked",
        "popsink_database_password": PASSWORD,
        **changes,
    }


@pytest.mark.parametrize("inside", [False, True], ids=["from here", "from inside"])
def test_a_database_in_order(place: Place, admin: psycopg.Connection[Any], inside: bool) -> None:
    looked = place.look(**external(place), popsink_preflight_inside=inside)
    assert (looked.ids("fail"), looked.ids("warn"), looked.ids("not checked") - UNKNOWN) == (set(), set(), set())
    assert "is PostgreSQL 15" in looked.findings["database.version"]["found"]
    where = "from inside the cluster" if inside else "from here"
    assert where in looked.findings["database.reachable"]["found"]


Prepare = Callable[[psycopg.Connection[Any]], object]
DATABASE_ROWS: dict[str, tuple[Prepare, dict[str, Any], str, str, tuple[str, ...]]] = {
    "another port": (
        lambda db: None,
        {"popsink_database_port": 1},
        "database.reachable",
        "fail",
        ("refuses connections from here", "popsink_database_"),
    ),
    "a port of something else": (
        lambda db: None,
        {"popsink_database_port": 9000},
        "database.reachable",
        "fail",
        ("does not answer as PostgreSQL does",),
    ),
    "a name of the cluster": (
        lambda db: None,
        {"popsink_database_host": "postgresql.databases.svc.cluster.local"},
        "database.reachable",
        "not checked",
        ("cannot be resolved from here",),
    ),
    "a wrong password": (
        lambda db: None,
        {"popsink_database_password": "another-password"},
        "database.login",
        "fail",
        ("password authentication failed", "popsink_database_password"),
    ),
    "no such database": (
        lambda db: None,
        {"popsink_database_name": "nowhere"},
        "database.login",
        "fail",
        ('database "nowhere" does not exist', "CREATE DATABASE"),
    ),
    "a role that may make no tables": (
        lambda db: db.execute("CREATE DATABASE others"),
        {"popsink_database_name": "others"},
        "database.tables",
        "fail",
        ("may not create tables",),
    ),
    "a role that only reads": (
        lambda db: db.execute("ALTER ROLE looked SET default_transaction_read_only = on"),
        {},
        "database.tables",
        "fail",
        ("takes no changes",),
    ),
    "tables of somebody": (
        lambda db: _as_owner(db, "CREATE TABLE alien (i int)"),
        {},
        "database.content",
        "fail",
        ("1 table (alien)", "no encryption key that could have written them is known", "popsink_database_name"),
    ),
    "too few connections": (
        lambda db: db.execute("ALTER ROLE looked CONNECTION LIMIT 3"),
        {},
        "database.connections",
        "warn",
        ("3 connections left", "CONNECTION LIMIT"),
    ),
    "a registry's own database that is not there": (
        lambda db: None,
        {
            "popsink_schema_registry_database_name": "kora",
            "popsink_schema_registry_database_user": "kora",
            "popsink_schema_registry_database_password": "only-for-kora",
        },
        "database.login",
        "fail",
        ("kora", "CREATE ROLE"),
    ),
}


def _as_owner(db: psycopg.Connection[Any], statement: str) -> None:
    with psycopg.connect(
        host=db.info.host, user="looked", password=PASSWORD, dbname="looked", autocommit=True
    ) as owner:
        owner.execute(statement.encode())


@pytest.mark.parametrize("row", DATABASE_ROWS, ids=lambda row: row.replace(" ", "-"))
def test_a_database_that_is_not(place: Place, admin: psycopg.Connection[Any], row: str) -> None:
    prepare, changes, check, status, words = DATABASE_ROWS[row]
    prepare(admin)
    looked = place.look(**external(place, **changes))
    finding = looked.findings[check]
    assert finding["status"] == status
    assert [text for text in words if text not in f"{finding['found']} {finding['remedy']}"] == []
    assert PASSWORD not in looked.run.output
    assert looked.ids("fail") == ({check} if status == "fail" else set())


def test_a_database_that_pods_alone_reach_is_looked_at_from_inside(
    place: Place, admin: psycopg.Connection[Any]
) -> None:
    service = f"""
apiVersion: v1
kind: Service
metadata: {{name: db}}
spec: {{ports: [{{port: 5432}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: db}}
subsets:
  - addresses: [{{ip: {place.deployed.lab["address"]}}}]
    ports: [{{port: 5432}}]
"""
    named = external(place, popsink_database_host=f"db.{NAME}.svc.cluster.local")
    with place.applied(service):
        from_here, from_inside = place.look(**named), place.look(**named, popsink_preflight_inside=True)
    asked = {"database.reachable", "database.login", "database.tables", "database.connections"}
    assert asked <= from_here.ids("not checked")
    assert asked <= from_inside.ids("pass")


# Kafka


def other_kafka(server: str, **changes: Any) -> dict[str, Any]:
    """The inventory of a deployment on another Kafka, with a schema registry of the chart's."""
    # No broker of the chart's reads the bucket.
    unread = {"popsink_s3_access_key_id": "", "popsink_s3_secret_access_key": ""}
    return {"popsink_kafka_mode": "external", "popsink_kafka_bootstrap_server": server, **unread, **changes}


@pytest.mark.parametrize("changes", [{}, {"popsink_kafka_sasl_password": "another"}], ids=["in order", "a password"])
def test_another_kafka(place: Place, kafka: Kafka, changes: dict[str, str]) -> None:
    given = {
        "popsink_kafka_security_protocol": "SASL_SSL",
        "popsink_kafka_sasl_mechanism": "SCRAM-SHA-512",
        "popsink_kafka_sasl_username": "popsink",
        "popsink_kafka_sasl_password": kafka.passwords["popsink"],
        "popsink_kafka_ca_cert": kafka.ca,
        **changes,
    }
    looked = place.look(**other_kafka(kafka.listeners["SASL_SSL"], **given))
    if changes:
        assert looked.findings["kafka.bootstrap"]["status"] == "fail"
        assert "refuses the login of popsink" in looked.findings["kafka.bootstrap"]["found"]
    else:
        assert (looked.ids("fail"), looked.ids("not checked") - UNKNOWN) == (set(), set())
        assert {"kafka.bootstrap", "kafka.topics"} <= looked.ids("pass")
    assert given["popsink_kafka_sasl_password"] not in looked.run.output


def test_a_login_at_another_kafka_is_tried_from_inside(place: Place, kafka: Kafka) -> None:
    given = {
        "popsink_kafka_security_protocol": "SASL_PLAINTEXT",
        "popsink_kafka_sasl_mechanism": "PLAIN",
        "popsink_kafka_sasl_username": "popsink",
        "popsink_kafka_sasl_password": "another",
    }
    looked = place.look(
        **other_kafka(kafka.listeners["SASL_PLAINTEXT"], **given),
        popsink_preflight_inside=True,
    )
    assert looked.ids("fail") == {"kafka.bootstrap"}
    assert "refuses the login of popsink" in looked.findings["kafka.bootstrap"]["found"]


@pytest.mark.parametrize(
    ("server", "status", "words"),
    [
        ("127.0.0.1:9", "fail", "127.0.0.1:9"),
        ("kafka.streams.svc.cluster.local:9092", "not checked", "cannot be resolved from here"),
    ],
    ids=["a closed port", "a name of the cluster"],
)
def test_a_kafka_that_is_not_there(place: Place, server: str, status: str, words: str) -> None:
    finding = place.look(**other_kafka(server)).findings["kafka.bootstrap"]
    assert (finding["status"], words in finding["found"]) == (status, True)


# The schema registry


@contextmanager
def registry(status: int, login: str = "") -> Iterator[str]:
    """The URL of a server that answers as a schema registry does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = self.headers.get("Authorization", "")
            allowed = not login or told == f"Basic {base64.b64encode(login.encode()).decode()}"
            self.send_response(status if allowed else 401)
            self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "password", "expected", "words"),
    [
        (200, PASSWORD, "pass", ""),
        (200, "another", "fail", "popsink_schema_registry_password"),
        (404, PASSWORD, "fail", "HTTP 404"),
    ],
    ids=["in order", "a wrong password", "something else"],
)
def test_a_schema_registry(place: Place, status: int, password: str, expected: str, words: str) -> None:
    with registry(status, f"popsink:{PASSWORD}") as url:
        looked = place.look(
            popsink_schema_registry_mode="external",
            popsink_schema_registry_url=url,
            popsink_schema_registry_auth="basic",
            popsink_schema_registry_username="popsink",
            popsink_schema_registry_password=password,
        )
    finding = looked.findings["schema_registry.answers"]
    assert (finding["status"], words in f"{finding['found']} {finding['remedy']}") == (expected, True)


def test_a_schema_registry_that_only_pods_know(place: Place) -> None:
    looked = place.look(
        popsink_schema_registry_mode="external", popsink_schema_registry_url="http://registry.streams.svc:8081"
    )
    assert looked.findings["schema_registry.answers"]["status"] == "not checked"
