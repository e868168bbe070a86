"""Every chart with every choice of storage, database and schema registry: right values, and what is refused.

Helm itself renders the values; what the inputs meant is then looked for in the pods, not in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.ignored import ignored
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan

from tests.lab.chart.versions import VERSIONS
from tests.unit.plugins.rendering import LITERALS, Objects, environment, objects_of, pods, provided, references, render
from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

ROLE = "arn:aws:iam::123:role/popsink"


@dataclass(frozen=True)
class Choice:
    """One choice.

    :ivar inputs: how it is made.
    :ivar refused: the finding's id by chart number, None where the chart takes it.
    :ivar seen: what the pods must have: (workload without release, variable) to value; None for no such variable.
    """

    inputs: dict[str, Any]
    seen: dict[tuple[str, str], Any]
    refused: Callable[[int], str | None] = lambda _number: None


def secret(name: str, key: str) -> tuple[str, str]:
    return f"popsink-vault-{name}", key


KEYS = {("tansu", "AWS_ACCESS_KEY_ID"): secret("broker-storage", "aws-access-key-id")}
NO_KEYS = {("tansu", "AWS_ACCESS_KEY_ID"): None}
STORAGE = {
    "keys": Choice(
        {}, {**KEYS, ("tansu", "STORAGE_ENGINE"): "s3://records/kafka/", ("tansu", "AWS_REGION"): "eu-west-1"}
    ),
    "endpoint": Choice(
        {"s3_endpoint": "http://minio.example:9000"},
        {**KEYS, ("tansu", "AWS_ENDPOINT"): "http://minio.example:9000", ("tansu", "AWS_ALLOW_HTTP"): "true"},
    ),
    "role": Choice(
        {"s3_auth": "irsa", "s3_irsa_role_arn": ROLE, "s3_assumed_role_arn": ROLE},
        {**NO_KEYS, ("tansu", "AWS_ASSUMED_ROLE_ARN"): ROLE},
    ),
    "ambient": Choice({"s3_auth": "ambient"}, NO_KEYS),
    "azure": Choice(
        {"storage_type": "azure", "azure_account": "acc", "azure_container": "rec", "azure_client_id": "client"},
        {**NO_KEYS, ("tansu", "STORAGE_ENGINE"): "abfss://rec@acc.dfs.core.windows.net/kafka/"},
        lambda number: None if number >= 178 else "storage.azure",
    ),
    "azure by environment": Choice(
        {
            "storage_type": "azure",
            "azure_account": "acc",
            "azure_container": "rec",
            "azure_environment_secret": "azure-login",
        },
        {("tansu", "STORAGE_ENGINE"): "abfss://rec@acc.dfs.core.windows.net/kafka/"},
        lambda number: None if number >= 178 else "storage.azure",
    ),
    "postgresql": Choice(
        {"storage_type": "postgresql", "bucket": "", "bucket_region": ""},
        {("tansu", "STORAGE_ENGINE"): LITERALS["storage_postgresql_url"]},
        lambda number: None if number <= 131 else "storage.postgresql",
    ),
    "own kafka": Choice(
        {
            "kafka_mode": "external",
            "kafka_bootstrap_server": "kafka.example:9093",
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_sasl_username": "popsink",
            "bucket": "",
            "bucket_region": "",
        },
        {
            ("data-plane", "DEFAULT_KAFKA_BOOTSTRAP_SERVER"): "kafka.example:9093",
            ("data-plane", "DEFAULT_KAFKA_SECURITY_PROTOCOL"): "SASL_SSL",
            ("data-plane", "DEFAULT_KAFKA_SASL_MECHANISM"): "SCRAM-SHA-512",
            ("data-plane", "DEFAULT_KAFKA_SASL_USERNAME"): "popsink",
            ("data-plane", "DEFAULT_KAFKA_SASL_PASSWORD"): LITERALS["kafka_sasl_password"],
        },
    ),
}
DATABASE = {
    "bundled": Choice(
        {},
        {
            ("data-plane", "DB_HOST"): "popsink-postgresql",
            ("data-plane", "DB_PASSWORD"): secret("postgresql", "password"),
        },
    ),
    "external": Choice(
        {"database_mode": "external", "database_host": "db.example", "database_port": 6432, "database_user": "dp"},
        {
            ("data-plane", "DB_HOST"): "db.example",
            ("data-plane", "DB_PORT"): "6432",
            ("data-plane", "DB_USER"): "dp",
            ("data-plane", "DB_DATABASE"): "popsink",
            ("data-plane", "DB_PASSWORD"): secret("database", "db-password"),
        },
    ),
}
REGISTRY = {
    "bundled": Choice({}, {}),
    "database of its own": Choice(
        {"schema_registry_database_user": "kora", "schema_registry_database_name": "schemas"},
        {("kora", "KORA_DB_USER"): "kora", ("kora", "KORA_DB_DATABASE"): "schemas"},
    ),
    "external": Choice(
        {"schema_registry_mode": "external", "schema_registry_url": "https://registry.example"},
        {
            ("data-plane", "SCHEMA_REGISTRY_URL"): "https://registry.example",
            ("data-plane", "SCHEMA_REGISTRY_USERNAME"): None,
        },
    ),
    "external with login": Choice(
        {
            "schema_registry_mode": "external",
            "schema_registry_url": "https://registry.example",
            "schema_registry_auth": "basic",
        },
        {
            ("data-plane", "SCHEMA_REGISTRY_USERNAME"): secret("schema-registry", "schema-registry-username"),
            ("data-plane", "SCHEMA_REGISTRY_PASSWORD"): secret("schema-registry", "schema-registry-password"),
        },
    ),
}
NUMBERS = [version.number for version in VERSIONS]
#: Which workloads a chart has, from the vendor's table of components. Kotatsu reads the bucket and is off from .162 on.
COMPONENTS: dict[str, Callable[[int], bool]] = {
    "karapace": lambda number: number <= 90,
    "kora": lambda number: number >= 91,
    "kafka-ui": lambda number: number <= 70,
    "kotatsu": lambda number: 71 <= number <= 161,
    "metrics-exporter": lambda number: number <= 74,
}
Row = tuple[int, str, str, str]
ROWS: list[Row] = list(product(NUMBERS, STORAGE, DATABASE, REGISTRY))


def refusal(row: Row) -> str | None:
    """The id of the finding that must end a row, by the vendor's table of versions."""
    number, storage, _database, registry = row
    if reason := STORAGE[storage].refused(number):
        return reason
    on_the_broker = number <= 90 and registry in ("bundled", "database of its own")
    return "schema_registry.mode" if storage == "own kafka" and on_the_broker else None


