"""A deployment whose database moved: what was in the bundled PostgreSQL is in the other one, and is used there."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from tests.lab.deployed import RELEASE, Deployed

NAME = "acme_moved"


@pytest.fixture(scope="module")
def rows(deployed: Deployed) -> Any:
    """Rows that the database answers to the deployment's role."""
    (password,) = deployed.secret(f"{RELEASE}-vault-database").values()
    host = deployed.lab["postgresql"]["host"]
    with psycopg.connect(host=host, dbname=NAME, user=NAME, password=password) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


def test_rows_and_sequence_are_there(rows: Any) -> None:
    assert rows("SELECT count(*), max(length(said)), count(raw) FROM carried") == [(1000, 2000, 1000)]
    assert rows("SELECT last_value FROM carried_id_seq") == [(1000,)]


def test_everything_belongs_to_the_deployment_s_role(rows: Any) -> None:
    assert rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [(NAME,)]


def test_stored_configuration_opens_with_the_key_of_before(deployed: Deployed, rows: Any) -> None:
    ((encrypted,),) = rows("SELECT config FROM connector LIMIT 1")
    key = deployed.vaulted["popsink_connector_config_encryption_key"]
    assert json.loads(Fernet(key).decrypt(encrypted.encode()))["connector"]


def test_registry_has_its_schemas(rows: Any) -> None:
    assert rows("SELECT count(*) > 0 FROM schema_versions") == [(True,)]


def test_old_claim_stays_and_no_server_uses_it(deployed: Deployed) -> None:
    claims = [claim["metadata"]["name"] for claim in deployed.get("persistentvolumeclaims")["items"]]
    assert (claims, deployed.get("statefulsets")["items"]) == ([f"data-{RELEASE}-postgresql-0"], [])
