# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment needs of its surroundings, as the plan gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from ..cluster.quantity import quantity
from ..cluster.secrets import SecretSpec
from ..control_plane import ControlPlane
from ..errors import PopsinkError
from ..secrets.catalogue import BOUND_TO_DATA
from ..storage.bucket import Bucket
from .thresholds import is_count, numbers

#: Prefix of the inputs that hold thresholds.
THRESHOLD = "popsink_required_"


class WrongThresholdError(PopsinkError):
    """An input with a threshold holds something that is none: it must neither pass nor end the run without a word."""


@dataclass(frozen=True)
class Store:
    """The bucket that the broker keeps its records in.

    :ivar endpoint: URL of an S3-compatible store; empty for AWS.
    :ivar prefix: path within it, as the engine's URL has it.
    :ivar auth: how the broker proves who it is: ``keys``, ``irsa`` or ``ambient``.
    :ivar role: ARN of the role of the broker's service account, empty where there is none.
    :ivar assumed_role: ARN of a role that is taken on for the bucket, empty for none.
    :ivar managed: whether a rollout makes the bucket and keeps it right.
    :ivar gets_versions: whether it then lets it keep versions.
    :ivar sees_to_old_versions: whether it is told what becomes of those that are no longer current.
    """

    name: str
    region: str
    endpoint: str = ""
    prefix: str = ""
    auth: str = "keys"
    role: str = ""
    assumed_role: str = ""
    managed: bool = False
    gets_versions: bool = False
    sees_to_old_versions: bool = False

    @property
    def bucket(self) -> Bucket:
        """The bucket alone."""
        return Bucket(self.name, self.region, self.endpoint)


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database that must be there.

    :ivar owner: who uses it, for people.
    :ivar password: name of the secret in the catalogue.
    :ivar backend: ``postgresql`` or ``oracle``.
    :ivar made: whether the rollout makes it where it is missing.
    :ivar variables: how the inputs that name it begin, for people, for instance ``popsink_database_``.
    """

    owner: str
    host: str
    port: int
    name: str
    user: str
    password: str
    variables: str
    backend: str = "postgresql"
    made: bool = False


@dataclass(frozen=True)
class DatabaseTls:
    """How the collection's own connections to databases outside of the chart are encrypted.

    :ivar sslmode: as libpq calls it; ``prefer`` encrypts where the server can.
    :ivar ca_cert: PEM, for the two modes that verify.
    :ivar client_cert: PEM, empty for none; its key is the secret ``database_client_key``.
    """

    sslmode: str = "prefer"
    ca_cert: str = ""
    client_cert: str = ""


@dataclass(frozen=True)
class Kafka:
    """Another Kafka than the bundled broker.

    :ivar bootstrap_servers: ``HOST:PORT``, separated by commas.
    :ivar ca_cert: PEM, empty for the system's authorities.
    :ivar client_cert: PEM, empty for none; its key is the secret ``kafka_client_key``.
    """

    bootstrap_servers: str
    security_protocol: str
    sasl_mechanism: str = ""
    sasl_username: str = ""
    ca_cert: str = ""
    client_cert: str = ""


@dataclass(frozen=True)
class SchemaRegistry:
    """Another schema registry than the bundled one.

    :ivar auth: ``none`` or ``basic``.
    """

    url: str
    auth: str = "none"


@dataclass(frozen=True)
class PlannedObject:
    """An object that is made in the deployment's namespace."""

    version: str
    kind: str
    name: str


@dataclass(frozen=True)
class Gateway:
    """A Gateway of the Gateway API.

    :ivar section: name of its listener; empty for all that take the host.
    """

    name: str
    namespace: str
    section: str = ""

    @property
    def path(self) -> str:
        """Where it stands in the API."""
        return f"/apis/gateway.networking.k8s.io/v1/namespaces/{self.namespace}/gateways/{self.name}"


