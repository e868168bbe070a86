"""What the chart tells the data plane, and what it refuses to start with."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from standin import environment, kafka
from standin.process import Refusal

SELF_HOSTED = "SELF_HOSTED"
STANDALONE = "STANDALONE"
#: 32 bytes in the URL-safe alphabet. Python's own decoder would take the ordinary alphabet as well.
FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=")
JWT_SECRET_LENGTH = 32


@dataclass(frozen=True)
class Settings:
    mode: str
    deployment: str
    control_plane_url: str
    ingress_url: str
    image_tag: str
    release: str
    namespace: str
    kubernetes_deployment: str
    data_plane_url: str
    database: dict[str, Any] = field(repr=False)
    deployment_token: str = field(repr=False)
    admin_username: str
    admin_password: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    fernet_key: str = field(repr=False)
    kafka: kafka.Settings = field(repr=False)
    registry_url: str
    registry_username: str
    registry_password: str = field(repr=False)
    registry_login_required: bool
    worker_image: str
    worker_pull_secrets: tuple[str, ...]
    heartbeat_interval: float
    heartbeat_reports_version: bool
    leader_election: bool
    licence_grace: float

    @property
    def topic(self) -> str:
        """Of this deployment's records."""
        return f"popsink-{self.deployment or self.namespace}"

    @property
    def connected(self) -> bool:
        """Whether there is a control plane at all."""
        return self.mode == SELF_HOSTED

    @classmethod
    def from_environment(cls) -> Settings:
        for name in ("DEBUG", "CI", "ALLOW_DESIGN_LOGIN", "PIPELINE_MODE"):
            environment.required(name)
        mode = environment.required("DEPLOYMENT_MODE")
        if mode not in (SELF_HOSTED, STANDALONE):
            raise Refusal(f"DEPLOYMENT_MODE is neither {SELF_HOSTED} nor {STANDALONE}")
        connected = mode == SELF_HOSTED
        return cls(
            mode=mode,
            deployment=deployment_id(connected),
            control_plane_url=environment.required("CONTROL_PLANE_URL") if connected else "",
            ingress_url=environment.required("INGRESS_URL"),
            image_tag=environment.required("IMAGE_TAG"),
            release=environment.required("RELEASE_NAME"),
            namespace=environment.required("POD_NAMESPACE"),
            kubernetes_deployment=environment.required("KUBERNETES_DEPLOYMENT"),
            data_plane_url=environment.required("DATA_PLANE_URL"),
            database=database(),
            deployment_token=environment.required("DEPLOYMENT_JWT_TOKEN") if connected else "",
            admin_username=environment.optional("ADMIN_PANEL_USERNAME"),
            admin_password=environment.optional("ADMIN_PANEL_PASSWORD"),
            jwt_secret=jwt_secret(),
            fernet_key=fernet_key(),
            kafka=kafka.Settings.from_environment(),
            registry_url=environment.optional("SCHEMA_REGISTRY_URL"),
            registry_username=environment.optional("SCHEMA_REGISTRY_USERNAME"),
            registry_password=environment.optional("SCHEMA_REGISTRY_PASSWORD"),
            registry_login_required=environment.flag("WORKER_REQUIRES_REGISTRY_LOGIN"),
            worker_image=environment.required("WORKER_IMAGE"),
            worker_pull_secrets=tuple(filter(None, environment.optional("WORKER_IMAGE_PULL_SECRETS").split(","))),
            heartbeat_interval=environment.number("HEARTBEAT_INTERVAL_SECONDS", 600),
            heartbeat_reports_version=environment.flag("HEARTBEAT_REPORTS_VERSION"),
            leader_election=environment.flag("LEADER_ELECTION"),
            licence_grace=environment.number("LICENCE_GRACE_SECONDS", 0),
        )


def deployment_id(connected: bool) -> str:
    text = environment.required("DEPLOYMENT_ID") if connected else environment.optional("DEPLOYMENT_ID")
    if not text:
        return ""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Refusal("DEPLOYMENT_ID is not a UUID") from None


def database() -> dict[str, Any]:
    if environment.required("DB_BACKEND") != "postgres":
        raise Refusal("DB_BACKEND is not postgres")
    return {
        "host": environment.required("DB_HOST"),
        "port": int(environment.number("DB_PORT", 5432)),
        "user": environment.required("DB_USER"),
        "password": environment.required("DB_PASSWORD"),
        "dbname": environment.required("DB_DATABASE"),
    }


def jwt_secret() -> str:
    secret = environment.required("JWT_SECRET")
    if len(secret) < JWT_SECRET_LENGTH:
        raise Refusal(f"JWT_SECRET has {len(secret)} characters, at least {JWT_SECRET_LENGTH} are needed")
    return secret


def fernet_key() -> str:
    key = environment.required("CONNECTOR_CONFIG_ENCRYPTION_KEY")
    if not FERNET_KEY.fullmatch(key):
        raise Refusal("connector-config-encryption-key: not a Fernet key (URL-safe base64 of exactly 32 bytes)")
    return key