def choices(row: Row) -> list[Choice]:
    _number, storage, database, registry = row
    return [STORAGE[storage], DATABASE[database], REGISTRY[registry]]


def planned(chart_of: Charts, row: Row) -> tuple[Plan, ChartFacts]:
    chart = chart_of(str(row[0]))
    given = {name: value for choice in choices(row) for name, value in choice.inputs.items()}
    return build_plan(inputs(**given), chart, ALL), chart


def failures(plan: Plan) -> list[str]:
    return [finding.id for finding in plan.findings if finding.status == FAIL]


REFUSED = [row for row in ROWS if refusal(row)]
TAKEN = [row for row in ROWS if not refusal(row)]


def title(row: Row) -> str:
    return "-".join(str(part) for part in row)


@pytest.mark.parametrize("row", REFUSED, ids=title)
def test_what_a_chart_does_not_take_is_refused(chart_of: Charts, row: Row) -> None:
    assert set(failures(planned(chart_of, row)[0])) == {refusal(row)}


@pytest.mark.parametrize("row", TAKEN, ids=title)
def test_it_renders_to_what_was_meant(helm: str, chart_of: Charts, row: Row) -> None:
    plan, chart = planned(chart_of, row)
    assert failures(plan) == []
    assert ignored(OwnValues("plan", plan.values), chart, "x") == []
    objects = objects_of(render(helm, chart.archive, plan.values))
    assert list(differences(row, objects)) == []
    assert list(lost(plan, objects)) == []


def differences(row: Row, objects: Objects) -> Iterator[str]:
    """What the pods have otherwise than the row means it."""
    number, storage, database, registry = row
    workloads = {name.removeprefix("popsink-") for name, _spec in pods(objects)}
    wanted = {"data-plane"} | {name for name, there in COMPONENTS.items() if there(number)}
    wanted |= {"tansu"} if storage != "own kafka" else set()
    wanted |= {"postgresql"} if database == "bundled" else set()
    wanted -= {"kora", "karapace"} if registry.startswith("external") else set()
    wanted -= {"kotatsu"} if storage in ("own kafka", "azure", "azure by environment", "postgresql") else set()
    if workloads != wanted:
        yield f"workloads {sorted(workloads)}, not {sorted(wanted)}"
    for (workload, variable), value in {
        key: value for choice in choices(row) for key, value in choice.seen.items()
    }.items():
        # Karapace has no database; the row's own role is of no use there.
        if workload in workloads and environment(objects, f"popsink-{workload}").get(variable) != value:
            yield f"{workload}.{variable} is {environment(objects, f'popsink-{workload}').get(variable)}, not {value}"
    if "kora" in workloads:
        host = {"bundled": "popsink-postgresql", "external": "db.example"}[database]
        if environment(objects, "popsink-kora")["KORA_DB_HOST"] != host:
            yield "kora's database is elsewhere"
    for name, spec in pods(objects):
        if [entry["name"] for entry in spec.get("imagePullSecrets") or ()] != ["popsink-vault-image-pull"]:
            yield f"{name} has no pull secret"


def lost(plan: Plan, objects: Objects) -> Iterator[str]:
    """References of pods that lead nowhere."""
    there = provided(plan, objects) | {"azure-login": set()}
    for workload, name, key in references(objects):
        if name not in there or (key and key not in there[name]):
            yield f"{workload}: {name}.{key}"


@pytest.mark.parametrize("number", [number for number in NUMBERS if number >= 178])
def test_a_workload_identity_is_one_of_the_brokers_account(helm: str, chart_of: Charts, number: int) -> None:
    plan, chart = planned(chart_of, (number, "azure", "bundled", "bundled"))
    objects = objects_of(render(helm, chart.archive, plan.values))
    account = next(
        item for item in objects if item["kind"] == "ServiceAccount" and item["metadata"]["name"] == "popsink-tansu"
    )
    assert account["metadata"]["annotations"] == {"azure.workload.identity/client-id": "client"}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_role_is_one_of_the_brokers_account(helm: str, chart_of: Charts, number: int) -> None:
    plan, chart = planned(chart_of, (number, "role", "bundled", "bundled"))
    objects = objects_of(render(helm, chart.archive, plan.values))
    account = next(
        item for item in objects if item["kind"] == "ServiceAccount" and item["metadata"]["name"] == "popsink-tansu"
    )
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": ROLE}
