"""The values files of the vendor's guides, as facts: what an integrator fills in by hand. Secrets are made here."""

from __future__ import annotations

import json
import secrets
from typing import Any

from cryptography.fernet import Fernet

from tests.unit.plugins.samples import DEPLOYMENT, service_account, token_for


def _common() -> dict[str, Any]:
    return {
        "controlPlaneUrl": "https://control-plane-api.popsink.com/api",
        "controlPlaneFrontendUrl": "https://control-plane.popsink.com",
        "deploymentMode": "SELF_HOSTED",
        "deploymentId": DEPLOYMENT,
        "deploymentJwtToken": {"token": token_for(DEPLOYMENT)},
        "ingressUrl": "https://popsink.your-company.com",
        "imagePullSecret": {"create": True, "token": json.dumps(service_account())},
        "adminCredentials": {"username": "admin", "password": secrets.token_urlsafe(12)},
        "jwt": {"secret": secrets.token_urlsafe(48)},
        "connectorConfigEncryptionKey": {"key": Fernet.generate_key().decode()},
        "postgresql": {
            "enabled": True,
            "auth": {"password": secrets.token_urlsafe(24)},
            "primary": {"persistence": {"size": "50Gi", "storageClass": "ssd"}},
        },
    }


def _broker(role: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::123:role/{role}"
    aws = {"region": "eu-west-1", "irsaRoleArn": arn, "assumedRoleArn": arn}
    return {"storage": {"engine": "s3://my-popsink-bucket/kafka/", "aws": aws}}


def first_guide() -> dict[str, Any]:
    """The minimal values for chart 0.1.0-alpha.60."""
    broker = {"enabled": True, **_broker("popsink-tansu")}
    return {**_common(), "tansu": broker, "karapace": {"enabled": True}}


def later_guide() -> dict[str, Any]:
    """The complete values for chart 0.1.0-alpha.205."""
    common = _common()
    registry = "europe-west1-docker.pkg.dev/popsink-common-438615/onprem"
    database = {"host": "popsink-postgresql", "port": 5432, "user": "kora", "database": "kora"}
    return {
        **common,
        "imagePullSecret": {**common["imagePullSecret"], "registry": registry},
        "global": {"imagePullSecrets": ["popsink-regcred"]},
        "kora": {"database": {**database, "password": secrets.token_urlsafe(24)}},
        "kodansu": _broker("popsink-kodansu"),
        "kotatsu": {"enabled": True},
    }
