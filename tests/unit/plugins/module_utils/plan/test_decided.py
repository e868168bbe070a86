"""Chart values of the user's that say otherwise than the inputs: one failure each, whichever way they are handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.decided import DECIDED
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig, nested

from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

ROLE = "arn:aws:iam::111122223333:role/popsink"
OTHER_ROLE = "arn:aws:iam::111122223333:role/other"
KAFKA = {"kafka_mode": "external", "kafka_bootstrap_server": "kafka.example:9092", "bucket": "", "bucket_region": ""}
LOGIN = {
    **KAFKA,
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "PLAIN",
    "kafka_sasl_username": "popsink",
}
DATABASE = {"database_mode": "external", "database_host": "db.example"}
REGISTRY = {"schema_registry_mode": "external", "schema_registry_url": "https://registry.example"}
KORA = {
    "schema_registry_database_host": "kora.example",
    "schema_registry_database_name": "kora",
    "schema_registry_database_user": "kora",
}
ORACLE = {**KORA, "schema_registry_database_backend": "oracle"}
IRSA = {"s3_auth": "irsa", "s3_irsa_role_arn": ROLE}
CHART_INGRESS = {"ingress_mode": "chart"}

#: Chart, inputs, path of the user's value, that value, and the failure's id.
Row = tuple[str, dict[str, Any], str, Any, str]
CONTRADICTIONS: list[Row] = [
    ("205", {}, "controlPlaneUrl", "", "identity.values"),
    ("205", {}, "deploymentId", "", "identity.values"),
    ("205", {}, "deploymentMode", "STANDALONE", "identity.values"),
    ("205", {}, "ingressUrl", "https://other.example.com", "identity.values"),
    ("205", {}, "kodansu.enabled", False, "kafka.values"),
    ("205", {}, "tansu.enabled", False, "kafka.values"),
    ("60", {}, "tansu.enabled", False, "kafka.values"),
    ("205", {"storage_type": "s3", "bucket_manage": True}, "tansu.enabled", False, "kafka.values"),
    # A text is true to a template, and which text does not matter.
    ("205", {}, "tansu.enabled", "false", "kafka.values"),
    ("205", KAFKA, "kodansu.enabled", True, "kafka.values"),
    ("205", {}, "defaultKafka.bootstrapServer", "kafka.example:9092", "kafka.values"),
    ("205", KAFKA, "defaultKafka.bootstrapServer", "", "kafka.values"),
    ("205", KAFKA, "defaultKafka", None, "kafka.values"),
    ("205", LOGIN, "defaultKafka.securityProtocol", "PLAINTEXT", "kafka.values"),
    ("205", LOGIN, "defaultKafka.saslMechanism", "", "kafka.values"),
    ("205", LOGIN, "defaultKafka.saslUsername", None, "kafka.values"),
    ("205", {}, "kodansu.storage.engine", "s3://other/kafka/", "storage.values"),
    ("205", {}, "tansu.storage.engine", "", "storage.values"),
    ("60", {}, "tansu.storage.engine", "s3://records/", "storage.values"),
    ("205", {}, "kodansu.storage.engine", literal("x"), "storage.values"),
    ("205", {}, "tansu.storage.aws.region", "", "storage.values"),
    ("205", {"s3_endpoint": "https://s3.example"}, "tansu.storage.aws.endpoint", "", "storage.values"),
    ("205", IRSA, "tansu.storage.aws.irsaRoleArn", OTHER_ROLE, "storage.values"),
    ("205", {"s3_assumed_role_arn": ROLE}, "tansu.storage.aws.assumedRoleArn", "", "storage.values"),
    ("205", {}, "postgresql.enabled", False, "database.values"),
    ("205", DATABASE, "postgresql.enabled", True, "database.values"),
    ("205", {}, "postgresql.auth.username", "", "database.values"),
    ("205", {}, "postgresql.auth.database", "other", "database.values"),
    ("205", {}, "externalDatabase.host", "db.example", "database.values"),
    ("205", DATABASE, "externalDatabase.host", "other.example", "database.values"),
    ("205", DATABASE, "externalDatabase.port", 6432, "database.values"),
    ("205", DATABASE, "externalDatabase.user", "", "database.values"),
    ("205", DATABASE, "externalDatabase.database", None, "database.values"),
    ("60", DATABASE, "externalDatabase.user", "", "database.values"),
    ("205", {}, "kora.enabled", False, "schema_registry.values"),
    ("60", {}, "karapace.enabled", False, "schema_registry.values"),
    ("205", REGISTRY, "kora.enabled", True, "schema_registry.values"),
    ("205", REGISTRY, "schemaRegistry.url", "", "schema_registry.values"),
    ("205", {}, "schemaRegistry.url", "https://registry.example", "schema_registry.values"),
    ("205", {}, "kora.database", None, "schema_registry_database.values"),
    ("205", {}, "kora.database.host", "", "schema_registry_database.values"),
    ("205", KORA, "kora.database.port", 1, "schema_registry_database.values"),
    ("205", KORA, "kora.database.user", "", "schema_registry_database.values"),
    ("205", KORA, "kora.database.database", "popsink", "schema_registry_database.values"),
    ("205", ORACLE, "kora.database.backend", "postgresql", "schema_registry_database.values"),
    ("205", {}, "global.imagePullSecrets", [], "image_pull.values"),
    ("205", {}, "global.imagePullSecrets", None, "image_pull.values"),
    ("205", {}, "global.imagePullSecrets", [{"name": "other"}], "image_pull.values"),
    (
        "205",
        {"image_pull_mode": "existing", "image_pull_secret": "mine"},
        "global.imagePullSecrets",
        ["other"],
        "image_pull.values",
    ),
    ("205", {}, "ingress.enabled", True, "ingress.values"),
    ("205", CHART_INGRESS, "ingress.enabled", False, "ingress.values"),
    ("205", CHART_INGRESS, "ingress.hostname", "", "ingress.values"),
    ("205", CHART_INGRESS, "ingress.path", "/other", "ingress.values"),
    ("205", KAFKA, "kotatsu.enabled", True, "components.values"),
]


def label(row: Row) -> str:
    number, changes, path, value, _id = row
    return f"{number}: {path} {value} with {', '.join(changes) or 'nothing'}"


@pytest.mark.parametrize("source", ["popsink_values", "popsink_values_files"])
@pytest.mark.parametrize("row", CONTRADICTIONS, ids=label)
def test_one_failure_names_value_and_inputs(chart_of: Charts, row: Row, source: str) -> None:
    number, changes, path, value, name = row
    own = (OwnValues(source, nested(path, value)),)
    (wrong,) = failures(build_plan(inputs(own_values=own, **changes), chart_of(number), ALL).findings)
    shown = wrong.id, wrong.found.startswith(f"In {source} {path}"), "Remove" in wrong.remedy
    assert shown == (name, True, True)


def test_each_value_has_a_row() -> None:
    """Those of certificates aside, which go the same way as the login's."""
    paths = {path.replace("broker.", "kodansu.", 1) for decided in DECIDED for path in decided.paths}
    tried = {path.replace("tansu.", "kodansu.", 1) for _number, _changes, path, _value, _id in CONTRADICTIONS}
    assert paths - tried == {"defaultKafka.caCert", "defaultKafka.cert"}


