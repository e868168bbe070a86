"""The plan: inputs and a chart in, values, Secrets and findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import Inputs
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, literal
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.storage import engine_url
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig, merged, nested
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.plugins.samples import ALL, DEPLOYMENT, OTHER_DEPLOYMENT, inputs, snippet, token_for

Charts = Callable[[str], ChartFacts]
EVERY = ("60", "205", "60-renamed", "205-renamed")


def plan_of(chart: ChartFacts, given: Inputs | None = None, known: Iterable[str] = ALL, **changes: Any) -> Plan:
    return build_plan(given or inputs(**changes), chart, known)


def found(plan: Plan, status: str) -> list[str]:
    return [finding.id for finding in plan.findings if finding.status == status]


def text(findings: Iterable[Finding]) -> str:
    return "\n".join(f"{finding.id}: {finding.found} {finding.remedy}" for finding in findings)


ON_EVERY_CHART: dict[str, Any] = {
    "controlPlaneUrl": "https://control-plane.example/api",
    "controlPlaneFrontendUrl": "https://control-plane.example",
    "deploymentMode": "SELF_HOSTED",
    "deploymentId": DEPLOYMENT,
    "deploymentJwtToken": {"existingSecret": "popsink-vault-deployment-token"},
    "ingressUrl": "https://popsink.example.com",
    "adminCredentials": {"existingSecret": "popsink-vault-admin-credentials"},
    "jwt": {"existingSecret": "popsink-vault-jwt"},
    "connectorConfigEncryptionKey": {"existingSecret": "popsink-vault-connector-config-encryption-key"},
    "imagePullSecret": {"create": False},
    "global": {"imagePullSecrets": ["popsink-vault-image-pull"]},
    "ingress": {"enabled": False},
    "postgresql.enabled": True,
    "postgresql.auth": {"username": "popsink", "database": "popsink", "existingSecret": "popsink-vault-postgresql"},
    "postgresql.primary": {"persistence": {"size": "50Gi"}},
}
STORAGE = {
    "engine": "s3://records/kafka/",
    "aws": {"region": "eu-west-1", "existingSecret": "popsink-vault-broker-storage"},
}
BY_VERSION: dict[str, dict[str, Any]] = {
    "60": {
        "tansu": {"enabled": True, "storage": STORAGE},
        "kodansu": None,
        "karapace": {"enabled": True},
        "kora": None,
    },
    "205": {
        "kodansu": {"enabled": True, "storage": STORAGE},
        "tansu": None,
        "karapace": None,
        "kora.enabled": True,
        "kora.database": {
            "host": "popsink-postgresql",
            "port": 5432,
            "user": "popsink",
            "database": "popsink",
            "existingSecret": "popsink-vault-schema-registry-database",
        },
    },
}


@pytest.mark.parametrize(
    ("chart", "path", "value"),
    [
        (name, path, value)
        for name in EVERY
        for path, value in {**ON_EVERY_CHART, **BY_VERSION[name.partition("-")[0]]}.items()
    ],
    indirect=["chart"],
)
def test_values(chart: ChartFacts, path: str, value: Any) -> None:
    assert dig(plan_of(chart).values, path) == value


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"release": "dp"}, "jwt.existingSecret", "dp-vault-jwt"),
        ({"release": "dp"}, "kora.database.host", "dp-postgresql"),
        ({"release": "dp"}, "global.imagePullSecrets", ["dp-vault-image-pull"]),
        ({"image_pull_secret": "mine"}, "global.imagePullSecrets", ["mine"]),
        ({"image_pull_mode": "existing", "image_pull_secret": "mine"}, "global.imagePullSecrets", ["mine"]),
        ({"ingress_url": "https://other.example"}, "ingressUrl", "https://other.example"),
        ({"bucket_prefix": ""}, "kodansu.storage.engine", "s3://records/"),
        ({"s3_endpoint": "http://minio:9000"}, "kodansu.storage.aws.endpoint", "http://minio:9000"),
        ({"s3_endpoint": "http://minio:9000"}, "kodansu.storage.aws.allowHttp", True),
        ({"s3_endpoint": "http://minio:9000"}, "kodansu.storage.aws.region", "eu-west-1"),
        ({"s3_endpoint": "https://minio:9000"}, "kodansu.storage.aws.allowHttp", False),
        ({}, "kodansu.storage.aws.endpoint", None),
        ({"database_name": "d"}, "postgresql.auth.database", "d"),
        ({"database_name": "d"}, "kora.database.database", "d"),
        ({"database_user": "u"}, "postgresql.auth.username", "u"),
        ({"database_user": "u"}, "kora.database.user", "u"),
        ({"database_storage_size": "9Gi"}, "postgresql.primary.persistence.size", "9Gi"),
        ({"database_storage_class": "ssd"}, "postgresql.primary.persistence.storageClass", "ssd"),
        ({}, "replicaCount", None),
        ({"replicas": 3}, "replicaCount", 3),
        ({"replicas": 0}, "replicaCount", 0),
        ({"broker_replicas": 1}, "kodansu.replicaCount", 1),
        ({}, "kodansu.replicaCount", None),
        ({"values": {"replicaCount": 5}, "replicas": 3}, "replicaCount", 5),
        ({"values": {"kora": {"podLabels": {"team": "data"}}}}, "kora.podLabels", {"team": "data"}),
        ({"values": {"kora": {"podLabels": {"team": "data"}}}}, "kora.database.port", 5432),
        ({"values": {"podLabels": {"team": "data"}}}, "podLabels", {"team": "data"}),
        ({"secret_keys": {"jwt": {"secret": "mine"}}}, "jwt.secretKeys", {"secret": "mine"}),
        ({}, "jwt.secretKeys", None),
    ],
)
def test_an_input_has_its_value(chart_205: ChartFacts, changes: dict[str, Any], path: str, value: Any) -> None:
    assert dig(plan_of(chart_205, **changes).values, path) == value


@pytest.mark.parametrize(
    ("bucket", "prefix", "url"),
    [
        ("b", "kafka/", "s3://b/kafka/"),
        ("b", "kafka", "s3://b/kafka/"),
        ("b", "/kafka/", "s3://b/kafka/"),
        ("b", "a/b", "s3://b/a/b/"),
        ("b", "", "s3://b/"),
        ("b", "/", "s3://b/"),
    ],
)
def test_engine_url(bucket: str, prefix: str, url: str) -> None:
    assert engine_url(bucket, prefix) == url


STANDARD_KEYS = {
    "deployment-token": {"deployment-jwt-token": "deployment_token"},
    "admin-credentials": {"admin-username": "admin_username", "admin-password": "admin_password"},
    "jwt": {"jwt-secret": "jwt_secret"},
    "connector-config-encryption-key": {"connector-config-encryption-key": "connector_config_encryption_key"},
    "image-pull": {".dockerconfigjson": "image_pull_docker_config"},
    "broker-storage": {"aws-access-key-id": "s3_access_key_id", "aws-secret-access-key": "s3_secret_access_key"},
    "postgresql": {"postgres-password": "database_admin_password", "password": "database_password"},
}
RENAMED_KEYS = {
    "deployment-token": {"DEPLOYMENT_JWT_TOKEN": "deployment_token"},
    "admin-credentials": {"ADMIN_PANEL_USERNAME": "admin_username", "ADMIN_PANEL_PASSWORD": "admin_password"},
    "jwt": {"JWT_SECRET": "jwt_secret"},
    "connector-config-encryption-key": {"CONNECTOR_CONFIG_ENCRYPTION_KEY": "connector_config_encryption_key"},
    "image-pull": {".dockerconfigjson": "image_pull_docker_config"},
    "broker-storage": {"AWS_ACCESS_KEY_ID": "s3_access_key_id", "AWS_SECRET_ACCESS_KEY": "s3_secret_access_key"},
    "postgresql": {"superuser-password": "database_admin_password", "owner-password": "database_password"},
}
SECRETS: dict[str, dict[str, dict[str, str]]] = {
    "60": STANDARD_KEYS,
    "60-renamed": RENAMED_KEYS,
    "205": {**STANDARD_KEYS, "schema-registry-database": {"kora-db-password": "database_password"}},
    "205-renamed": {**RENAMED_KEYS, "schema-registry-database": {"KORA_DB_PASSWORD": "database_password"}},
}


@pytest.mark.parametrize(("chart", "secrets"), SECRETS.items(), indirect=["chart"])
def test_secrets_and_their_keys(chart: ChartFacts, secrets: dict[str, dict[str, str]]) -> None:
    planned = {secret.name.removeprefix("popsink-vault-"): secret.data for secret in plan_of(chart).secrets}
    assert planned == secrets


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("secrets", ["deployment-token", "admin-credentials", "jwt", "connector-config-encryption-key"]),
        ("pull_secret", ["image-pull"]),
        ("storage", ["broker-storage"]),
        ("database", ["postgresql", "schema-registry-database"]),
    ],
)
def test_each_secret_has_its_role(chart_205: ChartFacts, role: str, names: list[str]) -> None:
    assert [secret["name"] for secret in plan_of(chart_205).secrets_of(role)] == [
        f"popsink-vault-{name}" for name in names
    ]


def test_a_key_name_of_the_user_wins(chart_205: ChartFacts) -> None:
    plan = plan_of(chart_205, secret_keys={"jwt": {"secret": "mine"}})
    assert {secret.name: secret.data for secret in plan.secrets}["popsink-vault-jwt"] == {"mine": "jwt_secret"}


def test_a_key_may_be_named_by_the_literal_too(chart_205: ChartFacts) -> None:
    """The chart calls it userPasswordKey; that is the block's password."""
    plan = plan_of(chart_205, secret_keys={"postgresql.auth": {"password": "mine"}})
    data = {secret.name: secret.data for secret in plan.secrets}["popsink-vault-postgresql"]
    assert data["mine"] == "database_password"


