"""What Helm makes of the stand-in chart, version by version: components, names, rules and error words."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.lab.conftest import Render, merged
from tests.unit.lab.helm import RenderError
from tests.unit.lab.test_chart_build import NUMBERS

VALUES = Path(__file__).parent / "values"
NO_KEYS = {"accessKeyId": "", "secretAccessKey": ""}
EVERYWHERE = {"popsink-data-plane", "popsink-tansu", "popsink-postgresql"}


@pytest.mark.parametrize(
    ("number", "variant"), [*((number, "") for number in NUMBERS), (60, "renamed"), (205, "renamed")]
)
def test_every_version_renders(render: Render, number: int, variant: str) -> None:
    manifest = render(number, variant=variant)
    assert {found["metadata"]["name"] for found in manifest.workloads()} >= EVERYWHERE


@pytest.mark.parametrize("number", [60, 205])
def test_secrets_that_pods_name_are_made(render: Render, number: int) -> None:
    for variant in ("", "renamed"):
        manifest = render(number, variant=variant)
        for workload in manifest.workloads():
            for value in manifest.container(workload["metadata"]["name"])["env"]:
                reference = value.get("valueFrom", {}).get("secretKeyRef")
                if reference:
                    assert reference["key"] in manifest.get("Secret", reference["name"])["data"]


@pytest.mark.parametrize(
    ("number", "components"),
    [
        (60, {"popsink-karapace", "popsink-kafka-ui", "popsink-metrics-exporter"}),
        (74, {"popsink-karapace", "popsink-kotatsu", "popsink-metrics-exporter"}),
        (91, {"popsink-kora", "popsink-kotatsu"}),
        (162, {"popsink-kora"}),
        (205, {"popsink-kora"}),
    ],
)
def test_components_that_are_on(render: Render, number: int, components: set[str]) -> None:
    found = {workload["metadata"]["name"] for workload in render(number).workloads()}
    assert found == EVERYWHERE | components


def test_unknown_keys_are_ignored(render: Render) -> None:
    dead = {"karapace": {"enabled": True}, "kafkaUi": {"enabled": True}, "metricsExporter": {"enabled": True}}
    old = {"global": {"fqdn": "x"}, "ingressurl": "x", "retention": {"type": "s3"}, "metadata": {"deploymentName": "x"}}
    found = render(205, dead | old)
    assert {workload["metadata"]["name"] for workload in found.workloads()} == EVERYWHERE | {"popsink-kora"}


@pytest.mark.parametrize("number", [60, 205])
def test_names_labels_and_sizes(render: Render, number: int) -> None:
    manifest = render(number)
    service = manifest.get("Service", "popsink-data-plane")
    assert service["spec"]["ports"][0]["port"] == 80
    assert manifest.get("Deployment", "popsink-data-plane")["spec"]["replicas"] == 2
    broker = manifest.get("Deployment", "popsink-tansu")
    assert broker["spec"]["replicas"] == 3
    assert broker["spec"]["template"]["spec"]["serviceAccountName"] == "popsink-tansu"
    assert broker["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] == "tansu"
    assert broker["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/instance"] == "popsink"
    assert {"popsink-data-plane", "popsink-tansu"} <= manifest.names("PodDisruptionBudget")
    api = manifest.container("popsink-data-plane")
    assert api["livenessProbe"]["httpGet"]["path"] == "/api/livez"
    assert api["readinessProbe"]["httpGet"]["path"] == "/api/readyz"
    assert not manifest.names("Ingress")
    volume = manifest.get("StatefulSet", "popsink-postgresql")["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert volume["whenDeleted"] == "Retain"


def test_kora_is_labelled_by_name(render: Render) -> None:
    pod = render(205).get("Deployment", "popsink-kora")["spec"]["template"]["metadata"]["labels"]
    assert pod == {"app.kubernetes.io/name": "kora", "app.kubernetes.io/instance": "popsink"}


@pytest.mark.parametrize(("number", "there"), [(60, False), (74, False), (127, True), (205, True)])
def test_network_policies(render: Render, number: int, there: bool) -> None:
    assert bool(render(number).names("NetworkPolicy")) == there


# Image pull.


@pytest.mark.parametrize("number", [60, 205])
def test_made_pull_secret_is_attached_to_no_pod(render: Render, number: int) -> None:
    manifest = render(number, {"imagePullSecret": {"create": True, "token": '{"type": "service_account"}'}})
    assert "popsink-regcred" in manifest.names("Secret")
    assert [w for w in manifest.workloads() if w["spec"]["template"]["spec"].get("imagePullSecrets")] == []


@pytest.mark.parametrize("number", [60, 205])
def test_named_pull_secrets_reach_every_pod(render: Render, number: int) -> None:
    manifest = render(number, {"global": {"imagePullSecrets": ["one", "two"]}})
    for workload in manifest.workloads():
        assert workload["spec"]["template"]["spec"]["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]
    assert manifest.environment("popsink-data-plane")["WORKER_IMAGE_PULL_SECRETS"] == "one,two"


@pytest.mark.parametrize("form", ["raw", "base64"])
def test_pull_token_raw_or_base64(render: Render, form: str) -> None:
    token = json.dumps({"type": "service_account", "private_key_id": "x"})
    given = token if form == "raw" else base64.b64encode(token.encode()).decode()
    secret = render(205, {"imagePullSecret": {"create": True, "token": given}}).secret("popsink-regcred")
    login = json.loads(secret[".dockerconfigjson"])["auths"]["europe-west1-docker.pkg.dev"]
    assert (login["username"], login["password"]) == ("_json_key", token)
    assert base64.b64decode(login["auth"]).decode() == f"_json_key:{token}"


# Existing Secrets.

LITERALS = [
    ("deploymentJwtToken", "token"),
    ("jwt", "secret"),
    ("connectorConfigEncryptionKey", "key"),
    ("adminCredentials", "password"),
    ("postgresql.auth", "password"),
    ("externalDatabase", "password"),
    ("schemaRegistry", "password"),
    ("tansu.storage.aws", "secretAccessKey"),
]


def at(path: str, value: dict[str, Any]) -> dict[str, Any]:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


@pytest.mark.parametrize("number", [60, 205])
def test_existing_secret_excludes_the_literal(render: Render, number: int) -> None:
    pairs = LITERALS if number < 91 else [*LITERALS, ("kora.database", "password"), ("kora.database", "url")]
    changes: dict[str, Any] = {}
    for path, literal in pairs:
        changes = merged(changes, at(path, {"existingSecret": "mine", literal: "x"}))
    with pytest.raises(RenderError) as refused:
        render(number, changes)
    for path, literal in pairs:
        assert f"{path}.existingSecret and {path}.{literal} are mutually exclusive" in str(refused.value)


def test_existing_secrets_are_used(render: Render) -> None:
    changes: dict[str, Any] = {}
    for path, literal in (*LITERALS[:5], ("kora.database", "password")):
        changes = merged(changes, at(path, {"existingSecret": f"my-{path.lower()}", literal: ""}))
    manifest = render(205, changes)
    api = manifest.environment("popsink-data-plane")
    assert api["DEPLOYMENT_JWT_TOKEN"] == "my-deploymentjwttoken/deployment-jwt-token"
    assert api["JWT_SECRET"] == "my-jwt/jwt-secret"
    assert api["CONNECTOR_CONFIG_ENCRYPTION_KEY"] == "my-connectorconfigencryptionkey/connector-config-encryption-key"
    assert api["ADMIN_PANEL_USERNAME"] == "my-admincredentials/admin-username"
    assert api["ADMIN_PANEL_PASSWORD"] == "my-admincredentials/admin-password"
    assert api["DB_PASSWORD"] == "my-postgresql.auth/password"
    postgresql = manifest.environment("popsink-postgresql")
    assert postgresql["POSTGRES_POSTGRES_PASSWORD"] == "my-postgresql.auth/postgres-password"
    assert manifest.environment("popsink-kora")["KORA_DB_PASSWORD"] == "my-kora.database/kora-db-password"
    assert manifest.names("Secret") == {"popsink-data-plane-default-kafka", "popsink-tansu-aws"}


@pytest.mark.parametrize(("number", "block"), [(60, "tansu"), (205, "tansu"), (205, "kodansu")])
def test_existing_secret_of_the_broker(render: Render, number: int, block: str) -> None:
    aws = {"existingSecret": "mine", "secretKeys": {"accessKeyId": "a", "secretAccessKey": "b"}}
    emptied = at("tansu.storage.aws", NO_KEYS)
    values = at(f"{block}.storage.aws", aws)
    if block == "tansu":
        values["tansu"]["storage"]["aws"] |= emptied["tansu"]["storage"]["aws"]
    found = render(number, emptied | values).environment("popsink-tansu")
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("mine/a", "mine/b")


# Render-time errors.

MISSING = {
    "deploymentId": "",
    "controlPlaneUrl": "",
    "ingressUrl": "",
    "deploymentJwtToken": {"token": ""},
    "jwt": {"secret": ""},
    "connectorConfigEncryptionKey": {"key": ""},
    "tansu": {"storage": {"engine": "", "aws": {"region": ""}}},
    "postgresql": {"enabled": False},
}
MISSING_WORDS = (
    "deploymentId must be provided",
    "controlPlaneUrl must be provided",
    "ingressUrl must be provided",
    "deploymentJwtToken.token or deploymentJwtToken.existingSecret must be provided",
    "jwt.secret or jwt.existingSecret must be provided",
    "connectorConfigEncryptionKey.key or connectorConfigEncryptionKey.existingSecret must be provided",
    "Tansu enabled but no S3 retention",
    "tansu.storage.aws.region must be provided",
    "externalDatabase.host must be provided",
    "externalDatabase.password or externalDatabase.existingSecret must be provided",
)


@pytest.mark.parametrize("number", [60, 205])
def test_missing_values_are_named_together(render: Render, number: int) -> None:
    with pytest.raises(RenderError) as refused:
        render(number, MISSING)
    assert [words for words in MISSING_WORDS if words not in str(refused.value)] == []


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (60, {"tansu": {"enabled": False}}, "defaultKafka.bootstrapServer must be provided"),
        (205, {"kora": {"enabled": False}}, "Kora must be enabled, or schemaRegistry.url must be provided"),
        (162, at("kora.database", {"host": ""}), "kora.database must be provided"),
        (205, at("kora.database", {"password": ""}), "kora.database must be provided"),
        (
            205,
            {"kotatsu": {"enabled": True}} | at("tansu.storage", {"engine": "abfss://c@a.dfs.core.windows.net/p/"}),
            "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        ),
        (
            132,
            at("tansu.storage", {"engine": "postgres://u@db:5432/kafka"}),
            "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        ),
        (60, {"ingress": {"enabled": True}}, "ingress.hostname must be provided"),
        (
            38,
            at("tansu.storage.aws", NO_KEYS),
            "tansu.storage.aws needs irsaRoleArn",
        ),
        (60, {"deploymentJwtToken": "flat"}, "can't evaluate field"),
        (205, {"deploymentJwtToken": "flat"}, "can't evaluate field"),
    ],
)
def test_render_errors(render: Render, number: int, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RenderError, match=words):
        render(number, changes)


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        # A pod that crash-loops, not an error.
        (91, at("kora.database", {"host": "", "user": "", "database": "", "password": ""})),
        (132, at("kora.database", {"host": "", "user": "", "database": "", "password": ""})),
        (44, at("tansu.storage.aws", NO_KEYS)),
        (205, at("tansu.storage.aws", NO_KEYS)),
        (74, {"ingress": {"enabled": True}}),
        (132, {"kotatsu": {"enabled": False}} | at("tansu.storage", {"engine": "postgres://u@db:5432/kafka"})),
        (205, {"kora": {"enabled": False}, "schemaRegistry": {"url": "https://registry"}}),
        (205, {"deploymentMode": "STANDALONE", "deploymentJwtToken": {"token": ""}, "controlPlaneUrl": ""}),
        # Neither user nor database is looked at.
        (
            205,
            {"postgresql": {"enabled": False}, "externalDatabase": {"host": "db", "password": "x"}},
        ),
    ],
)
def test_no_render_error(render: Render, number: int, changes: dict[str, Any]) -> None:
    assert render(number, changes).workloads()


def test_empty_database_user_reaches_the_pod(render: Render) -> None:
    external = {"postgresql": {"enabled": False}, "externalDatabase": {"host": "db", "password": "x"}}
    found = render(205, external).environment("popsink-data-plane")
    assert (found["DB_HOST"], found["DB_USER"], found["DB_DATABASE"]) == ("db", "", "")


@pytest.mark.parametrize(("number", "login"), [(60, "admin"), (133, "admin"), (134, ""), (205, "")])
def test_admin_fallback(render: Render, number: int, login: str) -> None:
    manifest = render(number, {"adminCredentials": {"username": "", "password": ""}})
    secret = manifest.secret("popsink-data-plane-admin-credentials")
    assert secret == {"admin-username": login, "admin-password": login}


# Broker.


def test_kodansu_wins_key_by_key(render: Render) -> None:
    over = {"replicaCount": 1, "storage": {"engine": "s3://other/x/", "aws": {"region": "eu-west-3"}}}
    manifest = render(205, {"kodansu": over})
    found = manifest.environment("popsink-tansu")
    assert manifest.get("Deployment", "popsink-tansu")["spec"]["replicas"] == 1
    assert (found["STORAGE_ENGINE"], found["AWS_REGION"]) == ("s3://other/x/", "eu-west-3")
    assert found["AWS_ACCESS_KEY_ID"] == "popsink-tansu-aws/aws-access-key-id"


def test_kodansu_can_turn_the_broker_off(render: Render) -> None:
    manifest = render(205, {"kodansu": {"enabled": False}, "defaultKafka": {"bootstrapServer": "kafka:9092"}})
    assert "popsink-tansu" not in {workload["metadata"]["name"] for workload in manifest.workloads()}


def test_kodansu_is_ignored_before_it_came(render: Render) -> None:
    assert render(162, {"kodansu": {"replicaCount": 1}}).get("Deployment", "popsink-tansu")["spec"]["replicas"] == 3


def test_role_of_the_broker(render: Render) -> None:
    aws = {"irsaRoleArn": "arn:aws:iam::1:role/x", "assumedRoleArn": "arn:aws:iam::1:role/y"}
    manifest = render(205, at("tansu.storage.aws", aws | NO_KEYS))
    account = manifest.get("ServiceAccount", "popsink-tansu")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"}
    assert "AWS_ACCESS_KEY_ID" not in manifest.environment("popsink-tansu")


@pytest.mark.parametrize(("number", "seconds"), [(60, "20"), (71, "20"), (72, "600"), (205, "600")])
def test_heartbeat_interval(render: Render, number: int, seconds: str) -> None:
    assert render(number).environment("popsink-data-plane")["HEARTBEAT_INTERVAL_SECONDS"] == seconds


# Ingress.


def test_ingress(render: Render) -> None:
    ingress = {"enabled": True, "hostname": "popsink.example.com", "ingressClassName": "nginx", "tls": True}
    spec = render(205, {"ingress": ingress | {"existingSecret": "mine"}}).get("Ingress", "popsink-data-plane")["spec"]
    assert spec["ingressClassName"] == "nginx"
    assert spec["tls"] == [{"hosts": ["popsink.example.com"], "secretName": "mine"}]
    assert spec["rules"][0]["host"] == "popsink.example.com"
    backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "popsink-data-plane", "port": {"number": 80}}


# PostgreSQL.


def test_random_passwords_differ(render: Render) -> None:
    values = at("postgresql.auth", {"password": ""})
    # Two calls that differ in nothing that matters, so that both are rendered.
    calls = (values, values | {"podLabels": {"a": "b"}})
    first, second = (render(205, call).secret("popsink-postgresql") for call in calls)
    assert first.keys() == second.keys() == {"password", "postgres-password"}
    assert first["password"] != second["password"]


def test_renamed_variant_shares_no_name(render: Render) -> None:
    standard, renamed = (render(205, variant=variant) for variant in ("", "renamed"))
    assert not standard.names("Secret") & renamed.names("Secret")


# Values files of the vendor's guides.

PLACEHOLDERS = {
    "TOKEN": "token",
    "GAR_JSON": "{}",
    "PW": "password",
    "JWT": "secret",
    "FERNET": "key",
    "PGPW": "password",
    "KORAPW": "password",
}


@pytest.mark.parametrize(("number", "file"), [(60, "guide-60.yaml"), (205, "reference-205.yaml")])
def test_values_files_of_the_guides(render: Render, number: int, file: str) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        return PLACEHOLDERS.get(value, value) if isinstance(value, str) else value

    values = filled(yaml.safe_load((VALUES / file).read_text()))
    emptied = at("tansu.storage.aws", NO_KEYS)
    values["tansu"] = {**emptied["tansu"], **values.get("tansu", {})}
    assert render(number, values).workloads()
