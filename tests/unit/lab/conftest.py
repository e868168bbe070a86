"""Fixtures of the lab's tests."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.chart import build
from tests.lab.chart.versions import Version
from tests.unit.lab import helm

#: A PostgreSQL driver that needs no server.
sys.path.insert(0, str(Path(__file__).parent / "fakes"))

Render = Callable[..., helm.Manifest]

NO_KEYS = {"accessKeyId": "", "secretAccessKey": ""}
KOTATSU = {"kotatsu": {"enabled": True}}
POSTGRES_ENGINE = "postgres://u@db:5432/kafka"


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def at(path: str, value: dict[str, Any]) -> dict[str, Any]:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, str], Path]:
    folder = tmp_path_factory.mktemp("charts")

    def chart(number: int, variant: str) -> Path:
        file = folder / f"{number}{variant}.tgz"
        if not file.exists():
            file.write_bytes(build.package(Version(number, "2026.07.21"), variant))
        return file

    return chart


@pytest.fixture(scope="session")
def render(
    charts: Callable[[int, str], Path], secret_values: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Render:
    """Renders a chart version with working values, changed by those given. Equal calls are rendered once."""
    if helm.find() is None:
        pytest.skip("helm is not on PATH (or set HELM)")
    home = tmp_path_factory.mktemp("helm")
    known: dict[str, helm.Manifest] = {}

    def rendered(number: int, changes: dict[str, Any] | None = None, variant: str = "") -> helm.Manifest:
        key = json.dumps([number, changes, variant])
        if key not in known:
            values = merged(working_values(number, secret_values), changes or {})
            known[key] = helm.template(charts(number, variant), values, home)
        return known[key]

    return rendered


@pytest.fixture(scope="session")
def secret_values() -> dict[str, str]:
    fernet = base64.urlsafe_b64encode(os.urandom(32)).decode()
    names = ("token", "admin", "jwt", "postgresql", "s3", "kora")
    return {name: secrets.token_hex(16) for name in names} | {"fernet": fernet}


def working_values(number: int, secret: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "controlPlaneUrl": "https://control-plane-api.popsink.com/api",
        "controlPlaneFrontendUrl": "https://control-plane.popsink.com",
        "deploymentMode": "SELF_HOSTED",
        "deploymentId": "7b0c1d9e-3f58-4c7a-9d2e-5a6f1e0b4c33",
        "deploymentJwtToken": {"token": secret["token"]},
        "ingressUrl": "https://popsink.your-company.com",
        "adminCredentials": {"username": "admin", "password": secret["admin"]},
        "jwt": {"secret": secret["jwt"]},
        "connectorConfigEncryptionKey": {"key": secret["fernet"]},
        "postgresql": {"auth": {"password": secret["postgresql"]}},
        "tansu": {
            "storage": {
                "engine": "s3://bucket/kafka/",
                "aws": {"region": "eu-west-1", "accessKeyId": "id", "secretAccessKey": secret["s3"]},
            }
        },
    }
    if number >= 91:
        database = {"host": "db", "user": "kora", "database": "kora", "password": secret["kora"]}
        values["kora"] = {"database": database}
    return values