@pytest.mark.parametrize(
    "block", ["jwtt", "kora.databse", "schemaRegistry.typo"], ids=["misspelt", "misspelt below", "no such block"]
)
def test_key_names_for_a_block_that_there_is_not_are_told(chart_205: ChartFacts, block: str) -> None:
    assert f"popsink_secret_keys['{block}']" in text(plan_of(chart_205, secret_keys={block: {"secret": "x"}}).findings)


def with_defaults(chart: ChartFacts, values: dict[str, Any]) -> ChartFacts:
    return replace(chart, values=merged(chart.values, values))


def without(chart: ChartFacts, block: str, *names: str) -> ChartFacts:
    kept = {name: value for name, value in dig(chart.values, block).items() if name not in names}
    above, _dot, last = block.rpartition(".")
    parent = {**(dig(chart.values, above) if above else chart.values), last: kept}
    return replace(chart, values=merged(chart.values, nested(above, parent)) if above else parent)


def test_a_chart_that_takes_no_secret_gets_a_placeholder(chart_205: ChartFacts) -> None:
    plan = plan_of(without(chart_205, "jwt", "existingSecret"))
    assert plan.values["jwt"] == {"secret": literal("jwt_secret")}
    assert "secrets.jwt" in found(plan, WARN)


def test_a_chart_that_names_no_keys_gets_the_names_of_its_literals(chart_205: ChartFacts) -> None:
    plan = plan_of(without(chart_205, "jwt", "secretKeys"))
    assert {secret.name: secret.data for secret in plan.secrets}["popsink-vault-jwt"] == {"secret": "jwt_secret"}
    assert "popsink_secret_keys['jwt']" in text(plan.findings)


