# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a crashed container's last words mean."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """A pattern in a log, and the cause that it tells. Source: the vendor's table of symptoms, docs/chart.md."""

    pattern: str
    cause: str
    remedy: str


SYMPTOMS = (
    Symptom("connector-config-encryption-key", "the encryption key is not a Fernet key",
            "Check popsink_connector_config_encryption_key: URL-safe base64 of 32 bytes."),
    Symptom("DB_USER", "the database's user name is empty", "Set popsink_database_user."),
    Symptom("password authentication failed", "the database refuses the password",
            "An existing volume keeps the passwords that it was made with: put those into the vault."),
    Symptom("unsupported storage URL", "the broker does not take this storage engine",
            "Use a bucket: popsink_bucket."),
    Symptom(r"(?i)\bs3\b|\bbucket\b|NoSuchBucket|AccessDenied|SignatureDoesNotMatch",
            "the broker cannot use its bucket",
            "Check popsink_bucket, popsink_bucket_region, popsink_s3_endpoint and the keys."),
)  # fmt: skip


def explain(log: str) -> Symptom | None:
    """The first symptom that a log shows."""
    return next((symptom for symptom in SYMPTOMS if re.search(symptom.pattern, log)), None)
