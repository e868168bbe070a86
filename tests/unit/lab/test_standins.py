"""What the stand-ins refuse to start with, and in which words; what the schema registry answers."""

from __future__ import annotations

import base64
import http.client
import importlib
import json
import os
import secrets
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import karapace
import pytest
import tansu
from standin import broker, kafka, process, registry, web
from standin.registry import Content

from tests.lab.chart.versions import BROKER_TAGS, tag_at
from tests.unit.lab.shelf import Shelf
from tests.unit.lab.test_chart_build import since, until
from tests.unit.plugins.certificates import pair

Refused = Callable[[str, dict[str, str]], str]

STANDINS = Path(__file__).parents[2] / "lab/standins"
FAKES = Path(__file__).parent / "fakes"


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, str]], str]:
    """Starts a program that has to refuse, without waiting for anything; why it did."""

    def refused(module: str, environment: dict[str, str]) -> str:
        for name in [name for name in os.environ if name.startswith(("AWS_", "AZURE_", "KORA_", "DB_"))]:
            monkeypatch.delenv(name)
        for name, value in {"STARTUP_RETRY_SECONDS": "0", **environment}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(process.Refusal) as why:
            importlib.import_module(module).main()
        return str(why.value)

    return refused


def fernet(size: int = 32) -> str:
    return base64.urlsafe_b64encode(b"\xff" * size).decode()


def data_plane() -> dict[str, str]:
    return {
        "ADMIN_PANEL_PASSWORD": "x",
        "ADMIN_PANEL_USERNAME": "admin",
        "ALLOW_DESIGN_LOGIN": "false",
        "CI": "false",
        "CONNECTOR_CONFIG_ENCRYPTION_KEY": fernet(),
        "CONTROL_PLANE_URL": "http://127.0.0.1:9/api",
        "DATA_PLANE_URL": "http://popsink-data-plane",
        "DB_BACKEND": "postgres",
        "DB_DATABASE": "popsink",
        "DB_HOST": "db.example",
        "DB_PASSWORD": secrets.token_hex(8),
        "DB_USER": "popsink",
        "DEBUG": "false",
        "DEFAULT_KAFKA_BOOTSTRAP_SERVER": "127.0.0.1:9",
        "DEPLOYMENT_ID": "7b0c1d9e-3f58-4c7a-9d2e-5a6f1e0b4c33",
        "DEPLOYMENT_JWT_TOKEN": secrets.token_hex(8),
        "DEPLOYMENT_MODE": "SELF_HOSTED",
        "IMAGE_TAG": "2026.10.09",
        "INGRESS_URL": "https://popsink.example.com",
        "JWT_SECRET": secrets.token_hex(16),
        "KUBERNETES_DEPLOYMENT": "popsink-data-plane",
        "PIPELINE_MODE": "false",
        "POD_NAMESPACE": "data-plane",
        "RELEASE_NAME": "popsink",
        "WORKER_IMAGE": "connector-worker:2026.10.09",
    }


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CONNECTOR_CONFIG_ENCRYPTION_KEY", "not-a-key", "connector-config-encryption-key: not a Fernet key"),
        ("CONNECTOR_CONFIG_ENCRYPTION_KEY", fernet(31), "connector-config-encryption-key: not a Fernet key"),
        ("CONNECTOR_CONFIG_ENCRYPTION_KEY", fernet(33), "connector-config-encryption-key: not a Fernet key"),
        ("CONNECTOR_CONFIG_ENCRYPTION_KEY", fernet() + "\n", "connector-config-encryption-key: not a Fernet key"),
        ("CONNECTOR_CONFIG_ENCRYPTION_KEY", fernet().replace("_", "/"), "connector-config-encryption-key: not"),
        ("CONNECTOR_CONFIG_ENCRYPTION_KEY", "", "CONNECTOR_CONFIG_ENCRYPTION_KEY is empty"),
        ("DB_USER", "", "DB_USER is empty"),
        ("DB_DATABASE", "", "DB_DATABASE is empty"),
        ("DB_USER", None, "DB_USER is not set"),
        ("JWT_SECRET", "x" * 31, "JWT_SECRET has 31 characters, at least 32 are needed"),
        ("DEPLOYMENT_ID", "mine", "DEPLOYMENT_ID is not a UUID"),
        ("DEPLOYMENT_JWT_TOKEN", None, "DEPLOYMENT_JWT_TOKEN is not set"),
        ("DEPLOYMENT_MODE", "SELF HOSTED", "DEPLOYMENT_MODE is neither"),
        ("DEBUG", None, "DEBUG is not set"),
        ("DB_BACKEND", "oracle", "DB_BACKEND is not postgres"),
    ],
)
def test_data_plane_refuses(refusal: Refused, variable: str, value: str | None, words: str) -> None:
    environment = data_plane()
    environment.pop(variable)
    if value is not None:
        environment[variable] = value
    assert refusal("data_plane.__main__", environment).startswith(words)