def test_a_purpose_that_nobody_knows_is_told(chart_205: ChartFacts) -> None:
    chart = with_defaults(chart_205, nested("adminCredentials.secretKeys.pin", "admin-pin"))
    plan = plan_of(chart)
    assert "adminCredentials.secretKeys has pin, whose purpose is not known" in text(plan.findings)


def test_a_key_without_a_name_is_not_written(chart_205: ChartFacts) -> None:
    """The API refuses a Secret with such a key."""
    chart = with_defaults(chart_205, nested("jwt.secretKeys.secret", ""))
    assert [secret.name for secret in plan_of(chart).secrets if "" in secret.data] == []


@pytest.mark.parametrize("name", EVERY)
def test_a_good_deployment_has_no_failure(chart_of: Charts, name: str) -> None:
    assert [finding for finding in plan_of(chart_of(name)).findings if finding.status == FAIL] == []


@pytest.mark.parametrize("name", ["205", "205-renamed"])
def test_nor_a_warning_with_the_newest_chart(chart_of: Charts, name: str) -> None:
    assert plan_of(chart_of(name)).findings == ()


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, ["version.migration_lock", "sizing.tasks"]),
        ({"replicas": 2}, ["version.migration_lock", "sizing.tasks"]),
        ({"replicas": 1}, ["version.migration_lock", "sizing.pdb"]),
        ({"replicas": 1, "pdb_enabled": False}, ["version.migration_lock"]),
        ({"values": {"replicaCount": 1, "pdb": {"create": False}}}, ["version.migration_lock"]),
        ({"values": {"autoscaling": {"hpa": {"enabled": True}}}}, ["version.migration_lock", "sizing.tasks"]),
    ],
)
def test_what_an_old_chart_warns_of(chart_of: Charts, changes: dict[str, Any], ids: list[str]) -> None:
    assert found(plan_of(chart_of("60"), **changes), WARN) == ids


