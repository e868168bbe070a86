"""Pull secrets and existing Secrets of the stand-in chart, version by version."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.unit.lab.conftest import NO_KEYS, Render, at, merged
from tests.unit.lab.helm import RenderError
from tests.unit.lab.test_chart_build import NUMBERS


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
