# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a crashed container's last words mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Components whose logs are understood or that a name could be taken for.
_COMPONENT = re.compile(r"\b(?:data-plane|tansu|kodansu|kora|kotatsu|karapace|kafka-ui|metrics-exporter|postgresql)\b")

_DATA_PLANE = ("data-plane",)
_BROKER = ("tansu", "kodansu")
_SCHEMA_REGISTRY = ("kora",)


@dataclass(frozen=True)
class Symptom:
    """A pattern in the log of some components, and the cause that it tells. Source: docs/chart.md.

    :ivar components: those of whose logs it holds; the same words elsewhere have another cause.
    """

    components: tuple[str, ...]
    pattern: str
    cause: str
    remedy: str


SYMPTOMS = (
    Symptom(_DATA_PLANE, "connector-config-encryption-key", "the encryption key is not a Fernet key",
            "Check popsink_connector_config_encryption_key: URL-safe base64 of 32 bytes."),
    Symptom(_DATA_PLANE, r"\bDB_USER\b", "the database's user name is empty", "Set popsink_database_user."),
    Symptom(_DATA_PLANE, "password authentication failed", "the database refuses the password",
            "An existing volume keeps the passwords that it was made with: put those into the vault."),
    Symptom((*_DATA_PLANE, *_SCHEMA_REGISTRY), "too many connections for database",
            "the database takes no further connections",
            "Raise its CONNECTION LIMIT. A move to another server closes the bundled one, and one that was ended "
            "leaves it closed: run playbooks/move_database.yml again, or open it, as postgres in its pod: ALTER "
            "DATABASE ... CONNECTION LIMIT -1;"),
    Symptom(_DATA_PLANE, r"SASL authentication (?:error|failed)|\bSaslAuthenticationFailed",
            "Kafka refuses the login", "Check popsink_kafka_sasl_username, popsink_kafka_sasl_password and "
            "popsink_kafka_sasl_mechanism against what Kafka knows."),
    Symptom(_DATA_PLANE, r"\b(?:TopicAuthorizationFailed|ClusterAuthorizationFailed)|[Tt]opic authorization failed",
            "Kafka lets the deployment in, and does not let it use its topics",
            "Let its user, or whom its certificate names, create, write, read and describe topics."),
    Symptom(_DATA_PLANE, r"broker .*(?:certificate verify failed|CERTIFICATE_VERIFY_FAILED)",
            "the certificate of Kafka's brokers is not trusted",
            "Give the CA that signed it in popsink_kafka_ca_cert."),
    Symptom(_SCHEMA_REGISTRY, "password authentication failed",
            "the database does not know the schema registry's role, or refuses its password",
            "It uses popsink_database_user: see that the role is there. An existing volume keeps the passwords that it "
            "was made with: put those into the vault."),
    Symptom(_BROKER, "unsupported storage URL", "the broker does not take this storage engine",
            "Use a bucket: popsink_bucket."),
    Symptom(_BROKER, r"\bS3 error\b|\b(?:NoSuchBucket|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch)\b",
            "the broker cannot use its bucket",
            "Check popsink_bucket, popsink_bucket_region, popsink_s3_endpoint and the keys."),
)  # fmt: skip


def explain(log: str, *, pod: str, container: str) -> Symptom | None:
    """The first symptom of this container's component that its log shows."""
    component = _component_of(pod, container)
    return next(
        (symptom for symptom in SYMPTOMS if component in symptom.components and re.search(symptom.pattern, log)), None
    )


def _component_of(pod: str, container: str) -> str:
    """The component, or an empty string. A pod's name begins with the release's, which may be any of these words."""
    return next((found[-1] for found in map(_COMPONENT.findall, (container, pod)) if found), "")