def test_a_chart_that_does_not_boot_is_refused(chart_of: Charts) -> None:
    assert found(plan_of(replace(chart_of("60"), version="0.1.0-alpha.43")), FAIL) == ["version.broken"]


#: The snippet's changes, then the finding and what it says: what is wrong, and what to do.
BAD_SNIPPETS: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "flat token": (
        {"deploymentJwtToken": token_for(DEPLOYMENT)},
        "identity.token",
        ("is a bare string", "deploymentJwtToken: {token: ...}"),
    ),
    "no token": ({"deploymentJwtToken": None}, "identity.token", ("deploymentJwtToken is missing",)),
    "empty token": ({"deploymentJwtToken": {"token": ""}}, "identity.token", ("not an object with the key token",)),
    "token under another key": (
        {"deploymentJwtToken": {"jwt": token_for(DEPLOYMENT)}},
        "identity.token",
        ("not an object with the key token",),
    ),
    "list for a token": ({"deploymentJwtToken": ["x"]}, "identity.token", ("not an object with the key token",)),
    "token that is none": ({"deploymentJwtToken": {"token": "x"}}, "identity.token", ("is not a deployment token",)),
    "token of three parts that is none": (
        {"deploymentJwtToken": {"token": "a.b.c"}},
        "identity.token",
        ("is not a deployment token",),
    ),
    "token of another deployment": (
        {"deploymentJwtToken": {"token": token_for(OTHER_DEPLOYMENT)}},
        "identity.token",
        (f"belongs to deployment {OTHER_DEPLOYMENT}", f"deploymentId there is {DEPLOYMENT}"),
    ),
    "no id": ({"deploymentId": None}, "identity.snippet", ("deploymentId is missing",)),
    "id that is none": ({"deploymentId": "<uuid>"}, "identity.id", ("is not a UUID",)),
    "no control plane": ({"controlPlaneUrl": None}, "identity.snippet", ("controlPlaneUrl is missing",)),
    "no mode": ({"deploymentMode": None}, "identity.snippet", ("deploymentMode is missing",)),
    "another mode": ({"deploymentMode": "CLOUD"}, "identity.mode", ("'CLOUD'", "SELF_HOSTED", "STANDALONE")),
    "no public URL": ({"ingressUrl": None}, "identity.ingress_url", ("is not known", "popsink_ingress_url")),
    "public URL in the wrong case": (
        {"ingressUrl": None, "ingressurl": "https://x.example"},
        "identity.ingress_url",
        ("popsink_ingress_url",),
    ),
    "public URL without scheme": (
        {"ingressUrl": "popsink.example.com"},
        "identity.ingress_url",
        ("'popsink.example.com'", "scheme"),
    ),
    "public URL without host": (
        {"ingressUrl": "https://"},
        "identity.ingress_url",
        ("not a URL with scheme and host",),
    ),
    "public URL that is none": ({"ingressUrl": "https://[x"}, "identity.ingress_url", ("https://[x",)),
    "control plane without scheme": (
        {"controlPlaneUrl": "control-plane.example/api"},
        "identity.snippet",
        ("controlPlaneUrl",),
    ),
}


@pytest.mark.parametrize(("changes", "id", "words"), BAD_SNIPPETS.values(), ids=BAD_SNIPPETS)
def test_a_snippet_that_is_refused(
    chart_205: ChartFacts, changes: dict[str, Any], id: str, words: tuple[str, ...]
) -> None:
    plan = plan_of(chart_205, inputs(snippet(**changes)))
    wrong = [finding for finding in plan.findings if finding.status == FAIL]
    assert id in [finding.id for finding in wrong]
    assert [word for word in (*words, "popsink_onboarding_file") if word not in text(wrong)] == []


@pytest.mark.parametrize("changes", [row[0] for row in BAD_SNIPPETS.values()], ids=BAD_SNIPPETS)
def test_no_finding_shows_a_token(chart_205: ChartFacts, changes: dict[str, Any]) -> None:
    given = snippet(**changes)
    block = given.get("deploymentJwtToken")
    tokens = (
        {block}
        if isinstance(block, str)
        else {str(value) for value in block.values()}
        if isinstance(block, dict)
        else set()
    )
    shown = text(plan_of(chart_205, inputs(given)).findings)
    assert [token for token in tokens if len(token) > 10 and token in shown] == []