def test_what_belongs_to_one_choice_is_one_failure(chart_205: ChartFacts) -> None:
    own = {"postgresql": {"enabled": False}, "externalDatabase": {"host": "db.example", "user": "u"}}
    (wrong,) = failures(build_plan(inputs(values=own), chart_205, ALL).findings)
    assert [word in wrong.found for word in ("postgresql.enabled is False", "externalDatabase.host is 'db.example'")]


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({}, "tansu.enabled", True),
        ({}, "kodansu.storage.engine", "s3://records/kafka"),
        (DATABASE, "externalDatabase.port", "5432"),
        (DATABASE, "postgresql.auth.username", "left"),
        ({}, "externalDatabase.user", "left"),
        ({}, "externalDatabase.host", ""),
        (KAFKA, "tansu.storage.engine", "s3://left/"),
        (REGISTRY, "kora.database.host", "left"),
        ({}, "kora.database.backend", "postgresql"),
        ({}, "global.imagePullSecrets", ["another", {"name": "popsink-vault-image-pull"}]),
        ({"image_pull_mode": "chart"}, "global.imagePullSecrets", []),
        ({"image_pull_mode": "none"}, "global.imagePullSecrets", ["mine"]),
        ({"ingress_mode": "none"}, "ingress", {"enabled": True, "hostname": "other.example"}),
        ({}, "ingress.hostname", "left"),
        ({}, "kotatsu.enabled", True),
        (KAFKA, "kotatsu", {"enabled": True, "s3": {"bucket": "b"}}),
        ({"secrets_in_values": ["kora.database"]}, "kora.database", {"url": literal("x"), "host": ""}),
        ({"values_ignored": ["tansu.enabled"]}, "tansu.enabled", False),
    ],
    ids=str,
)
def test_what_agrees_or_does_nothing_is_let_through(
    chart_205: ChartFacts, changes: dict[str, Any], path: str, value: Any
) -> None:
    assert failures(build_plan(inputs(values=nested(path, value), **changes), chart_205, ALL).findings) == []


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        (DATABASE, "externalDatabase.host", "<your-host>"),
        (DATABASE, "externalDatabase", "text"),
        ({}, "postgresql", ["x"]),
        ({}, "tansu", None),
    ],
    ids=str,
)
def test_what_is_told_otherwise_is_told_once(
    chart_205: ChartFacts, changes: dict[str, Any], path: str, value: Any
) -> None:
    found = failures(build_plan(inputs(values=nested(path, value), **changes), chart_205, ALL).findings)
    assert [item.id for item in found if item.id.endswith(".values")] == []
    assert len(found) == 1


def test_no_secret_and_no_long_text_is_shown(chart_205: ChartFacts) -> None:
    own = {"kodansu": {"storage": {"engine": literal("x"), "aws": {"region": "x" * 100}}}}
    (wrong,) = failures(build_plan(inputs(values=own), chart_205, ALL).findings)
    assert "x" * 100 not in wrong.found
    assert "kodansu.storage.engine is another" in wrong.found


def test_the_rollout_has_the_users_value_where_no_input_decides_it(chart_205: ChartFacts) -> None:
    plan = build_plan(inputs(values=nested("replicaCount", 5), replicas=3), chart_205, ALL)
    assert (dig(plan.values, "replicaCount"), failures(plan.findings)) == (5, [])
