"""Chart values that somebody wrote by hand, read as inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.translation import translated
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import changed_paths, dig, merged

from tests.unit.plugins.guide import first_guide, later_guide
from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

#: Where a secret stood, the name of a Secret stands.
MOVED = {
    *("adminCredentials.username", "adminCredentials.password", "adminCredentials.existingSecret"),
    *("jwt.secret", "jwt.existingSecret", "deploymentJwtToken.token", "deploymentJwtToken.existingSecret"),
    *("connectorConfigEncryptionKey.key", "connectorConfigEncryptionKey.existingSecret"),
    *("postgresql.auth.password", "postgresql.auth.existingSecret"),
    *("imagePullSecret.create", "imagePullSecret.token", "global.imagePullSecrets"),
}


def plan_from(values: Mapping[str, Any], chart: ChartFacts, **changes: Any) -> Plan:
    """What the same file gives that is handed to popsink_values_files."""
    said = translated(values)
    own = (OwnValues("popsink_values_files", said.rest), OwnValues("popsink_values", {}))
    given = {name: value for name, value in said.inputs.items() if name != "image_pull_mode"}
    return build_plan(inputs(said.identity, own_values=own, **{**given, **changes}), chart, ALL)


def effective(values: Mapping[str, Any], chart: ChartFacts) -> dict[str, Any]:
    """What the templates see, the broker under one name."""
    whole = merged(chart.values, values)
    broker = merged(whole.pop("tansu"), whole.pop("kodansu", {}))
    return {**whole, "tansu": broker}


@pytest.mark.parametrize(
    ("number", "values", "further"),
    [
        ("60", first_guide(), set()),
        ("205", later_guide(), {"kora.database.password", "kora.database.existingSecret"}),
    ],
    ids=["first", "later"],
)
def test_the_guides_values_come_out_again(
    chart_of: Charts, number: str, values: dict[str, Any], further: set[str]
) -> None:
    """The same inputs give the same chart values, but for secrets, which have moved."""
    chart = chart_of(number)
    plan = plan_from(values, chart)
    assert [finding for finding in plan.findings if finding.status == FAIL] == []
    assert set(changed_paths(effective(values, chart), effective(plan.values, chart))) == MOVED | further


def test_what_no_longer_applies_of_the_first_guide_is_told(chart_205: ChartFacts) -> None:
    values = {**first_guide(), "kafkaUi": {"enabled": True}, "metricsExporter": {"enabled": True}}
    wrong = [finding for finding in plan_from(values, chart_205).findings if finding.status == FAIL]
    told = {finding.found.split(" in ")[0].split(" is ")[0]: finding.remedy for finding in wrong}
    assert {path.rpartition("files.")[2]: remedy.split(":")[1].strip() for path, remedy in told.items()} == {
        "karapace": "kora",
        "kafkaUi": "kotatsu",
        "metricsExporter": "nothing",
    }


def test_the_users_answer_lets_it_through(chart_205: ChartFacts) -> None:
    plan = plan_from(first_guide(), chart_205, values_ignored=["karapace"])
    assert [finding for finding in plan.findings if finding.status == FAIL] == []
    assert dig(plan.values, "karapace") is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"replicaCount": 3}, {"replicas": 3}),
        ({"tansu": {"replicaCount": 5}}, {"broker_replicas": 5, "s3_auth": None}),
        (
            {"tansu": {"storage": {"engine": "s3://b/p/q/"}}},
            {"bucket": "b", "bucket_prefix": "p/q/", "s3_auth": "ambient"},
        ),
        ({"tansu": {"storage": {"engine": "s3://b"}}}, {"bucket": "b", "bucket_prefix": ""}),
        (
            {"kodansu": {"storage": {"engine": "abfss://c@acc.dfs.core.windows.net/k/"}, "extraEnvVarsSecret": "s"}},
            {"storage_type": "azure", "azure_account": "acc", "azure_container": "c", "azure_environment_secret": "s"},
        ),
        ({"tansu": {"storage": {"engine": "postgres://u:p@h/d"}}}, {"storage_type": "postgresql"}),
        (
            {"tansu": {"enabled": False}, "defaultKafka": {"bootstrapServer": "k:9092"}},
            {"kafka_mode": "external", "kafka_bootstrap_server": "k:9092"},
        ),
        (
            {
                "postgresql": {"enabled": False},
                "externalDatabase": {"host": "h", "port": 5, "user": "u", "database": "d"},
            },
            {
                "database_mode": "external",
                "database_host": "h",
                "database_port": 5,
                "database_user": "u",
            },
        ),
        (
            {"schemaRegistry": {"url": "https://r", "username": "u", "password": "p"}},
            {"schema_registry_mode": "external", "schema_registry_url": "https://r", "schema_registry_auth": "basic"},
        ),
        (
            {"kora": {"database": {"host": "popsink-postgresql", "user": "popsink", "database": "popsink"}}},
            {"schema_registry_database_user": None, "schema_registry_database_host": None},
        ),
        (
            {"kora": {"database": {"host": "other.example", "port": 6, "user": "k", "database": "s"}}},
            {
                "schema_registry_database_host": "other.example",
                "schema_registry_database_port": 6,
                "schema_registry_database_user": "k",
                "schema_registry_database_name": "s",
            },
        ),
        (
            {"jwt": {"existingSecret": "mine", "secretKeys": {"secret": "k"}}},
            {"existing_secrets": {"jwt": "mine"}, "secret_keys": {"jwt": {"secret": "k"}}},
        ),
        (
            {"kodansu": {"storage": {"aws": {"existingSecret": "mine"}}}},
            {"existing_secrets": {"kodansu.storage.aws": "mine"}},
        ),
        (
            {
                "postgresql": {"enabled": False},
                "externalDatabase": {"host": "db.example"},
                "kora": {"database": {"host": "shared-postgresql"}},
            },
            {"schema_registry_database_host": "shared-postgresql"},
        ),
        (
            {"kora": {"database": {"host": "popsink-postgresql", "port": 6432}}},
            {"schema_registry_database_host": None, "schema_registry_database_port": 6432},
        ),
        ({"global": {"imagePullSecrets": ["mine"]}}, {"image_pull_mode": "existing", "image_pull_secret": "mine"}),
        ({"imagePullSecret": {"create": True}}, {"image_pull_mode": "chart"}),
    ],
    ids=str,
)
def test_what_an_input_stands_for(values: dict[str, Any], expected: dict[str, Any]) -> None:
    said = translated(values).inputs
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("values", "name", "value"),
    [
        ({"adminCredentials": {"password": "x"}}, "admin_password", "x"),
        ({"postgresql": {"auth": {"password": "x"}}}, "database_password", "x"),
        ({"postgresql": {"enabled": False}, "externalDatabase": {"password": "x"}}, "database_password", "x"),
        ({"kora": {"database": {"password": "x"}}}, "database_password", "x"),
        ({"kora": {"database": {"user": "k", "password": "x"}}}, "schema_registry_database_password", "x"),
        ({"tansu": {"storage": {"engine": "postgres://u:p@h/d"}}}, "storage_postgresql_url", "postgres://u:p@h/d"),
        ({"kodansu": {"storage": {"aws": {"accessKeyId": "x"}}}}, "s3_access_key_id", "x"),
        ({"imagePullSecret": {"create": True, "token": "x"}}, "image_pull_token", "x"),
        ({"adminCredentials": {"password": ""}}, "admin_password", None),
    ],
    ids=str,
)
def test_what_is_a_secret(values: dict[str, Any], name: str, value: str | None) -> None:
    said = translated(values)
    assert said.secrets.get(name) == value
    assert value is None or value not in str(said.rest) or (len(value) == 1 and not said.rest)


@pytest.mark.parametrize(
    "values",
    [
        {"podLabels": {"a": "b"}},
        {"kodansu": {"resources": {"limits": {"cpu": "1"}}}},
        {"karapace": {"enabled": True}},
        {"kora": {"database": {"url": "postgres://k:p@h/d"}}},
        {"global": {"imagePullSecrets": ["one", "two"]}},
        {"retention": {"type": "S3"}},
        {"tansu": {"storage": {"aws": {"allowHttp": True}}}},
        {"imagePullSecret": {"token": "x"}},
    ],
    ids=str,
)
def test_what_no_input_stands_for_stays(values: dict[str, Any]) -> None:
    assert translated(values).rest == values


def test_what_is_given_is_not_changed() -> None:
    values = {"tansu": {"enabled": True, "storage": {"engine": "s3://b/"}}}
    translated(values)
    assert values == {"tansu": {"enabled": True, "storage": {"engine": "s3://b/"}}}