@dataclass(frozen=True)
class Exposure:
    """How the public URL leads to the data plane.

    :ivar host: of the public URL.
    :ivar scheme: of the public URL.
    :ivar ingress_class: empty for the cluster's default.
    :ivar tls_secret: empty where TLS ends before the cluster.
    :ivar annotations: of the Ingress; those of cert-manager name an issuer.
    :ivar mode: ``popsink_ingress_mode``.
    :ivar objects: what is made beside the release.
    :ivar controller: who must serve the IngressClass, as ``popsink_ingress_controller`` has it; empty for anybody.
    :ivar gateway: that the route belongs to; None for another mode.
    """

    host: str
    scheme: str
    ingress_class: str = ""
    tls_secret: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    mode: str = "managed"
    objects: list[PlannedObject] = field(default_factory=list)
    controller: str = ""
    gateway: Gateway | None = None

    @property
    def by_ingress(self) -> bool:
        """Whether an Ingress leads there, ours or the chart's."""
        return self.mode in ("managed", "chart")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Exposure:
        """From plain data."""
        return cls(
            **{
                **data,
                "objects": [PlannedObject(**item) for item in data.get("objects") or ()],
                "gateway": _made(Gateway, data.get("gateway")),
            }
        )


@dataclass(frozen=True)
class Inside:
    """Looking from inside the cluster, with a pod of ours that is gone afterwards.

    :ivar image: of the pod: it has a shell, and a ``nc`` that goes on listening (``-ll``) and runs programs (``-e``).
    :ivar seconds: time limit of the pod.
    """

    image: str
    seconds: int


@dataclass(frozen=True)
class Requirements:
    """What a deployment needs of its surroundings.

    :ivar helm: Helm's program.
    :ivar required: thresholds by the name of their input without ``popsink_required_``.
    :ivar release: name of the release.
    :ivar namespace: of the deployment.
    :ivar deployment: its id at the control plane; empty without one.
    :ivar public_url: ``ingressUrl``.
    :ivar storage_class: StorageClass of the volumes; empty for the default one, None when none is asked for.
    :ivar secrets: the deployment's Secrets, among them those that somebody else looks after.
    :ivar exposure: None where the user leads the public URL there.
    :ivar store: None where the broker has no bucket.
    :ivar managed_bucket: what it is to be, as the step that sees to it takes it; None where no rollout does.
    :ivar databases: those outside of the chart.
    :ivar database_tls: how they are asked.
    :ivar creation: what is made of them on request, as the step that does takes it; None for nothing.
    :ivar bundled_database: what is made in the bundled PostgreSQL, as the step that does takes it; None for nothing.
    :ivar kafka: None for the bundled broker.
    :ivar schema_registry: None for the bundled one.
    :ivar control_plane: None for a deployment without one.
    :ivar mirrors: URL by which an image registry is asked from here, by its host; for those that nodes reach otherwise.
    :ivar levels: what the user made of checks, by their ids: ``warn``, ``off`` or ``fail``.
    :ivar inside: None where nothing is looked at from inside the cluster.
    :ivar records: whether a record is passed through the bundled broker once it runs.
    :ivar without_pull_secret: whether nodes or service accounts have the login for the images.
    :ivar mirror: registry that all images come from; empty for none.
    :ivar further_images: those that no pod of the release names.
    :ivar ca_config_map: the ConfigMap with authorities for the pods; empty without one.
    """

    helm: str
    required: dict[str, Any]
    release: str
    namespace: str
    deployment: str
    public_url: str
    storage_class: str | None
    secrets: list[SecretSpec]
    exposure: Exposure | None = None
    store: Store | None = None
    managed_bucket: dict[str, Any] | None = None
    databases: list[Database] = field(default_factory=list)
    database_tls: DatabaseTls = field(default_factory=DatabaseTls)
    creation: dict[str, Any] | None = None
    bundled_database: dict[str, Any] | None = None
    kafka: Kafka | None = None
    schema_registry: SchemaRegistry | None = None
    control_plane: ControlPlane | None = None
    mirrors: dict[str, str] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    inside: Inside | None = None
    records: bool = False
    without_pull_secret: bool = False
    mirror: str = ""
    further_images: list[str] = field(default_factory=list)
    ca_config_map: str = ""

    @property
    def foreign(self) -> list[SecretSpec]:
        """The Secrets that somebody else looks after."""
        return [secret for secret in self.secrets if secret.variable]

    def version(self, name: str) -> tuple[int, ...]:
        """A threshold that is a version.

        :raises WrongThresholdError: it is none.
        """
        found = numbers(self.required[name])
        if found is None:
            raise self._wrong(name, "no version", "Write it in numbers, for instance 1.23.")
        return found

    def count(self, name: str) -> int:
        """A threshold that is a number of things.

        :raises WrongThresholdError: it is none.
        """
        found = self.required[name]
        if not is_count(found):
            raise self._wrong(name, "no number", "Write for instance 2.")
        return int(found)

    def quantity(self, name: str) -> Decimal:
        """A threshold that is a Kubernetes quantity.

        :raises WrongThresholdError: it is none.
        """
        found = quantity(self.required[name])
        if found is None:
            raise self._wrong(name, "no Kubernetes quantity", "Write for instance 4 for CPUs and 16G for memory.")
        return found

    def _wrong(self, name: str, what: str, remedy: str) -> WrongThresholdError:
        return WrongThresholdError(f"{THRESHOLD}{name} is {self.required[name]!r}, which is {what}.", remedy=remedy)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Requirements:
        """From plain data, as the plan gives it."""
        return cls(
            **{
                **data,
                "secrets": [SecretSpec.from_dict(secret) for secret in data["secrets"]],
                # YAML reads off as a boolean.
                "levels": {name: "off" if level is False else level for name, level in data["levels"].items()},
                "databases": [Database(**database) for database in data.get("databases") or ()],
                "database_tls": DatabaseTls(**data.get("database_tls") or {}),
                "exposure": Exposure.from_dict(data["exposure"]) if data.get("exposure") else None,
                **{
                    name: _made(kind, data.get(name))
                    for name, kind in (
                        ("store", Store),
                        ("kafka", Kafka),
                        ("schema_registry", SchemaRegistry),
                        ("control_plane", ControlPlane),
                        ("inside", Inside),
                    )
                },
            }
        )