def test_an_empty_snippet_is_one_finding(chart_205: ChartFacts) -> None:
    plan = plan_of(chart_205, inputs({}, ingress_url="https://popsink.example.com"))
    assert found(plan, FAIL) == ["identity.snippet"]


def test_everything_wrong_is_found_at_once(chart_205: ChartFacts) -> None:
    given = snippet(deploymentId=None, ingressUrl=None)
    plan = plan_of(chart_205, inputs(given, bucket="", bucket_region=""), known=())
    assert {
        "identity.snippet",
        "identity.ingress_url",
        "storage.bucket",
        "storage.region",
        "secrets.s3_access_key_id",
    } <= set(found(plan, FAIL))


def test_a_deployment_without_control_plane_needs_no_token(chart_205: ChartFacts) -> None:
    given = {"deploymentMode": "STANDALONE", "ingressUrl": "https://popsink.example.com"}
    plan = plan_of(chart_205, inputs(given), known=ALL - {"deployment_token"})
    assert found(plan, FAIL) == []
    assert "popsink-vault-deployment-token" not in [secret.name for secret in plan.secrets]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"global": {"fqdn": "x.example"}}, "global.fqdn"),
        ({"retention": {"type": "s3"}}, "retention"),
        ({"metadata": {"x": 1}}, "metadata"),
        ({"ingressurl": "https://x.example"}, "ingressurl"),
        ({"karapace": {"enabled": True}}, "karapace"),
        ({"controlPlaneFrontendURL": "https://x.example"}, "controlPlaneFrontendURL"),
        ({"kora": {"databse": {"host": "x"}}}, "kora.databse"),
    ],
)
def test_what_the_chart_would_ignore_of_the_snippet_is_told(
    chart_205: ChartFacts, changes: dict[str, Any], words: str
) -> None:
    plan = plan_of(chart_205, inputs(snippet(**changes)))
    assert words in text(finding for finding in plan.findings if finding.status == WARN)


