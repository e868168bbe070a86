"""The data plane's database: bundled with passwords that are made, or another one whose password is supplied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import (
    database_host,
    database_port,
    plan_creation,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, DEPLOYMENT, inputs, snippet

Charts = Callable[[str], ChartFacts]

EXTERNAL: dict[str, Any] = {"database_mode": "external", "database_host": "db.example"}
MADE = ("admin_password", "jwt_secret", "connector_config_encryption_key")


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({}, "postgresql.enabled", True),
        ({}, "postgresql.primary.persistence", {"size": "50Gi"}),
        ({"database_storage_class": "ssd"}, "postgresql.primary.persistence", {"size": "50Gi", "storageClass": "ssd"}),
        ({}, "externalDatabase", None),
        (EXTERNAL, "postgresql", {"enabled": False}),
        (EXTERNAL, "externalDatabase.host", "db.example"),
        (EXTERNAL, "externalDatabase.port", 5432),
        ({**EXTERNAL, "database_port": 6432}, "externalDatabase.port", 6432),
        ({**EXTERNAL, "database_port": None}, "externalDatabase.port", 5432),
        ({**EXTERNAL, "database_user": "dp"}, "externalDatabase.user", "dp"),
        ({**EXTERNAL, "database_name": "data"}, "externalDatabase.database", "data"),
        (EXTERNAL, "externalDatabase.existingSecret", "popsink-vault-database"),
        (EXTERNAL, "externalDatabase.password", None),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["60", "205-renamed"])
def test_values(chart_of: Charts, name: str, changes: dict[str, Any], path: str, value: Any) -> None:
    assert dig(build_plan(inputs(**changes), chart_of(name), ALL).values, path) == value


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"database_mode": "external"}, "popsink_database_host is not set"),
        ({"database_host": "db.example"}, "popsink_database_mode is 'bundled'"),
        ({**EXTERNAL, "database_port": 0}, "popsink_database_port is 0"),
        ({**EXTERNAL, "database_port": 65536}, "popsink_database_port is 65536"),
        ({**EXTERNAL, "database_user": ""}, "popsink_database_user is ''"),
        ({**EXTERNAL, "database_name": ""}, "popsink_database_name is ''"),
        ({**EXTERNAL, "database_host": "<host>"}, "popsink_database_host still holds a placeholder"),
        ({"database_storage_size": ""}, "popsink_database_storage_size is ''"),
    ],
    ids=str,
)
def test_a_combination_that_is_refused(chart_205: ChartFacts, changes: dict[str, Any], word: str) -> None:
    assert [word in wrong.found for wrong in failures(build_plan(inputs(**changes), chart_205, ALL).findings)] == [True]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [({}, []), (EXTERNAL, ["popsink_database_password is not set."])],
    ids=["bundled", "external"],
)
def test_only_the_password_of_another_database_must_be_supplied(
    chart_205: ChartFacts, changes: dict[str, Any], missing: list[str]
) -> None:
    """One that is made would open nothing there."""
    plan = build_plan(inputs(**changes), chart_205, ALL - {"database_password", "database_admin_password", *MADE})
    assert [finding.found for finding in failures(plan.findings)] == missing


def test_its_remedy_is_not_to_have_it_made(chart_205: ChartFacts) -> None:
    plan = build_plan(inputs(**EXTERNAL), chart_205, ALL - {"database_password"})
    assert "the one that the server there knows" in failures(plan.findings)[0].remedy


def test_a_secret_of_somebody_else_supplies_it(chart_205: ChartFacts) -> None:
    existing = {"externalDatabase": "mine", "kora.database": "mine"}
    plan = build_plan(inputs(**EXTERNAL, existing_secrets=existing), chart_205, ALL - {"database_password"})
    assert failures(plan.findings) == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, ("popsink-postgresql", 5432)),
        ({"release": "dp"}, ("dp-postgresql", 5432)),
        ({"database_port": 6432}, ("popsink-postgresql", 5432)),
        (EXTERNAL, ("db.example", 5432)),
        ({**EXTERNAL, "database_port": 6432}, ("db.example", 6432)),
    ],
    ids=str,
)
def test_where_it_is(changes: dict[str, Any], place: tuple[str, int]) -> None:
    given = inputs(**changes)
    assert (database_host(given), database_port(given)) == place


@pytest.mark.parametrize(
    ("given", "deployment", "identified"),
    [
        ({}, DEPLOYMENT, True),
        ({"deploymentId": None}, "popsink in popsink of paris", False),
    ],
    ids=["an id", "none"],
)
def test_whose_it_is(given: dict[str, Any], deployment: str, identified: bool) -> None:
    """Deployments without an id are told apart by the inventory's names."""
    wanted = inputs(snippet(**given), **EXTERNAL, database_create=True, inventory_host="paris")
    made = plan_creation(wanted, [])
    assert made is not None
    assert (made["deployment"], made["identified"]) == (deployment, identified)
