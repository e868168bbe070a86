"""What the vendor's guide warns of, on the charts for which it holds: one failure each, before anything is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan

from tests.unit.plugins.samples import ALL, inputs, snippet

Charts = Callable[[str], ChartFacts]

OWN_KAFKA: dict[str, Any] = {
    "kafka_mode": "external",
    "kafka_bootstrap_server": "kafka.example:9092",
    "bucket": "",
    "bucket_region": "",
}
AZURE: dict[str, Any] = {
    "storage_type": "azure",
    "azure_account": "acme",
    "azure_container": "popsink",
    "azure_client_id": "an-id",
}
OWN_DATABASE: dict[str, Any] = {"database_mode": "external", "database_host": "db.example"}


def broker(block: str, engine: str) -> dict[str, Any]:
    return {"values": {block: {"storage": {"engine": engine}}}}


#: By what is wrong: chart, inputs, and the finding's id.
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    # The broker's storage
    "S3 without a region": ("205", {"bucket_region": ""}, "storage.region"),
    "a role that is not named": ("205", {"s3_auth": "irsa"}, "storage.identity"),
    "PostgreSQL for records": ("132", {"storage_type": "postgresql"}, "storage.postgresql"),
    "PostgreSQL by a chart value": ("132", broker("tansu", "postgres://db.example/x"), "storage.values"),
    "Azure before its time": ("162", AZURE, "storage.azure"),
    "Azure by a chart value": ("162", broker("tansu", "abfss://c@a.dfs.core.windows.net/"), "storage.values"),
    "an Azure scheme that is refused": ("205", broker("kodansu", "wasbs://c@a/"), "storage.values"),
    "an https engine": ("205", broker("kodansu", "https://a.blob.core.windows.net/c"), "storage.values"),
    # Components
    "Kotatsu on Azure": ("205", {**AZURE, "kotatsu_enabled": True}, "components.kotatsu_enabled"),
    "Kotatsu with another Kafka": ("205", {**OWN_KAFKA, "kotatsu_enabled": True}, "components.kotatsu_enabled"),
    "Kotatsu by a chart value": (
        "205",
        {**OWN_KAFKA, "values": {"kotatsu": {"enabled": True}}},
        "components.values",
    ),
    "Karapace without a broker": ("60", OWN_KAFKA, "schema_registry.mode"),
    "another registry without URL": ("205", {"schema_registry_mode": "external"}, "schema_registry.url"),
    "Karapace's values for Kora": ("205", {"values": {"karapace": {"enabled": True}}}, "values.unknown"),
    "Kora's values for Karapace": ("60", {"values": {"kora": {"enabled": True}}}, "values.unknown"),
    "no replicas": ("205", {"replicas": 0}, "inputs.replicas"),
    "no replicas by a chart value": ("205", {"values": {"replicaCount": 0}}, "sizing.replicas"),
    "no brokers by a chart value": ("205", {"values": {"tansu": {"replicaCount": 0}}}, "sizing.replicas"),
    # Databases
    "another database without host": ("205", {"database_mode": "external"}, "database.host"),
    "another database without user": ("205", {**OWN_DATABASE, "database_user": ""}, "inputs.database_user"),
    "Oracle after its time": (
        "132",
        {**OWN_DATABASE, "values": {"externalDatabase": {"backend": "oracle"}}},
        "values.unknown",
    ),
    # Kafka
    "another Kafka without servers": ("205", {**OWN_KAFKA, "kafka_bootstrap_server": ""}, "kafka.bootstrap_server"),
    "a login without user": (
        "205",
        {**OWN_KAFKA, "kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "PLAIN"},
        "kafka.login",
    ),
    # Secrets and images
    "a secret beside its Secret": ("205", {"values": {"jwt": {"secret": "x"}}}, "values.collision"),
    "no administrator": ("205", {"values": {"adminCredentials": {"existingSecret": ""}}}, "values.secret"),
    "a pull secret without name": ("205", {"image_pull_mode": "existing"}, "image_pull.secret"),
    # Keys of early wizards, and slips
    "a bucket where nobody reads it": ("205", {"values": {"retention": {"s3": {"bucket": "x"}}}}, "values.unknown"),
    "the public URL without scheme": ("205", {"ingress_url": "popsink.example.com"}, "identity.ingress_url"),
    "the public URL in small letters": (
        "205",
        {"values": {"ingressurl": "https://popsink.example.com"}},
        "values.unknown",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_failure_tells_it(chart_of: Charts, case: str) -> None:
    number, changes, name = WRONG[case]
    plan = build_plan(inputs(**changes), chart_of(number), ALL)
    failures = [item for item in plan.findings if item.status == FAIL]
    assert [item.id for item in failures] == [name]
    assert failures[0].remedy


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"deploymentJwtToken": None}, "identity.token"),
        ({"deploymentJwtToken": "flat"}, "identity.token"),
        ({"deploymentMode": "CLOUD"}, "identity.mode"),
        ({"deploymentId": None}, "identity.snippet"),
        ({"controlPlaneUrl": "control-plane.example"}, "identity.snippet"),
    ],
)
def test_one_failure_tells_what_is_wrong_with_the_snippet(
    chart_205: ChartFacts, changes: dict[str, Any], name: str
) -> None:
    plan = build_plan(inputs(snippet(**changes)), chart_205, ALL)
    assert [item.id for item in plan.findings if item.status == FAIL] == [name]


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        ({"allowDesignLogin": True}, "values.development", "allowDesignLogin is on"),
        ({"pipelineMode": True}, "values.development", "pipelineMode is on"),
        ({"image": {"tag": "latest"}}, "values.image", "image.tag is latest"),
        ({"kora": {"image": {"tag": "latest"}}}, "values.image", "kora.image.tag is latest"),
    ],
)
def test_what_is_not_for_production_is_a_warning(
    chart_205: ChartFacts, values: dict[str, Any], name: str, words: str
) -> None:
    (finding,) = build_plan(inputs(values=values), chart_205, ALL).findings
    assert (finding.id, finding.status) == (name, WARN)
    assert words in finding.found


@pytest.mark.parametrize("number", ["43", "42", "3"])
def test_a_chart_that_does_not_boot_is_refused(chart_of: Charts, number: str) -> None:
    chart = replace(chart_of("44"), version=f"0.1.0-alpha.{number}")
    failures = [item.id for item in build_plan(inputs(), chart, ALL).findings if item.status == FAIL]
    assert "version.broken" in failures