#: Inputs, then the finding and what it says.
BAD_INPUTS: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "no bucket": ({"bucket": ""}, "storage.bucket", ("popsink_bucket is not set",)),
    "bucket with a path": ({"bucket": "records/x"}, "inputs.bucket", ("'records/x'", "popsink_bucket_prefix")),
    "a region of two words": ({"bucket_region": "eu west"}, "inputs.bucket_region", ("'eu west'",)),
    "a key of two words": ({"bucket_manage": True, "bucket_kms_key": "a b"}, "inputs.bucket_kms_key", ("'a b'",)),
    "an issuer without scheme": ({"s3_oidc_issuer": "oidc.example/x"}, "inputs.s3_oidc_issuer", ("https://",)),
    "an issuer over http": ({"s3_oidc_issuer": "http://oidc.example/x"}, "inputs.s3_oidc_issuer", ("https://",)),
    "a client of Azure's by its name": (
        {"storage_type": "azure", "azure_account": "acme", "azure_container": "rec", "azure_client_id": "a b"},
        "inputs.azure_client_id",
        ("'a b'",),
    ),
    "an update mode in small letters": (
        {"vpa_enabled": True, "vpa_update_mode": "off"},
        "inputs.vpa_update_mode",
        ("'off'", "Off"),
    ),
    "bucket as URL": ({"bucket": "s3://records"}, "inputs.bucket", ("no name of a bucket",)),
    "bucket with a space": ({"bucket": "A B"}, "inputs.bucket", ("'A B'",)),
    "prefix that leads upwards": ({"bucket_prefix": "../x"}, "inputs.bucket_prefix", ("'../x'",)),
    "prefix with a question mark": ({"bucket_prefix": "a?b"}, "inputs.bucket_prefix", ("'a?b'",)),
    "no replicas": ({"replicas": 0}, "inputs.replicas", ("popsink_replicas is 0", "1 or more")),
    "fewer replicas than none": ({"broker_replicas": -1}, "inputs.broker_replicas", ("popsink_broker_replicas is -1",)),
    "too many replicas": ({"replicas": 2**31}, "inputs.replicas", ("popsink_replicas",)),
    "size that is none": ({"database_storage_size": "lots"}, "inputs.database_storage_size", ("'lots'", "50Gi")),
    "size without a unit": ({"database_storage_size": "50"}, "inputs.database_storage_size", ("at least 1Mi", "unit")),
    "size of another unit": ({"database_storage_size": "50k"}, "inputs.database_storage_size", ("'50k'",)),
    "size below nothing": ({"database_storage_size": "-5Gi"}, "inputs.database_storage_size", ("'-5Gi'",)),
    "database of two words": ({"database_name": "a b"}, "inputs.database_name", ("'a b'", "PostgreSQL")),
    "role with a semicolon": ({"database_user": "x;"}, "inputs.database_user", ("'x;'",)),
    "TLS Secret that is none": ({"ingress_tls_secret": "Not Valid"}, "inputs.ingress_tls_secret", ("'Not Valid'",)),
    "class that is none": ({"ingress_class": "A"}, "inputs.ingress_class", ("'A'",)),
    "annotation that is none": (
        {"ingress_annotations": {"a b": 1}},
        "inputs.ingress_annotations",
        ("'a b'", "popsink_ingress_annotations"),
    ),
    "annotation with an empty prefix": ({"ingress_annotations": {"/a": 1}}, "inputs.ingress_annotations", ("'/a'",)),
    "registry as URL": ({"image_registry": "http://x"}, "inputs.image_registry", ("'http://x'", "without a scheme")),
    "public host that is no DNS name": (
        {"ingress_url": "https://ünï.example/"},
        "inputs.ingress_url",
        ("popsink_ingress_url", "xn--"),
    ),
    "public host that is an address": ({"ingress_url": "https://192.0.2.1"}, "inputs.ingress_url", ("'192.0.2.1'",)),
    "public URL with no port": ({"ingress_url": "https://x.example:99999/"}, "identity.ingress_url", ("99999",)),
    "one value for a block": ({"values": {"pdb": "x"}}, "values.type", ("popsink_values.pdb",)),
    "a list for a block": ({"values": {"kora": {"image": []}}}, "values.type", ("popsink_values.kora.image",)),
    "no region": ({"bucket_region": ""}, "storage.region", ("popsink_bucket_region is not set",)),
    "endpoint without scheme": ({"s3_endpoint": "minio:9000"}, "storage.endpoint", ("popsink_s3_endpoint", "http://")),
    "endpoint that is a host": ({"s3_endpoint": "minio"}, "storage.endpoint", ("popsink_s3_endpoint",)),
    "endpoint without host": ({"s3_endpoint": "https://"}, "storage.endpoint", ("popsink_s3_endpoint",)),
    "endpoint that is none": ({"s3_endpoint": "http://["}, "storage.endpoint", ("popsink_s3_endpoint",)),
    "public URL that is none": ({"ingress_url": "x.example"}, "identity.ingress_url", ("popsink_ingress_url",)),
    "existing pull secret without name": (
        {"image_pull_mode": "existing"},
        "image_pull.secret",
        ("popsink_image_pull_secret is not set",),
    ),
    "literal beside its Secret": (
        {"values": {"jwt": {"secret": "x"}}},
        "values.collision",
        ("jwt.secret", "popsink_values"),
    ),
    "password beside its Secret": (
        {"values": {"postgresql": {"auth": {"password": "x"}}}},
        "values.collision",
        ("postgresql.auth.password",),
    ),
    "registry's password beside its Secret": (
        {"values": {"kora": {"database": {"password": "x"}}}},
        "values.collision",
        ("kora.database.password",),
    ),
    "broker's key beside its Secret": (
        {"values": {"kodansu": {"storage": {"aws": {"accessKeyId": "x"}}}}},
        "values.collision",
        ("kodansu.storage.aws.accessKeyId",),
    ),
    "broker's key by its former name": (
        {"values": {"tansu": {"storage": {"aws": {"secretAccessKey": "x"}}}}},
        "values.collision",
        ("tansu.storage.aws.secretAccessKey",),
    ),
}


