"""Inputs of another Kafka and another schema registry that do not go together: one finding each, with the variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.known import supplied_in_vain

from tests.unit.plugins.certificates import pair
from tests.unit.plugins.samples import ALL, inputs

PEM = pair().certificate
PASSWORD, KEY = "kafka_sasl_password", "kafka_client_key"
REGISTRY_LOGIN = ("schema_registry_username", "schema_registry_password")

#: In order.
KAFKA = {
    "kafka_mode": "external",
    "kafka_bootstrap_server": "kafka-1.example:9093,kafka-2.example:9093",
    "bucket": "",
    "bucket_region": "",
}
LOGIN = {
    **KAFKA,
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-512",
    "kafka_sasl_username": "popsink",
    "kafka_ca_cert": PEM,
}
CERTIFICATE = {**KAFKA, "kafka_security_protocol": "SSL", "kafka_ca_cert": PEM, "kafka_client_cert": PEM}
REGISTRY = {
    "schema_registry_mode": "external",
    "schema_registry_url": "https://registry.example",
    "schema_registry_auth": "basic",
}


def found(chart: ChartFacts, changes: dict[str, Any], *without: str) -> list[tuple[str, str, str]]:
    """Id, status and words of what is wrong; what is said of the chart that takes no Secret is not.

    :param without: secrets that have no value.
    """
    plan = build_plan(inputs(**changes), chart, ALL - set(without))
    return [
        (finding.id, finding.status, f"{finding.found} {finding.remedy}")
        for finding in plan.findings
        if finding.status in (FAIL, WARN) and finding.id != "secrets.defaultKafka"
    ]


@pytest.mark.parametrize(
    "changes",
    [KAFKA, LOGIN, CERTIFICATE, {**LOGIN, "kafka_client_cert": PEM}, REGISTRY, {**LOGIN, **REGISTRY}],
    ids=["open", "login", "certificate", "both", "registry", "with a registry"],
)
def test_inputs_in_order(chart_of: Callable[[str], ChartFacts], changes: dict[str, Any]) -> None:
    assert found(chart_of("205"), changes) == []


WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "servers for the bundled broker": ({"kafka_bootstrap_server": "k:9092"}, "kafka.mode", FAIL, "kafka_bootstrap"),
    "a login for the bundled broker": (
        {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "popsink"},
        "kafka.mode",
        FAIL,
        "popsink_kafka_security_protocol and popsink_kafka_sasl_username are set",
    ),
    "an authority for the bundled broker": ({"kafka_ca_cert": PEM}, "kafka.mode", FAIL, "popsink_kafka_ca_cert is set"),
    "no servers": ({**KAFKA, "kafka_bootstrap_server": ""}, "kafka.bootstrap_server", FAIL, "is not set"),
    "a server without a port": (
        {**KAFKA, "kafka_bootstrap_server": "kafka-1.example:9093,kafka-2.example"},
        "kafka.bootstrap_server",
        FAIL,
        "HOST:PORT",
    ),
    "a URL": ({**KAFKA, "kafka_bootstrap_server": "https://k:9092"}, "kafka.bootstrap_server", FAIL, "HOST:PORT"),
    "no mechanism": ({**LOGIN, "kafka_sasl_mechanism": ""}, "kafka.login", FAIL, "popsink_kafka_sasl_mechanism"),
    "no user": ({**LOGIN, "kafka_sasl_username": ""}, "kafka.login", FAIL, "popsink_kafka_sasl_username"),
    "small letters": (
        {**LOGIN, "kafka_sasl_mechanism": "scram-sha-512"},
        "kafka.mechanism",
        FAIL,
        "Write it SCRAM-SHA-512",
    ),
    "Kerberos": (
        {**LOGIN, "kafka_sasl_mechanism": "GSSAPI", "kafka_sasl_username": ""},
        "kafka.mechanism",
        WARN,
        "nothing here logs in by it",
    ),
    "OAuth": ({**LOGIN, "kafka_sasl_mechanism": "OAUTHBEARER"}, "kafka.mechanism", WARN, "nothing here logs in by it"),
    "a password in the open": (
        {**LOGIN, "kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_mechanism": "PLAIN", "kafka_ca_cert": ""},
        "kafka.unencrypted",
        WARN,
        "reads the password",
    ),
    "a mechanism without SASL": (
        {**KAFKA, "kafka_sasl_mechanism": "PLAIN"},
        "kafka.login",
        FAIL,
        "PLAINTEXT logs nobody in. Set popsink_kafka_security_protocol to SASL_PLAINTEXT",
    ),
    "a user with SSL": (
        {**CERTIFICATE, "kafka_sasl_username": "popsink"},
        "kafka.login",
        FAIL,
        "SSL logs nobody in. Set popsink_kafka_security_protocol to SASL_SSL",
    ),
    "an authority without TLS": ({**KAFKA, "kafka_ca_cert": PEM}, "kafka.ca_cert", FAIL, "PLAINTEXT uses no cert"),
    "a certificate without TLS": (
        {**LOGIN, "kafka_security_protocol": "SASL_PLAINTEXT", "kafka_ca_cert": "", "kafka_client_cert": PEM},
        "kafka.client_cert",
        FAIL,
        "SASL_PLAINTEXT uses no certificates. Set popsink_kafka_security_protocol to SASL_SSL",
    ),
    "an authority's path": ({**LOGIN, "kafka_ca_cert": "/etc/ca.pem"}, "kafka.ca_cert", FAIL, "not its path"),
    "a damaged certificate": (
        {**CERTIFICATE, "kafka_ca_cert": PEM[: len(PEM) // 2]},
        "kafka.ca_cert",
        FAIL,
        "no certificate in PEM",
    ),
    "a certificate's path": ({**CERTIFICATE, "kafka_client_cert": "c.pem"}, "kafka.client_cert", FAIL, "not its path"),
    "a bucket": ({**KAFKA, "bucket": "records"}, "kafka.store", WARN, "popsink_bucket is set"),
    "an account": ({**KAFKA, "azure_account": "acc"}, "kafka.store", WARN, "popsink_azure_account is set"),
    "a stream browser": ({**KAFKA, "kotatsu_enabled": True}, "components.kotatsu_enabled", FAIL, "reads an S3 bucket"),
    "a registry without a URL": ({**REGISTRY, "schema_registry_url": ""}, "schema_registry.url", FAIL, "is not set"),
    "a registry that is no URL": (
        {**REGISTRY, "schema_registry_url": "registry.example:8081"},
        "schema_registry.url",
        FAIL,
        "Begin it with https://",
    ),
    "a login in the registry's URL": (
        {**REGISTRY, "schema_registry_url": "https://me:shown-password@registry.example"},
        "schema_registry.url",
        FAIL,
        "has a login in it",
    ),
    "a registry for the bundled one": (
        {"schema_registry_url": "https://registry.example"},
        "schema_registry.mode",
        FAIL,
        "popsink_schema_registry_url is set",
    ),
    "a login for the bundled registry": ({"schema_registry_auth": "basic"}, "schema_registry.mode", FAIL, "'basic'"),
    "a database of another registry": (
        {**REGISTRY, "schema_registry_database_user": "kora"},
        "schema_registry.database",
        FAIL,
        "sees to its own database",
    ),
}


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row.replace(" ", "-"))
def test_what_does_not_go_together(chart_of: Callable[[str], ChartFacts], row: str) -> None:
    changes, wanted, status, words = WRONG[row]
    ((name, severity, said),) = found(chart_of("205"), changes)
    assert (name, severity, words in said) == (wanted, status, True), said
    assert "popsink_" in said
    assert "shown-password" not in said


def test_the_registry_of_an_early_chart_runs_on_the_bundled_broker(chart_of: Callable[[str], ChartFacts]) -> None:
    ids = [name for name, status, _said in found(chart_of("60"), KAFKA) if status == FAIL]
    assert ids == ["schema_registry.mode"]


@pytest.mark.parametrize(
    ("changes", "secret"),
    [
        (LOGIN, PASSWORD),
        (CERTIFICATE, KEY),
        *((REGISTRY, name) for name in REGISTRY_LOGIN),
    ],
)
def test_a_secret_that_is_missing(chart_of: Callable[[str], ChartFacts], changes: dict[str, Any], secret: str) -> None:
    ((name, status, said),) = found(chart_of("205"), changes, secret)
    assert (name, status) == (f"secrets.{secret}", FAIL)
    assert f"popsink_{secret} is not set" in said


@pytest.mark.parametrize(
    ("changes", "secret"),
    [
        (KAFKA, PASSWORD),
        (LOGIN, KEY),
        ({}, PASSWORD),
        ({**REGISTRY, "schema_registry_auth": "none"}, "schema_registry_password"),
        ({}, "schema_registry_username"),
    ],
)
def test_a_secret_that_nothing_reads(
    chart_of: Callable[[str], ChartFacts], changes: dict[str, Any], secret: str
) -> None:
    plan = build_plan(inputs(**changes), chart_of("205"), ALL)
    (finding,) = supplied_in_vain(plan, [secret])
    assert (finding.id, finding.status) == (f"secrets.{secret}", FAIL)


def test_a_mechanism_without_a_user_needs_no_password(chart_of: Callable[[str], ChartFacts]) -> None:
    changes = {**LOGIN, "kafka_sasl_mechanism": "GSSAPI", "kafka_sasl_username": ""}
    assert [name for name, _status, _said in found(chart_of("205"), changes, PASSWORD)] == ["kafka.mechanism"]
