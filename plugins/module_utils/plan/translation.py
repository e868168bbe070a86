# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart values that somebody wrote by hand, read as inputs of this collection.

What an input stands for becomes that input, what is a secret a secret; the rest stays chart values. Nothing here needs
the chart: both names of the broker and both schema registries are understood.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..tree import dig, merged, without
from .storage import kind_of

#: What the control plane hands out.
IDENTITY = (
    *("controlPlaneUrl", "controlPlaneFrontendUrl", "deploymentMode", "deploymentId", "deploymentJwtToken"),
    "ingressUrl",
)

#: Paths of chart values to inputs without their prefix.
_INPUTS = {
    "replicaCount": "replicas",
    "imagePullSecret.registry": "image_registry",
    "tansu.replicaCount": "broker_replicas",
    "tansu.storage.aws.region": "bucket_region",
    "tansu.storage.aws.endpoint": "s3_endpoint",
    "tansu.storage.aws.irsaRoleArn": "s3_irsa_role_arn",
    "tansu.storage.aws.assumedRoleArn": "s3_assumed_role_arn",
    "defaultKafka.bootstrapServer": "kafka_bootstrap_server",
    "defaultKafka.securityProtocol": "kafka_security_protocol",
    "defaultKafka.saslMechanism": "kafka_sasl_mechanism",
    "defaultKafka.saslUsername": "kafka_sasl_username",
    "defaultKafka.caCert": "kafka_ca_cert",
    "defaultKafka.cert": "kafka_client_cert",
    "postgresql.primary.persistence.size": "database_storage_size",
    "postgresql.primary.persistence.storageClass": "database_storage_class",
    "schemaRegistry.url": "schema_registry_url",
}

#: Paths of chart values to secrets of the catalogue.
_SECRETS = {
    "adminCredentials.username": "admin_username",
    "adminCredentials.password": "admin_password",
    "jwt.secret": "jwt_secret",
    "connectorConfigEncryptionKey.key": "connector_config_encryption_key",
    "postgresql.auth.postgresPassword": "database_admin_password",
    "tansu.storage.aws.accessKeyId": "s3_access_key_id",
    "tansu.storage.aws.secretAccessKey": "s3_secret_access_key",
    "defaultKafka.saslPassword": "kafka_sasl_password",
    "defaultKafka.key": "kafka_client_key",
    "schemaRegistry.username": "schema_registry_username",
    "schemaRegistry.password": "schema_registry_password",
}

#: Blocks that take the name of a Secret, besides the deployment token's.
_BLOCKS = (
    *("adminCredentials", "jwt", "connectorConfigEncryptionKey", "postgresql.auth", "externalDatabase"),
    *("tansu.storage.aws", "kora.database", "schemaRegistry", "deploymentJwtToken"),
)

_POSTGRESQL_PORT = 5432

_AZURE = "azure.workload.identity"


@dataclass(frozen=True)
class Translation:
    """What chart values say.

    :ivar inputs: inputs without their prefix, to their values.
    :ivar secrets: secrets of the catalogue to their values.
    :ivar identity: what the control plane handed out, deployment token included.
    :ivar rest: chart values that no input stands for.
    """

    inputs: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict, repr=False)
    identity: dict[str, Any] = field(default_factory=dict, repr=False)
    rest: dict[str, Any] = field(default_factory=dict, repr=False)


def translated(values: Mapping[str, Any]) -> Translation:
    """What chart values say; see :class:`Translation`. Empty values say nothing and are left out."""
    rest = _Rest(values)
    identity = {name: value for name in IDENTITY if (value := rest.take(name)) not in (None, "", {})}
    secrets: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    _take_secret_names(rest, identity, inputs)
    for path, name in _SECRETS.items():
        if (value := rest.take(path)) not in (None, ""):
            secrets[name] = value
    for path, name in _INPUTS.items():
        if (value := rest.take(path)) not in (None, ""):
            inputs[name] = value
    _broker(rest, inputs, secrets)
    _database(rest, inputs, secrets)
    _schema_registry(rest, inputs, secrets)
    _image_pull(rest, inputs, secrets)
    return Translation(inputs, secrets, identity, rest.left())