@pytest.mark.parametrize(("changes", "id", "words"), BAD_INPUTS.values(), ids=BAD_INPUTS)
def test_an_input_that_is_refused(
    chart_205: ChartFacts, changes: dict[str, Any], id: str, words: tuple[str, ...]
) -> None:
    wrong = [finding for finding in plan_of(chart_205, **changes).findings if finding.status == FAIL]
    assert [finding.id for finding in wrong] == [id]
    assert [word for word in words if word not in text(wrong)] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("release", ""),
        ("release", "Popsink"),
        ("release", "data_plane"),
        ("release", "x" * 54),
        ("namespace", ""),
        ("namespace", "Popsink"),
        ("namespace", "x" * 64),
    ],
)
def test_a_name_that_kubernetes_or_helm_would_refuse_is_refused_first(
    chart_205: ChartFacts, field: str, value: str
) -> None:
    given: dict[str, Any] = {field: value}
    wrong = [finding for finding in plan_of(chart_205, **given).findings if finding.status == FAIL]
    assert f"popsink_{field}" in text(wrong)


@pytest.mark.parametrize("release", ["popsink", "dp-1", "x" * 41])
def test_a_name_that_is_taken(chart_205: ChartFacts, release: str) -> None:
    assert found(plan_of(chart_205, release=release), FAIL) == []


def test_a_collision_shows_no_value(chart_205: ChartFacts) -> None:
    assert "hidden" not in text(plan_of(chart_205, values={"jwt": {"secret": "hidden"}}).findings)


def test_an_own_registry_with_its_login_in_a_secret_is_no_collision(chart_205: ChartFacts) -> None:
    own: dict[str, Any] = {"schema_registry_mode": "external", "schema_registry_url": "https://registry.example"}
    values = {"schemaRegistry": {"url": "https://registry.example", "existingSecret": "mine"}}
    assert found(plan_of(chart_205, **own, values=values), FAIL) == []


def test_a_value_under_the_brokers_former_name_counts_or_is_told(chart_205: ChartFacts) -> None:
    """The chart reads both names, and the new one, which is planned, wins."""
    plan = plan_of(chart_205, values={"tansu": {"storage": {"engine": "s3://mine/"}}})
    effective = dig(merged(plan.values.get("tansu", {}), plan.values.get("kodansu", {})), "storage.engine")
    assert effective == "s3://mine/" or "tansu.storage.engine" in text(plan.findings)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("deployment_token", "popsink_onboarding_file"),
        ("image_pull_docker_config", "popsink_image_pull_token"),
        ("s3_access_key_id", "popsink_s3_access_key_id"),
        ("s3_secret_access_key", "popsink_s3_secret_access_key"),
    ],
)
def test_what_only_the_user_can_supply(chart_205: ChartFacts, name: str, variable: str) -> None:
    wrong = [finding for finding in plan_of(chart_205, known=ALL - {name}).findings if finding.status == FAIL]
    assert [finding.id for finding in wrong] == [f"secrets.{name}"]
    assert variable in wrong[0].found


def test_what_is_generated_need_not_be_there(chart_205: ChartFacts) -> None:
    supplied = {"deployment_token", "image_pull_docker_config", "s3_access_key_id", "s3_secret_access_key"}
    assert found(plan_of(chart_205, known=supplied), FAIL) == []


def test_an_existing_pull_secret_needs_no_token(chart_205: ChartFacts) -> None:
    known = ALL - {"image_pull_docker_config"}
    plan = plan_of(chart_205, known=known, image_pull_mode="existing", image_pull_secret="mine")
    (secret,) = plan.secrets_of("pull_secret")
    assert (found(plan, FAIL), secret["name"], secret["variable"]) == ([], "mine", "popsink_image_pull_secret")


EXTERNAL = {"connectorConfigEncryptionKey": "from-vault", "kodansu.storage.aws": "bucket.key"}


def test_secrets_of_somebody_else_are_named_and_need_no_values(chart_205: ChartFacts) -> None:
    known = ALL - {"s3_access_key_id", "s3_secret_access_key", "connector_config_encryption_key"}
    plan = plan_of(chart_205, known=known, existing_secrets=EXTERNAL)
    assert (found(plan, FAIL), found(plan, WARN)) == ([], [])
    assert {block: dig(plan.values, f"{block}.existingSecret") for block in EXTERNAL} == EXTERNAL
    assert {secret.name: secret.variable for secret in plan.secrets if secret.variable} == {
        name: f"popsink_existing_secrets['{block}']" for block, name in EXTERNAL.items()
    }


def test_a_value_beside_a_secret_of_somebody_else_is_told(chart_205: ChartFacts) -> None:
    warnings = text(plan_of(chart_205, existing_secrets={"jwt": "from-vault"}).findings)
    assert "Secret from-vault (popsink_existing_secrets['jwt']) is used" in warnings


