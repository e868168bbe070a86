"""What Helm makes of the stand-in chart, version by version: components, names, rules and error words."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.chart import build
from tests.unit.lab import helm
from tests.unit.lab.conftest import Render, merged, working_values
from tests.unit.lab.helm import RenderError
from tests.unit.lab.test_chart_build import NUMBERS, Table, since, until, within

VALUES = Path(__file__).parent / "values"
NO_KEYS = {"accessKeyId": "", "secretAccessKey": ""}
EVERYWHERE = {"popsink-data-plane", "popsink-tansu", "popsink-postgresql"}
KOTATSU = {"kotatsu": {"enabled": True}}
POSTGRES_ENGINE = "postgres://u@db:5432/kafka"
#: What runs beside EVERYWHERE without being asked for.
COMPONENTS = {
    44: {"popsink-karapace", "popsink-kafka-ui", "popsink-metrics-exporter"},
    60: {"popsink-karapace", "popsink-kafka-ui", "popsink-metrics-exporter"},
    74: {"popsink-karapace", "popsink-kotatsu", "popsink-metrics-exporter"},
    91: {"popsink-kora", "popsink-kotatsu"},
    127: {"popsink-kora", "popsink-kotatsu"},
    132: {"popsink-kora", "popsink-kotatsu"},
    162: {"popsink-kora"},
    178: {"popsink-kora"},
    205: {"popsink-kora"},
}


def workloads(manifest: helm.Manifest) -> set[str]:
    return {found["metadata"]["name"] for found in manifest.workloads()}


@pytest.mark.parametrize(
    ("number", "variant"), [*((number, "") for number in NUMBERS), (60, "renamed"), (205, "renamed")]
)
def test_every_version_renders(render: Render, number: int, variant: str) -> None:
    assert workloads(render(number, variant=variant)) >= EVERYWHERE


@pytest.mark.parametrize("number", [60, 205])
def test_secrets_that_pods_name_are_made(render: Render, number: int) -> None:
    for variant in ("", "renamed"):
        manifest = render(number, variant=variant)
        for workload in manifest.workloads():
            for value in manifest.container(workload["metadata"]["name"])["env"]:
                reference = value.get("valueFrom", {}).get("secretKeyRef")
                if reference:
                    assert reference["key"] in manifest.get("Secret", reference["name"])["data"]


@pytest.mark.parametrize("number", NUMBERS)
def test_components_that_are_on(render: Render, number: int) -> None:
    assert workloads(render(number)) == EVERYWHERE | COMPONENTS[number]


@pytest.mark.parametrize("number", [162, 178, 205])
def test_kotatsu_can_be_asked_for(render: Render, number: int) -> None:
    assert "popsink-kotatsu" in workloads(render(number, KOTATSU))


#: Blocks of components, and which of the packaged charts read them.
BLOCKS = {
    "karapace": until(90),
    "kora": since(91),
    "kafkaUi": until(70),
    "kotatsu": since(71),
    "metricsExporter": until(74),
}
OLD_WIZARD = {
    "global": {"fqdn": "x"},
    "ingressurl": "x",
    "retention": {"type": "s3"},
    "metadata": {"deploymentName": "x"},
    "serviceAccountSecret": "x",
}


@pytest.mark.parametrize("number", NUMBERS)
def test_unknown_keys_are_ignored(render: Render, number: int) -> None:
    dead = {block: {"enabled": True} for block, known in BLOCKS.items() if (number, False) in known}
    assert workloads(render(number, dead | OLD_WIZARD)) == EVERYWHERE | COMPONENTS[number]


#: Of the release table: broker, Kotatsu, Kora.
IMAGES = {
    44: {"popsink-tansu": "tansu:0.6.0"},
    60: {"popsink-tansu": "tansu:0.6.0"},
    74: {"popsink-tansu": "tansu:0.6.0", "popsink-kotatsu": "kotatsu:0.1.0"},
    91: {"popsink-tansu": "tansu:0.6.2", "popsink-kotatsu": "kotatsu:0.2.1", "popsink-kora": "kora:0.3.3"},
    127: {"popsink-tansu": "tansu:0.7.0-beta.10", "popsink-kotatsu": "kotatsu:0.3.2", "popsink-kora": "kora:0.4.0"},
    132: {"popsink-tansu": "tansu:0.7.0-beta.27", "popsink-kotatsu": "kotatsu:0.3.2", "popsink-kora": "kora:0.4.0"},
    162: {"popsink-tansu": "tansu:1.0.0-alpha.1", "popsink-kotatsu": "kotatsu:0.3.2", "popsink-kora": "kora:0.4.0"},
    178: {"popsink-tansu": "tansu:1.0.0-alpha.20", "popsink-kotatsu": "kotatsu:0.11.0", "popsink-kora": "kora:0.5.0"},
    205: {"popsink-tansu": "tansu:1.0.0-alpha.20", "popsink-kotatsu": "kotatsu:0.11.0", "popsink-kora": "kora:0.5.0"},
}


@pytest.mark.parametrize("number", NUMBERS)
def test_images_of_the_release_table(render: Render, number: int) -> None:
    manifest = render(number, KOTATSU if number >= 162 else None)
    found = {name: manifest.container(name)["image"].rpartition("/")[2] for name in IMAGES[number]}
    assert found == IMAGES[number]


@pytest.mark.parametrize("number", NUMBERS)
def test_image_of_the_data_plane_is_that_of_the_row(
    render: Render, secret_values: dict[str, str], tmp_path: Path, number: int
) -> None:
    chosen = build.choose(str(number))
    (chart,) = build.write(tmp_path, chosen)
    manifest = helm.template(chart, working_values(number, secret_values), tmp_path)
    assert manifest.container("popsink-data-plane")["image"].endswith(f"/data-plane:{chosen[0].app}")


@pytest.mark.parametrize("number", NUMBERS)
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


@pytest.mark.parametrize(("number", "truncated"), since(59))
def test_names_of_a_long_release(render: Render, monkeypatch: pytest.MonkeyPatch, number: int, truncated: bool) -> None:
    monkeypatch.setattr(helm, "RELEASE", "r" * 53)
    # The label keeps this call apart from those of the usual release.
    names = render(number, {"podLabels": {"release": "long"}}).names("Service")
    whole = f"{'r' * 53}-data-plane"
    assert {name for name in names if name.startswith(whole[:63])} == {whole[:63] if truncated else whole}


@pytest.mark.parametrize(("number", "there"), since(127))
def test_network_policies(render: Render, number: int, there: bool) -> None:
    assert bool(render(number).names("NetworkPolicy")) == there


# What the data plane is told.


@pytest.mark.parametrize(("number", "there"), until(133))
def test_admin_fallback(render: Render, number: int, there: bool) -> None:
    manifest = render(number, {"adminCredentials": {"username": "", "password": ""}})
    login = "admin" if there else ""
    secret = manifest.secret("popsink-data-plane-admin-credentials")
    assert secret == {"admin-username": login, "admin-password": login}


@pytest.mark.parametrize(("number", "fast"), until(71))
def test_heartbeat_interval(render: Render, number: int, fast: bool) -> None:
    told = render(number).environment("popsink-data-plane")["HEARTBEAT_INTERVAL_SECONDS"]
    assert told == ("20" if fast else "600")


@pytest.mark.parametrize(
    ("variable", "table"),
    [
        ("LEADER_ELECTION", since(63)),
        ("HEARTBEAT_REPORTS_VERSION", since(67)),
        ("LICENCE_GRACE_SECONDS", since(117)),
        ("WORKER_REQUIRES_REGISTRY_LOGIN", within(60, 64)),
    ],
)
def test_variables_by_version(render: Render, variable: str, table: Table) -> None:
    assert [(number, variable in render(number).environment("popsink-data-plane")) for number, _told in table] == table


@pytest.mark.parametrize(("number", "on"), until(44))
def test_pipeline_mode(render: Render, number: int, on: bool) -> None:
    assert render(number).environment("popsink-data-plane")["PIPELINE_MODE"] == str(on).lower()


@pytest.mark.parametrize(
    ("number", "told"), [(112, "postgres"), (113, "oracle"), (127, "oracle"), (128, "postgres"), (205, "postgres")]
)
def test_database_of_another_kind(render: Render, number: int, told: str) -> None:
    external = {"backend": "oracle", "host": "db", "password": "x"}
    manifest = render(number, {"postgresql": {"enabled": False}, "externalDatabase": external})
    assert manifest.environment("popsink-data-plane")["DB_BACKEND"] == told


@pytest.mark.parametrize("number", NUMBERS)
def test_changed_secret_rolls_the_pods(render: Render, number: int) -> None:
    assert checksum(render(number, {"jwt": {"secret": "x" * 32}})) != checksum(render(number))


@pytest.mark.parametrize("number", [60, 205])
def test_random_passwords_do_not_roll_the_pods(render: Render, number: int) -> None:
    values = at("postgresql.auth", {"password": ""})
    # Two calls that differ in nothing that matters, so that both are rendered.
    calls = (values, values | {"podLabels": {"a": "b"}})
    first, second = (render(number, call) for call in calls)
    assert checksum(first) == checksum(second)


def checksum(manifest: helm.Manifest) -> str:
    pod = manifest.get("Deployment", "popsink-data-plane")["spec"]["template"]["metadata"]
    return str(pod["annotations"]["checksum/secrets"])


# Image pull.


@pytest.mark.parametrize("number", NUMBERS)
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


@pytest.mark.parametrize("number", NUMBERS)
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


@pytest.mark.parametrize("number", NUMBERS)
def test_missing_values_are_named_together(render: Render, number: int) -> None:
    with pytest.raises(RenderError) as refused:
        render(number, MISSING)
    assert [words for words in MISSING_WORDS if words not in str(refused.value)] == []


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (60, {"tansu": {"enabled": False}}, "defaultKafka.bootstrapServer must be provided"),
        (205, at("kora.database", {"password": ""}), "kora.database must be provided"),
        (
            205,
            {"kotatsu": {"enabled": True}} | at("tansu.storage", {"engine": "abfss://c@a.dfs.core.windows.net/p/"}),
            "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        ),
        (
            38,
            at("tansu.storage.aws", NO_KEYS),
            "tansu.storage.aws needs irsaRoleArn",
        ),
    ],
)
def test_render_errors(render: Render, number: int, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RenderError, match=words):
        render(number, changes)


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (44, at("tansu.storage.aws", NO_KEYS)),
        (205, at("tansu.storage.aws", NO_KEYS)),
        (132, {"kotatsu": {"enabled": False}} | at("tansu.storage", {"engine": POSTGRES_ENGINE})),
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


def outcome(render: Render, number: int, changes: dict[str, Any]) -> str:
    """What Helm says against these values; empty when it renders them."""
    try:
        render(number, changes)
    except RenderError as refused:
        return str(refused)
    return ""


EVERY_CHART = since(NUMBERS[0])
#: Changes, the words of the error, and the charts that abort with them; all others render.
ABORTS: dict[str, tuple[dict[str, Any], str, Table]] = {
    "kora without database": (
        at("kora.database", {"host": "", "user": "", "database": "", "password": ""}),
        "kora.database must be provided",
        since(162),
    ),
    "kora off": (
        {"kora": {"enabled": False}},
        "Kora must be enabled, or schemaRegistry.url must be provided",
        since(91),
    ),
    "karapace off": (
        {"karapace": {"enabled": False}},
        "Karapace must be enabled, or schemaRegistry.url must be provided",
        until(90),
    ),
    "storage of the old wizard": (
        at("tansu.storage", {"engine": ""}) | {"retention": {"s3": {"bucket": "bucket", "region": "eu-west-1"}}},
        "Tansu enabled but no S3 retention",
        EVERY_CHART,
    ),
    "no broker": ({"tansu": {"enabled": False}}, "defaultKafka.bootstrapServer must be provided", EVERY_CHART),
    "postgresql engine": (
        at("tansu.storage", {"engine": POSTGRES_ENGINE}),
        "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        within(71, 161),
    ),
    "postgresql engine with kotatsu": (
        at("tansu.storage", {"engine": POSTGRES_ENGINE}) | KOTATSU,
        "kotatsu.s3.bucket must be provided when kotatsu is enabled",
        since(71),
    ),
    "no hostname": ({"ingress": {"enabled": True}}, "ingress.hostname must be provided", until(61)),
    "flat token": ({"deploymentJwtToken": "flat"}, "can't evaluate field", EVERY_CHART),
    "wrong mode": ({"deploymentMode": "SELF HOSTED"}, "deploymentMode", EVERY_CHART),
    "replicas as text": ({"replicaCount": "two"}, "don't meet the specifications of the schema", since(162)),
    "kodansu as text": ({"kodansu": "on"}, "don't meet the specifications of the schema", since(178)),
}


@pytest.mark.parametrize(("changes", "words", "aborting"), ABORTS.values(), ids=ABORTS)
def test_which_charts_abort(render: Render, changes: dict[str, Any], words: str, aborting: Table) -> None:
    said = {number: outcome(render, number, changes) for number, _aborts in aborting}
    found = {number: words if words in error else error for number, error in said.items()}
    assert found == {number: words if aborts else "" for number, aborts in aborting}


@pytest.mark.parametrize(
    "changes",
    [
        {"replicaCount": -1},
        {"image": "popsink/data-plane"},
        {"ingressUrl": ["https://popsink.your-company.com"]},
        {"tansu": {"replicaCount": "2"}},
        {"tansu": {"replicaCount": 1.5}},
        {"kotatsu": {"enabled": "false"}},
        {"postgresql": {"enabled": "true"}},
    ],
)
def test_values_schema_refuses_other_types(render: Render, changes: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="don't meet the specifications of the schema"):
        render(205, changes)


@pytest.mark.parametrize("number", [91, 127, 132])
def test_kora_without_database_reaches_the_pod(render: Render, number: int) -> None:
    unset = at("kora.database", {"host": "", "user": "", "database": "", "password": ""})
    found = render(number, unset).environment("popsink-kora")
    assert (found["KORA_DB_HOST"], found["KORA_DB_USER"], found["KORA_DB_DATABASE"]) == ("", "", "")


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


@pytest.mark.parametrize(("number", "read"), since(178))
def test_kodansu_is_ignored_before_it_came(render: Render, number: int, read: bool) -> None:
    broker = render(number, {"kodansu": {"replicaCount": 1}}).get("Deployment", "popsink-tansu")
    assert broker["spec"]["replicas"] == (1 if read else 3)


@pytest.mark.parametrize(("number", "read"), since(132))
def test_environment_of_the_broker_from_a_secret(render: Render, number: int, read: bool) -> None:
    container = render(number, {"tansu": {"extraEnvVarsSecret": "mine"}}).container("popsink-tansu")
    assert container.get("envFrom", []) == ([{"secretRef": {"name": "mine"}}] if read else [])


@pytest.mark.parametrize("number", [178, 205])
def test_azure_with_workload_identity(render: Render, number: int) -> None:
    kodansu = {
        "storage": {"engine": "abfss://c@a.dfs.core.windows.net/p/", "aws": NO_KEYS},
        "podLabels": {"azure.workload.identity/use": "true"},
        "serviceAccount": {"annotations": {"azure.workload.identity/client-id": "x"}},
    }
    manifest = render(number, {"kodansu": kodansu})
    pod = manifest.get("Deployment", "popsink-tansu")["spec"]["template"]["metadata"]
    account = manifest.get("ServiceAccount", "popsink-tansu")["metadata"]
    assert pod["labels"]["azure.workload.identity/use"] == "true"
    assert account["annotations"] == {"azure.workload.identity/client-id": "x"}


def test_role_of_the_broker(render: Render) -> None:
    aws = {"irsaRoleArn": "arn:aws:iam::1:role/x", "assumedRoleArn": "arn:aws:iam::1:role/y"}
    manifest = render(205, at("tansu.storage.aws", aws | NO_KEYS))
    account = manifest.get("ServiceAccount", "popsink-tansu")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"}
    assert "AWS_ACCESS_KEY_ID" not in manifest.environment("popsink-tansu")


# Ingress.


def test_ingress(render: Render) -> None:
    ingress = {"enabled": True, "hostname": "popsink.example.com", "ingressClassName": "nginx", "tls": True}
    spec = render(205, {"ingress": ingress | {"existingSecret": "mine"}}).get("Ingress", "popsink-data-plane")["spec"]
    assert spec["ingressClassName"] == "nginx"
    assert spec["tls"] == [{"hosts": ["popsink.example.com"], "secretName": "mine"}]
    assert spec["rules"][0]["host"] == "popsink.example.com"
    backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "popsink-data-plane", "port": {"number": 80}}


@pytest.mark.parametrize(("number", "read"), since(59))
def test_secret_of_the_ingress(render: Render, number: int, read: bool) -> None:
    ingress = {"enabled": True, "hostname": "popsink.example.com", "tls": True, "existingSecret": "mine"}
    (tls,) = render(number, {"ingress": ingress}).get("Ingress", "popsink-data-plane")["spec"]["tls"]
    assert tls["secretName"] == ("mine" if read else "popsink.example.com-tls")


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