KORA = {
    "KORA_DB_HOST": "db.example",
    "KORA_DB_USER": "kora",
    "KORA_DB_PASSWORD": "x",
    "KORA_DB_DATABASE": "kora",
}
S3 = {
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT": "http://127.0.0.1:9",
    "AWS_ALLOW_HTTP": "true",
    "S3_BUCKET": "bucket",
    "STORAGE_ENGINE": "s3://bucket/kafka/",
    "IMAGE_TAG": "1.0.0-alpha.20",
}
POSTGRES = "postgres://u:p@db.example:5432/kafka"


@pytest.mark.parametrize(
    ("module", "given", "words"),
    [
        ("tansu", S3 | {"STORAGE_ENGINE": POSTGRES}, "unsupported storage URL: postgres://"),
        ("tansu", S3 | {"STORAGE_ENGINE": POSTGRES, "IMAGE_TAG": "0.7.0-beta.11"}, "unsupported storage URL"),
        ("tansu", S3 | {"STORAGE_ENGINE": POSTGRES, "IMAGE_TAG": "0.7.0-beta.27"}, "unsupported storage URL"),
        ("tansu", S3 | {"STORAGE_ENGINE": POSTGRES, "IMAGE_TAG": "0.7.0-beta.10"}, "storage: connection refused"),
        ("tansu", S3 | {"STORAGE_ENGINE": POSTGRES, "IMAGE_TAG": "0.6.0"}, "storage: connection refused"),
        ("tansu", S3 | {"STORAGE_ENGINE": "wasbs://c@a/p"}, "unsupported storage URL: wasbs://"),
        ("tansu", S3 | {"STORAGE_ENGINE": "https://a/p"}, "unsupported storage URL: https://"),
        ("tansu", S3 | {"STORAGE_ENGINE": "abfss://c@a.x/p/"}, "Azure error: no credentials in the environment"),
        ("tansu", S3 | {"STORAGE_ENGINE": "abfss://c@a.x/p/", "IMAGE_TAG": "1.0.0-alpha.10"}, "unsupported storage"),
        ("tansu", S3 | {"AWS_ALLOW_HTTP": "false"}, "S3 error: the endpoint http://127.0.0.1:9 has no TLS"),
        ("tansu", S3 | {"AWS_ACCESS_KEY_ID": ""}, "S3 error: no credentials"),
        ("tansu", S3 | {"STORAGE_ENGINE": "s3:///kafka/"}, "S3 error: STORAGE_ENGINE names no bucket"),
        ("tansu", S3, "S3 error: s3://bucket/kafka/clusters/tansu/meta/cluster.json"),
        ("tansu", S3 | {"AWS_REGION": ""}, "AWS_REGION is empty"),
        ("kotatsu", S3 | {"S3_BUCKET": ""}, "S3_BUCKET is empty"),
        ("kotatsu", S3, "S3 error: s3://bucket"),
        ("kora", {}, "KORA_DB_HOST is not set"),
        ("kora", KORA | {"KORA_DB_HOST": ""}, "KORA_DB_HOST is empty"),
        ("kora", KORA | {"KORA_DB_USER": ""}, "KORA_DB_USER is empty"),
        ("kora", KORA | {"KORA_DB_BACKEND": "oracle"}, "KORA_DB_BACKEND oracle"),
        (
            "kora",
            KORA | {"FAKE_PSYCOPG2": 'FATAL: password authentication failed for user "{user}"'},
            'password authentication failed for user "kora"',
        ),
        ("karapace", {"KARAPACE_BOOTSTRAP_URI": "127.0.0.1:9"}, "broker 127.0.0.1:9"),
        ("kafka_ui", {"KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS": "127.0.0.1:9"}, "broker 127.0.0.1:9"),
        ("metrics_exporter", {"API_URL": "http://x/api", "DEPLOYMENT_ID": ""}, "DEPLOYMENT_ID is empty"),
        ("metrics_exporter", {"API_URL": "http://x/api", "DEPLOYMENT_ID": "x"}, "METRICS_EXPORTER_TOKEN is not set"),
        (
            "connector_worker",
            {
                "WORKER_ID": "x",
                "WORKER_TOKEN": "x",
                "DATA_PLANE_URL": "http://x",
                "DEFAULT_KAFKA_BOOTSTRAP_SERVER": "x:1",
                "TOPIC": "x",
                "SCHEMA_REGISTRY_URL": "http://x",
                "REQUIRE_REGISTRY_LOGIN": "true",
            },
            "SCHEMA_REGISTRY_USERNAME is not set",
        ),
    ],
)
def test_component_refuses(refusal: Refused, module: str, given: dict[str, str], words: str) -> None:
    assert words in refusal(module, given)