@pytest.mark.parametrize(
    ("block", "name", "words"),
    [
        ("jtw", "mine", "Did you mean jwt?"),
        ("externalDatabase", "mine", "takes no Secret for popsink_existing_secrets['externalDatabase']"),
        ("jwt", {"name": "mine"}, "no name of a Secret"),
        ("jwt", "Not A Name", "no name of a Secret"),
        ("jwt", "popsink/mine", "no name of a Secret"),
    ],
)
def test_an_existing_secret_that_cannot_be_used(chart_205: ChartFacts, block: str, name: Any, words: str) -> None:
    assert words in text(plan_of(chart_205, existing_secrets={block: name}).findings)


def test_a_chart_without_a_registry_that_is_known_is_refused(chart_of: Charts) -> None:
    chart = chart_of("60")
    bare = replace(chart, values={name: value for name, value in chart.values.items() if name != "karapace"})
    assert found(plan_of(bare), FAIL) == ["chart.schema_registry"]


def test_a_pull_token_in_the_snippet_stays_out_of_the_values(chart_205: ChartFacts) -> None:
    plan = plan_of(chart_205, inputs(snippet(imagePullSecret={"create": True, "token": "hidden"})))
    assert "hidden" not in str(plan.values)


def ingress_of(plan: Plan) -> dict[str, Any]:
    (manifest,) = plan.manifests
    return manifest


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({}, "kind", "Ingress"),
        ({}, "metadata.name", "popsink-public"),
        ({"namespace": "ns"}, "metadata.namespace", "ns"),
        ({}, "metadata.annotations", None),
        ({"ingress_annotations": {"a/b": "c"}}, "metadata.annotations", {"a/b": "c"}),
        ({}, "spec.ingressClassName", None),
        ({"ingress_class": "nginx"}, "spec.ingressClassName", "nginx"),
        ({}, "spec.tls", None),
        ({"ingress_tls_secret": "t"}, "spec.tls", [{"hosts": ["popsink.example.com"], "secretName": "t"}]),
    ],
)
def test_ingress(chart_205: ChartFacts, changes: dict[str, Any], path: str, value: Any) -> None:
    assert dig(ingress_of(plan_of(chart_205, **changes)), path) == value


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://popsink.example.com", "popsink.example.com", "/"),
        ("https://popsink.example.com/", "popsink.example.com", "/"),
        ("https://popsink.example.com:8443/dp", "popsink.example.com", "/dp"),
        ("http://POPSINK.example.com", "popsink.example.com", "/"),
    ],
)
def test_the_ingress_leads_the_public_url_to_the_service(chart_205: ChartFacts, url: str, host: str, path: str) -> None:
    (rule,) = ingress_of(plan_of(chart_205, ingress_url=url))["spec"]["rules"]
    backend = {"service": {"name": "popsink-data-plane", "port": {"number": 80}}}
    assert rule == {"host": host, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}


def test_no_ingress_where_none_is_wanted(chart_205: ChartFacts) -> None:
    plan = plan_of(chart_205, ingress_mode="none")
    assert (plan.manifests, {item["metadata"]["name"] for item in plan.absent}) == ((), {"popsink-public"})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"secret_keys": {"jwt": "JWT_SECRET"}}, id="key name without purpose"),
        pytest.param({"secret_keys": {"postgresql.auth": {"password": "p"}}}, id="key by another name"),
        pytest.param({"values": {"jwt": "text"}}, id="text where the chart has a block"),
        pytest.param({"values": {"global": None}}, id="null where the chart has a block"),
        pytest.param({"values": {"postgresql": ["x"]}}, id="a list where the chart has a block"),
        pytest.param({"values": {"replicaCount": "two"}}, id="text where the chart has a number"),
    ],
)
def test_strange_inputs_are_findings_at_most(chart_205: ChartFacts, changes: dict[str, Any]) -> None:
    plan_of(chart_205, **changes)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
SNIPPET_KEYS = st.sampled_from(
    ["controlPlaneUrl", "deploymentMode", "deploymentId", "deploymentJwtToken", "ingressUrl", "global", "jwt", "kora"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(changes=st.dictionaries(SNIPPET_KEYS, ANYTHING, max_size=4))
def test_no_snippet_breaks_the_plan(chart_205: ChartFacts, changes: dict[str, Any]) -> None:
    plan_of(chart_205, inputs(snippet(**changes)))
