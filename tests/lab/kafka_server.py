"""The Kafka outside of the cluster: where it is, who may use it, and what they may."""

from __future__ import annotations

import time
from typing import Any

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError

from .errors import LabError
from .lab import Lab
from .network import KAFKA_PORTS

PLAIN = "PLAIN"
#: Its users and their ACLs. A client's certificate makes its owner the first of them, too.
USERS: dict[str, tuple[tuple[ResourceType, str, ACLOperation], ...]] = {
    "popsink": (
        (ResourceType.TOPIC, "*", ACLOperation.ALL),
        (ResourceType.GROUP, "*", ACLOperation.ALL),
        (ResourceType.CLUSTER, "kafka-cluster", ACLOperation.CREATE),
    ),
    "reader": ((ResourceType.TOPIC, "*", ACLOperation.DESCRIBE),),
}


def describe(lab: Lab) -> dict[str, Any]:
    """What tests need to use it."""
    return {
        "listeners": {name: lab.network.kafka(name) for name in KAFKA_PORTS},
        "users": {user: lab.secret(f"kafka {user}") for user in USERS},
        "ca_file": str(lab.pki / "ca.crt"),
        "client_cert_file": str(lab.pki / "kafka-client.crt"),
        "client_key_file": str(lab.pki / "kafka-client.key"),
    }


def administrator(bootstrap_server: str) -> KafkaAdminClient:
    """Whoever comes without a login."""
    return KafkaAdminClient(bootstrap_servers=bootstrap_server, client_id="lab")


def provision(lab: Lab, seconds: float) -> None:
    """Make the users and their rights what they shall be, as soon as it takes requests."""
    end = time.monotonic() + seconds
    while True:
        try:
            client = administrator(lab.network.kafka("PLAINTEXT"))
            break
        except KafkaError as error:
            if time.monotonic() > end:
                raise LabError(f"kafka takes no requests within {seconds:g} s: {error}") from error
            time.sleep(0.5)
    try:
        for user in USERS:
            set_password(client, user, lab.secret(f"kafka {user}"))
        client.create_acls([_allowed(user, *right) for user, rights in USERS.items() for right in rights])
    finally:
        client.close()


def set_password(client: KafkaAdminClient, user: str, password: str) -> None:
    """Of a user who comes with SCRAM."""
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
        # It takes one change a user in each request.
        said = client.alter_user_scram_credentials([UserScramCredentialUpsertion(user, mechanism, password)])
        if any(said.values()):
            raise LabError(f"kafka does not take the password of {user}: {said}")


def _allowed(user: str, kind: ResourceType, name: str, operation: ACLOperation) -> ACL:
    return ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name))