@pytest.mark.parametrize(("number", "taken"), until(131))
def test_broker_of_a_chart_and_postgresql(refusal: Refused, number: int, taken: bool) -> None:
    given = S3 | {"STORAGE_ENGINE": POSTGRES, "IMAGE_TAG": tag_at(BROKER_TAGS, number)}
    # Nothing listens there: that the broker tried is what can be seen here.
    assert ("storage: connection refused" in refusal("tansu", given)) == taken


@pytest.mark.parametrize("scheme", ["abfss", "abfs", "az"])
@pytest.mark.parametrize(("number", "taken"), since(178))
def test_broker_of_a_chart_and_azure(refusal: Refused, number: int, taken: bool, scheme: str) -> None:
    given = S3 | {"STORAGE_ENGINE": f"{scheme}://c@a.x/p/", "IMAGE_TAG": tag_at(BROKER_TAGS, number)}
    assert refusal("tansu", given).startswith("Azure error" if taken else f"unsupported storage URL: {scheme}://")


def test_data_plane_refuses_without_its_database(refusal: Refused) -> None:
    assert refusal("data_plane.__main__", data_plane() | {"PORT": "0"}) == "database: connection refused"


def test_refusal_is_the_last_line_and_exit_code_1() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kora"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{STANDINS}:{FAKES}", "KORA_DB_HOST": ""},
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("ERROR refusing to start: KORA_DB_HOST is empty\n")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("0.6.0", "0.7.0-beta.6"),
        ("0.7.0-beta.6", "0.7.0-beta.10"),
        ("0.7.0-beta.39", "0.7.0"),
        ("0.7.0", "1.0.0-alpha.1"),
        ("1.0.0-alpha.20", "1.0.0-beta.1"),
    ],
)
def test_image_tags_are_ordered_as_versions(older: str, newer: str) -> None:
    assert tansu.age(older) < tansu.age(newer)


def test_broker_answers_as_kafka() -> None:
    server = broker.listen("127.0.0.1", 0, broker.Broker(Shelf(), "", "tcp://127.0.0.1:9092"))
    port = server.server_address[1]
    assert kafka.check(f"127.0.0.1:{port}") is False
    assert kafka.use(kafka.Settings(f"127.0.0.1:{port}"), "topic", "value") is False
    server.shutdown()
    server.server_close()
    with pytest.raises(OSError, match="refused"):
        kafka.check(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({}, {"security_protocol": "PLAINTEXT"}),
        ({"SASL_MECHANISM": "PLAIN", "SASL_USERNAME": "u", "CA_CERT": "pem"}, {"security_protocol": "PLAINTEXT"}),
        (
            {
                "SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                "SASL_MECHANISM": "PLAIN",
                "SASL_USERNAME": "u",
                "SASL_PASSWORD": "p",
            },
            {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "PLAIN",
                "sasl_plain_username": "u",
                "sasl_plain_password": "p",
            },
        ),
    ],
    ids=["open", "nothing that has no use", "login"],
)
def test_the_way_into_kafka_is_the_charts(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], options: dict[str, str]
) -> None:
    for name, value in ({"BOOTSTRAP_SERVER": "k:9092"} | given).items():
        monkeypatch.setenv(f"DEFAULT_KAFKA_{name}", value)
    settings = kafka.Settings.from_environment()
    assert settings.options() == {"bootstrap_servers": ["k:9092"]} | options
    assert {name for name, value in settings.variables().items() if value} == {
        f"DEFAULT_KAFKA_{name}" for name in {"BOOTSTRAP_SERVER", "SECURITY_PROTOCOL"} | set(given)
    }


def test_who_a_client_is_and_what_it_trusts_is_the_charts() -> None:
    own = pair("127.0.0.1")
    settings = kafka.Settings("k:9092", "SSL", ca_cert=own.certificate, cert=own.certificate, key=own.key)
    context = settings.options()["ssl_context"]
    assert context.cert_store_stats()["x509"] == 1
    with pytest.raises(ssl.SSLError):
        replace(settings, key=pair("127.0.0.1").key).options()


