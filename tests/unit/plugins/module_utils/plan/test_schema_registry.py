"""The schema registry: Karapace, Kora with a database, or another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import WARN, failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.schema_registry import (
    plan_bundled_database,
    shares_database,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

URL = "https://registry.example"
EXTERNAL = {"schema_registry_mode": "external", "schema_registry_url": URL}
LOGIN = {**EXTERNAL, "schema_registry_auth": "basic"}
KAFKA = {"kafka_mode": "external", "kafka_bootstrap_server": "k:9092"}
DATABASE = {"database_mode": "external", "database_host": "db.example", "database_port": 6432}


def planned(chart: ChartFacts, changes: dict[str, Any]) -> Plan:
    return build_plan(inputs(**changes), chart, ALL)


@pytest.mark.parametrize(
    ("name", "changes", "path", "value"),
    [
        ("60", {}, "karapace", {"enabled": True}),
        ("60", {}, "kora", None),
        ("60", {"schema_registry_database_user": "kora"}, "kora", None),
        ("91", {}, "karapace", None),
        ("91", {}, "kora.enabled", True),
        ("205", {}, "kora.database.host", "popsink-postgresql"),
        ("205", {}, "kora.database.port", 5432),
        ("205", {"database_port": 6432}, "kora.database.port", 5432),
        ("205", DATABASE, "kora.database.host", "db.example"),
        ("205", DATABASE, "kora.database.port", 6432),
        ("205", {"database_user": "dp"}, "kora.database.user", "dp"),
        ("205", {"schema_registry_database_user": "kora"}, "kora.database.user", "kora"),
        ("205", {"schema_registry_database_user": "kora"}, "kora.database.database", "popsink"),
        ("205", {"schema_registry_database_name": "schemas"}, "kora.database.database", "schemas"),
        ("205", {"schema_registry_database_host": "other.example"}, "kora.database.host", "other.example"),
        ("205", {"schema_registry_database_port": 7000}, "kora.database.port", 7000),
        ("60", EXTERNAL, "karapace", {"enabled": False}),
        ("205", EXTERNAL, "kora", {"enabled": False}),
        ("205", EXTERNAL, "schemaRegistry", {"url": URL}),
        ("205", LOGIN, "schemaRegistry.existingSecret", "popsink-vault-schema-registry"),
        ("205", {}, "schemaRegistry", None),
    ],
)
def test_values(chart_of: Charts, name: str, changes: dict[str, Any], path: str, value: Any) -> None:
    assert dig(planned(chart_of(name), changes).values, path) == value


@pytest.mark.parametrize(
    ("changes", "password"),
    [
        ({}, "database_password"),
        ({"schema_registry_database_name": "schemas"}, "database_password"),
        ({"schema_registry_database_user": "kora"}, "schema_registry_database_password"),
        ({"schema_registry_database_host": "other.example"}, "schema_registry_database_password"),
    ],
    ids=str,
)
def test_a_role_of_its_own_has_a_password_of_its_own(
    chart_205: ChartFacts, changes: dict[str, Any], password: str
) -> None:
    (secret,) = [secret for secret in planned(chart_205, changes).secrets if secret.name.endswith("registry-database")]
    assert list(secret.data.values()) == [password]


@pytest.mark.parametrize(
    ("name", "changes", "id", "word"),
    [
        ("205", {"schema_registry_mode": "external"}, "schema_registry.url", "popsink_schema_registry_url"),
        ("205", {**EXTERNAL, "schema_registry_url": "registry:80"}, "schema_registry.url", "'registry:80'"),
        ("205", {**EXTERNAL, "schema_registry_url": "https://"}, "schema_registry.url", "popsink_schema_registry_url"),
        ("205", {"schema_registry_url": URL}, "schema_registry.mode", "popsink_schema_registry_mode to external"),
        ("60", KAFKA, "schema_registry.mode", "popsink_schema_registry_mode to external"),
        (
            "205",
            {"schema_registry_database_user": "a b"},
            "inputs.schema_registry_database_user",
            "popsink_schema_registry_database_user",
        ),
        (
            "205",
            {"schema_registry_database_port": 0},
            "inputs.schema_registry_database_port",
            "popsink_schema_registry_database_port",
        ),
    ],
)
def test_a_combination_that_is_refused(
    chart_of: Charts, name: str, changes: dict[str, Any], id: str, word: str
) -> None:
    (wrong,) = failures(planned(chart_of(name), changes).findings)
    assert (wrong.id, word in f"{wrong.found} {wrong.remedy}") == (id, True)


@pytest.mark.parametrize(
    ("name", "changes"),
    [("60", {**KAFKA, **EXTERNAL}), ("205", KAFKA), ("205", LOGIN), ("60", LOGIN), ("205", DATABASE)],
)
def test_a_combination_that_is_taken(chart_of: Charts, name: str, changes: dict[str, Any]) -> None:
    assert failures(planned(chart_of(name), changes).findings) == []


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"schema_registry_database_user": "kora"}, "schema_registry_database_password"),
        (LOGIN, "schema_registry_username"),
        (LOGIN, "schema_registry_password"),
    ],
)
def test_what_only_the_user_knows_must_be_supplied(
    chart_205: ChartFacts, changes: dict[str, Any], missing: str
) -> None:
    plan = build_plan(inputs(**changes), chart_205, ALL - {missing})
    assert [finding.found for finding in failures(plan.findings)] == [f"popsink_{missing} is not set."]


def warnings(chart: ChartFacts, changes: dict[str, Any]) -> str:
    found = planned(chart, changes).findings
    return " ".join(finding.found for finding in found if finding.status == WARN and "registry" in finding.id)


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("205", {}, ""),
        (
            "205",
            {"schema_registry_database_user": "kora"},
            "nothing here makes: kora, for database popsink on popsink-",
        ),
        # What is made.
        ("205", {"schema_registry_database_name": "schemas"}, ""),
        ("205", {"schema_registry_database_user": "kora", "schema_registry_database_name": "kora"}, ""),
        # What is outside of the chart is looked at before a rollout.
        ("205", {"schema_registry_database_host": "other.example"}, ""),
        ("60", EXTERNAL, "insist on a login"),
        ("60", LOGIN, ""),
        ("74", EXTERNAL, ""),
    ],
)
def test_what_nothing_here_sees_to_is_told(chart_of: Charts, name: str, changes: dict[str, Any], told: str) -> None:
    said = warnings(chart_of(name), changes)
    assert told in said if told else said == ""


@pytest.mark.parametrize(
    ("changes", "shared"),
    [
        ({}, True),
        ({"schema_registry_database_port": 7000}, True),
        ({"schema_registry_database_user": "kora"}, False),
        ({"schema_registry_database_name": "schemas"}, False),
        ({"schema_registry_database_host": "other.example"}, False),
    ],
    ids=str,
)
def test_whether_the_database_is_shared(changes: dict[str, Any], shared: bool) -> None:
    assert shares_database(inputs(**changes)) is shared


@pytest.mark.parametrize(
    ("name", "changes", "owner"),
    [
        ("205", {"schema_registry_database_name": "schemas"}, ("schemas", "popsink", "", "database_password")),
        (
            "205",
            {"schema_registry_database_name": "schemas", "schema_registry_database_user": "kora"},
            ("schemas", "kora", "kora", "schema_registry_database_password"),
        ),
        ("205", {}, None),
        ("205", {"schema_registry_database_user": "kora"}, None),
        ("205", {"schema_registry_database_name": "schemas", "schema_registry_database_host": "other.example"}, None),
        ("205", {"schema_registry_database_name": "schemas", "database_mode": "external"}, None),
        ("205", {"schema_registry_database_name": "schemas", **EXTERNAL}, None),
        ("60", {"schema_registry_database_name": "schemas"}, None),
    ],
    ids=str,
)
def test_what_is_made_in_the_bundled_server(
    chart_of: Charts, name: str, changes: dict[str, Any], owner: tuple[str, ...] | None
) -> None:
    found = plan_bundled_database(inputs(**changes), chart_of(name))
    if owner is None:
        assert found is None
        return
    assert found is not None
    server, wanted = found["server"], found["wanted"]
    assert (wanted["name"], wanted["role"], server["registry_user"], wanted["password"]) == owner
    assert server["pod"] == "popsink-postgresql-0"