class _Rest:
    """The values that nobody has taken yet, the broker under its former name."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        tree = copy.deepcopy(dict(values))
        if isinstance(now := tree.pop("kodansu", None), Mapping):
            former = tree.get("tansu")
            tree["tansu"] = merged(former, now) if isinstance(former, Mapping) else dict(now)
            self._broker = "kodansu"
        else:
            self._broker = "tansu"
        self._tree = tree

    @property
    def broker(self) -> str:
        """The name that the broker's block had."""
        return self._broker

    def look(self, path: str) -> Any:
        """The value at a path, None where there is none."""
        return dig(self._tree, path)

    def take(self, path: str) -> Any:
        """The value at a path, which is then gone; a block that is empty without it goes, too."""
        value = self.look(path)
        if value is not None:
            self._tree = without(self._tree, [path])
        return value

    def left(self) -> dict[str, Any]:
        """What is left, the broker under the name that it had."""
        return {self._broker if name == "tansu" else name: value for name, value in self._tree.items()}


def _take_secret_names(rest: _Rest, identity: dict[str, Any], inputs: dict[str, Any]) -> None:
    """Names of Secrets that are there, and of their keys, by the block as this collection calls it."""
    names, keys = {}, {}
    for block in _BLOCKS:
        known_as = block.replace("tansu.", f"{rest.broker}.", 1)
        if block == "deploymentJwtToken":
            token = identity.get(block)
            name = token.get("existingSecret") if isinstance(token, Mapping) else None
            given = token.get("secretKeys") if isinstance(token, Mapping) else None
            if name:
                del identity[block]
        else:
            name, given = rest.take(f"{block}.existingSecret"), rest.take(f"{block}.secretKeys")
        if name:
            names[known_as] = name
        if isinstance(given, Mapping) and given:
            keys[known_as] = dict(given)
    if names:
        inputs["existing_secrets"] = names
    if keys:
        inputs["secret_keys"] = keys


def _broker(rest: _Rest, inputs: dict[str, Any], secrets: dict[str, Any]) -> None:
    if rest.take("tansu.enabled") is False:
        inputs["kafka_mode"] = "external"
    aws = "tansu.storage.aws"
    # What follows from the endpoint is planned; anything else stays the user's own.
    secure = str(inputs.get("s3_endpoint", "")).startswith("https://")
    allowed = rest.look(f"{aws}.allowHttp")
    if not allowed or (inputs.get("s3_endpoint") and allowed is not secure):
        rest.take(f"{aws}.allowHttp")
    keys = "s3_access_key_id" in secrets or any("storage.aws" in block for block in inputs.get("existing_secrets", {}))
    engine = str(rest.look("tansu.storage.engine") or "")
    kind, place = kind_of(engine), engine.partition("://")[2]
    if kind == "s3":
        rest.take("tansu.storage.engine")
        inputs["bucket"], _slash, inputs["bucket_prefix"] = place.partition("/")
        if inputs.get("s3_irsa_role_arn"):
            inputs["s3_auth"] = "irsa"
        elif not keys:
            inputs["s3_auth"] = "ambient"
    elif kind == "postgresql":
        secrets["storage_postgresql_url"] = rest.take("tansu.storage.engine")
        inputs["storage_type"] = "postgresql"
    elif kind == "azure" and "@" in place:
        rest.take("tansu.storage.engine")
        container, _at, account = place.partition("@")
        host, _slash, inputs["bucket_prefix"] = account.partition("/")
        inputs |= {"storage_type": "azure", "azure_container": container, "azure_account": host.partition(".")[0]}
        _azure_identity(rest, inputs)