# The schema registry.

Call = Callable[..., tuple[int, Any]]
REFERENCE = {"name": "order", "subject": "orders", "version": 1}


def test_karapace_gives_equal_schemas_of_two_subjects_two_ids() -> None:
    store = karapace.Memory()
    assert [store.register(subject, Content('"string"')) for subject in ("a", "a", "b")] == [1, 1, 2]


def test_id_outlives_a_deletion() -> None:
    store = karapace.Memory()
    first = store.register("a", Content('"string"'))
    store.delete("a")
    assert store.register("b", Content('"int"')) == first + 1
    assert store.register("a", Content('"string"')) == first
    assert [(one.version, one.deleted) for one in store.schemas() if one.subject == "a"] == [(1, True), (2, False)]


@pytest.fixture(scope="module")
def audited() -> Iterator[Call]:
    """A registry with a bit of everything: method, path and body to status and answer."""
    server = web.serve(registry.routes(karapace.Memory()), "127.0.0.1", 0)

    def called(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
        connection.request(method, path, json.dumps(body) if body is not None else None)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    for method, path, body in (
        ("POST", "/subjects/orders/versions", {"schema": '"string"'}),
        ("POST", "/subjects/orders/versions", {"schema": '"int"'}),
        ("POST", "/subjects/bills/versions", {"schema": "{}", "schemaType": "JSON", "references": [REFERENCE]}),
        ("POST", "/subjects/gone/versions", {"schema": '"long"'}),
        ("DELETE", "/subjects/gone", None),
        ("PUT", "/config/orders", {"compatibility": "FULL"}),
    ):
        assert called(method, path, body)[0] == 200
    yield called
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/subjects", ["bills", "orders"]),
        ("/subjects?deleted=false", ["bills", "orders"]),
        ("/subjects?deleted=true", ["bills", "gone", "orders"]),
        ("/subjects/orders/versions", [1, 2]),
        ("/subjects/gone/versions?deleted=true", [1]),
        ("/subjects/orders/versions/1", {"subject": "orders", "version": 1, "id": 1, "schema": '"string"'}),
        ("/subjects/orders/versions/latest", {"subject": "orders", "version": 2, "id": 2, "schema": '"int"'}),
        ("/subjects/gone/versions/1?deleted=true", {"subject": "gone", "version": 1, "id": 4, "schema": '"long"'}),
        (
            "/subjects/bills/versions/1",
            {
                "subject": "bills",
                "version": 1,
                "id": 3,
                "schema": "{}",
                "schemaType": "JSON",
                "references": [REFERENCE],
            },
        ),
        ("/schemas/ids/1", {"schema": '"string"'}),
        ("/schemas/ids/3", {"schema": "{}", "schemaType": "JSON", "references": [REFERENCE]}),
        ("/schemas/ids/4", {"schema": '"long"'}),
        ("/config", {"compatibilityLevel": "BACKWARD"}),
        ("/config/orders", {"compatibilityLevel": "FULL"}),
        ("/config/bills?defaultToGlobal=true", {"compatibilityLevel": "BACKWARD"}),
    ],
)
def test_registry_answers(audited: Call, path: str, answer: Any) -> None:
    assert audited("GET", path) == (200, answer)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/subjects/nobody/versions", None, 40401),
        ("GET", "/subjects/gone/versions", None, 40401),
        ("GET", "/subjects/gone/versions/1", None, 40401),
        ("GET", "/subjects/orders/versions/9", None, 40402),
        ("GET", "/schemas/ids/9", None, 40403),
        ("GET", "/config/nobody", None, 40401),
        ("GET", "/config/bills", None, 40408),
        ("DELETE", "/subjects/nobody", None, 40401),
        ("DELETE", "/subjects/gone", None, 40404),
        ("DELETE", "/subjects/orders?permanent=true", None, 50100),
        ("POST", "/subjects/orders/versions", {}, 42201),
        ("POST", "/subjects/orders/versions", {"schema": "x", "schemaType": "XML"}, 42201),
        ("PUT", "/config/orders", {"compatibility": "SOME"}, 42203),
    ],
)
def test_registry_refuses(audited: Call, method: str, path: str, body: Any, code: int) -> None:
    status, answer = audited(method, path, body)
    assert (status, answer["error_code"]) == (code // 100, code)
