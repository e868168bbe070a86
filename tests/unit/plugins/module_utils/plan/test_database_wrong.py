"""Inputs of databases that do not go together: one finding each, and none for those that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import WARN, failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.known import supplied_in_vain

from tests.unit.plugins.certificates import pair
from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

CERTIFICATE = pair().certificate
DAMAGED = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"
ASKED = {"database_admin_dsn", "database_client_key"}
GIVEN = ALL - ASKED
EXTERNAL: dict[str, Any] = {"database_mode": "external", "database_host": "db.example"}
CREATED = {**EXTERNAL, "database_create": True}
KORA: dict[str, Any] = {"schema_registry_database_name": "kora", "schema_registry_database_user": "kora"}
VERIFIED = {"database_sslmode": "verify-full", "database_ca_cert": CERTIFICATE}
ORACLE = {"schema_registry_database_backend": "oracle"}


def without_certificate(value: object) -> str:
    """The same name of a row in each process: the certificate is another in each."""
    return str(value).replace(repr(CERTIFICATE), "PEM")


def wrong(chart: ChartFacts, changes: dict[str, Any], *secrets: str) -> list[tuple[str, str]]:
    plan = build_plan(inputs(**changes), chart, GIVEN | set(secrets))
    known = ASKED & set(secrets)
    return [(finding.id, finding.found) for finding in (*failures(plan.findings), *supplied_in_vain(plan, known))]


@pytest.mark.parametrize(
    ("changes", "id", "words"),
    [
        ({"database_host": "db.example"}, "database.mode", "popsink_database_host is set"),
        ({"database_port": 6432}, "database.mode", "popsink_database_port is set"),
        ({"database_create": True}, "database.mode", "popsink_database_create is set"),
        ({"database_sslmode": "require"}, "database.mode", "popsink_database_sslmode is set"),
        (VERIFIED, "database.mode", "popsink_database_sslmode and popsink_database_ca_cert are set"),
        (
            {**EXTERNAL, "database_sslmode": "verify-ca"},
            "database.ca_cert",
            "not set, nor popsink_ca_certificates",
        ),
        ({**EXTERNAL, "database_ca_cert": CERTIFICATE}, "database.ca_cert", "verifies nothing"),
        (
            {**EXTERNAL, **VERIFIED, "database_ca_cert": "/etc/ca.pem"},
            "inputs.database_ca_cert",
            "no certificate in PEM",
        ),
        ({**EXTERNAL, **VERIFIED, "database_ca_cert": DAMAGED}, "inputs.database_ca_cert", "no certificate in PEM"),
        ({"database_pods_sslmode": "require"}, "database.mode", "popsink_database_pods_sslmode is set"),
        (
            {**EXTERNAL, "database_pods_sslmode": "verify-full"},
            "database.pods_sslmode",
            "is 'verify-full', and popsink_ca_certificates is not set",
        ),
        (CREATED, "secrets.database_admin_dsn", "popsink_database_admin_dsn is not set"),
        (
            {**EXTERNAL, "database_client_cert": CERTIFICATE},
            "secrets.database_client_key",
            "popsink_database_client_key is not set",
        ),
        ({**EXTERNAL, "database_host": "postgres://db.example/x"}, "inputs.database_host", "no name or address"),
        ({**EXTERNAL, "database_user": "app@a@b"}, "inputs.database_user", "no name that PostgreSQL"),
        (ORACLE, "schema_registry.backend", "_host and popsink_schema_registry_database_name and"),
        (
            {**ORACLE, **KORA, "schema_registry_mode": "external", "schema_registry_url": "http://r.example"},
            "schema_registry.database",
            "popsink_schema_registry_mode is 'external'",
        ),
    ],
    ids=without_certificate,
)
def test_one_finding(chart_205: ChartFacts, changes: dict[str, Any], id: str, words: str) -> None:
    ((found, said),) = wrong(chart_205, changes)
    assert (found, words in said) == (id, True)


def test_a_damaged_client_certificate(chart_205: ChartFacts) -> None:
    changes = {**EXTERNAL, "database_client_cert": DAMAGED}
    ((found, said),) = wrong(chart_205, changes, "database_client_key")
    assert (found, "no certificate in PEM" in said) == ("inputs.database_client_cert", True)


@pytest.mark.parametrize(
    ("changes", "id", "words"),
    [
        ({"database_name": "postgres"}, "database.name", "popsink_database_name is 'postgres'"),
        (
            {**KORA, "schema_registry_database_name": "template1"},
            "database.name",
            "popsink_schema_registry_database_name",
        ),
        (
            {**KORA, "schema_registry_database_user": "popsink"},
            "schema_registry.database_user",
            "the data plane's role",
        ),
        ({"schema_registry_database_user": "kora"}, "schema_registry.database_name", "owns a database of its own"),
        (
            {**KORA, "schema_registry_database_name": "popsink"},
            "schema_registry.database_name",
            "a database of its own",
        ),
    ],
    ids=without_certificate,
)
def test_one_finding_of_what_is_to_be_made(chart_205: ChartFacts, changes: dict[str, Any], id: str, words: str) -> None:
    ((found, said),) = wrong(chart_205, {**CREATED, **changes}, "database_admin_dsn")
    assert (found, words in said) == (id, True)


@pytest.mark.parametrize(
    ("changes", "secret"),
    [
        ({}, "database_admin_dsn"),
        (EXTERNAL, "database_admin_dsn"),
        (EXTERNAL, "database_client_key"),
    ],
)
def test_a_secret_in_vain(chart_205: ChartFacts, changes: dict[str, Any], secret: str) -> None:
    ((found, said),) = wrong(chart_205, changes, secret)
    assert (found, "nothing reads it" in said) == (f"secrets.{secret}", True)


@pytest.mark.parametrize(
    ("changes", "secrets"),
    [
        (EXTERNAL, ()),
        ({**EXTERNAL, **VERIFIED}, ()),
        ({**EXTERNAL, **VERIFIED, "database_client_cert": CERTIFICATE}, ("database_client_key",)),
        ({**EXTERNAL, **KORA}, ()),
        ({**EXTERNAL, "database_sslmode": "disable"}, ()),
        ({**EXTERNAL, "database_pods_sslmode": "require"}, ()),
        ({**EXTERNAL, "database_user": "app@db"}, ()),
        (CREATED, ("database_admin_dsn",)),
        ({**CREATED, **KORA}, ("database_admin_dsn",)),
        ({**CREATED, "schema_registry_database_name": "kora"}, ("database_admin_dsn",)),
        # Kora's server alone is outside.
        ({**VERIFIED, **KORA, "schema_registry_database_host": "other.example"}, ()),
        ({**ORACLE, **KORA, "schema_registry_database_host": "ora.example"}, ()),
    ],
    ids=without_certificate,
)
def test_what_goes_together(chart_205: ChartFacts, changes: dict[str, Any], secrets: tuple[str, ...]) -> None:
    assert wrong(chart_205, changes, *secrets) == []


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        (EXTERNAL, set()),
        ({**EXTERNAL, **KORA}, set()),
        (CREATED, {"database_password"}),
        ({**CREATED, **KORA}, {"database_password", "schema_registry_database_password"}),
        ({**CREATED, **KORA, "schema_registry_database_host": "other.example"}, {"database_password"}),
    ],
    ids=[
        "external",
        "external, a registry of its own",
        "made",
        "made, a registry of its own",
        "made, a registry elsewhere",
    ],
)
def test_passwords_are_generated_only_for_roles_that_are_made(
    chart_205: ChartFacts, changes: dict[str, Any], made: set[str]
) -> None:
    passwords = {"database_password", "schema_registry_database_password"}
    plan = build_plan(inputs(**changes), chart_205, ALL - passwords)
    read = {name for secret in plan.secrets for name in secret.data.values()} & passwords
    asked = {finding.id.removeprefix("secrets.") for finding in failures(plan.findings)}
    assert read - asked == made


@pytest.mark.parametrize("name", ["60", "205"])
def test_a_database_of_a_registry_that_has_none_is_told(chart_of: Charts, name: str) -> None:
    plan = build_plan(inputs(**EXTERNAL, **KORA), chart_of(name), GIVEN)
    told = [item for item in plan.findings if (item.id, item.status) == ("schema_registry.database", WARN)]
    assert bool(told) == (name == "60")