def _azure_identity(rest: _Rest, inputs: dict[str, Any]) -> None:
    # The names of labels and annotations hold dots: they are no paths.
    annotations = rest.look("tansu.serviceAccount.annotations")
    client = annotations.get(f"{_AZURE}/client-id") if isinstance(annotations, Mapping) else None
    if client:
        inputs["azure_client_id"] = client
        # With others beside it, it stands in the rest as well, to the same effect.
        if len(annotations) == 1:
            rest.take("tansu.serviceAccount.annotations")
        if rest.look("tansu.podLabels") == {f"{_AZURE}/use": "true"}:
            rest.take("tansu.podLabels")
    elif secret := rest.take("tansu.extraEnvVarsSecret"):
        inputs["azure_environment_secret"] = secret


def _database(rest: _Rest, inputs: dict[str, Any], secrets: dict[str, Any]) -> None:
    if rest.take("postgresql.enabled") is False:
        inputs["database_mode"] = "external"
        names = {"host": "database_host", "port": "database_port", "user": "database_user", "database": "database_name"}
        block, password = "externalDatabase", "password"
    else:
        names = {"username": "database_user", "database": "database_name"}
        block, password = "postgresql.auth", "password"
    for key, name in names.items():
        if (value := rest.take(f"{block}.{key}")) not in (None, ""):
            inputs[name] = value
    if (value := rest.take(f"{block}.{password}")) not in (None, ""):
        secrets["database_password"] = value


def _schema_registry(rest: _Rest, inputs: dict[str, Any], secrets: dict[str, Any]) -> None:
    if inputs.get("schema_registry_url"):
        inputs["schema_registry_mode"] = "external"
    if "schema_registry_username" in secrets or "schemaRegistry" in inputs.get("existing_secrets", {}):
        inputs["schema_registry_auth"] = "basic"
    if rest.look("kora.database.url"):
        # One URL for all has no input; it stays the user's own value.
        return
    names = ("host", "port", "user", "database")
    given = {name: value for name in names if (value := rest.take(f"kora.database.{name}")) not in (None, "")}
    password = rest.take("kora.database.password")
    user, database = inputs.get("database_user", "popsink"), inputs.get("database_name", "popsink")
    shared = given.get("user", user) == user and given.get("database", database) == database
    # A shared role has one password; with another one it is a role of its own, whatever its name.
    shared = shared and (password in (None, "") or secrets.get("database_password", password) == password)
    if given and not shared:
        own = {"user": "schema_registry_database_user", "database": "schema_registry_database_name"}
        inputs |= {name: given[key] for key, name in own.items() if key in given}
    host = str(given.get("host", ""))
    bundled = inputs.get("database_mode") != "external" and host.endswith("-postgresql")
    if host and host != inputs.get("database_host") and not bundled:
        inputs["schema_registry_database_host"] = host
    if str(given.get("port", "")) not in ("", str(inputs.get("database_port", _POSTGRESQL_PORT))):
        inputs["schema_registry_database_port"] = given["port"]
    if password in (None, ""):
        return
    own_role = "schema_registry_database_user" in inputs or "schema_registry_database_host" in inputs
    secrets.setdefault("schema_registry_database_password" if own_role else "database_password", password)


def _image_pull(rest: _Rest, inputs: dict[str, Any], secrets: dict[str, Any]) -> None:
    made_by_chart = rest.take("imagePullSecret.create") is True
    # Without `create` nothing reads it: it stays the user's own value.
    token = rest.take("imagePullSecret.token") if made_by_chart else None
    names = rest.look("global.imagePullSecrets")
    if made_by_chart:
        inputs["image_pull_mode"] = "chart"
        if token not in (None, ""):
            secrets["image_pull_token"] = token
        if isinstance(names, list) and len(names) == 1 and str(names[0]).endswith("-regcred"):
            rest.take("global.imagePullSecrets")
    elif isinstance(names, list) and names:
        # There is one input: of several the first is looked at, and all of them stay the user's own value.
        if len(names) == 1:
            rest.take("global.imagePullSecrets")
        name = names[0]
        inputs |= {
            "image_pull_mode": "existing",
            "image_pull_secret": name.get("name") if isinstance(name, Mapping) else name,
        }