def asked_with(requirements: Mapping[str, Any]) -> set[str]:
    """Names of the secrets with which control plane, registries, stores and databases are asked.

    :param requirements: plain data. What is not needed is not asked for: decrypting a secret costs milliseconds.
    """
    kafka, registry = requirements.get("kafka") or {}, requirements.get("schema_registry") or {}
    names = {"image_pull_docker_config"}
    if requirements.get("control_plane"):
        names.add("deployment_token")
    if (requirements.get("store") or {}).get("auth") == "keys":
        names |= {"s3_access_key_id", "s3_secret_access_key"}
    names |= {str(database["password"]) for database in requirements.get("databases") or ()}
    if requirements.get("creation"):
        names.add("database_admin_dsn")
    if beside := requirements.get("bundled_database"):
        names |= {"database_admin_password", str(beside["wanted"]["password"])}
    if (requirements.get("database_tls") or {}).get("client_cert"):
        names.add("database_client_key")
    if str(kafka.get("security_protocol") or "").startswith("SASL_"):
        names.add("kafka_sasl_password")
    if kafka.get("client_cert"):
        names.add("kafka_client_key")
    if registry.get("auth") == "basic":
        names |= {"schema_registry_username", "schema_registry_password"}
    if requirements.get("storage_class") is not None or requirements.get("databases"):
        # Whether they are known decides what becomes of a volume, or of tables, that are there.
        names |= set(BOUND_TO_DATA)
    return names


Made = TypeVar("Made")


def _made(kind: type[Made], data: Mapping[str, Any] | None) -> Made | None:
    return kind(**data) if data else None
