# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plan is made from: the inputs of one deployment, validated and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

#: Prefix of all inputs in the inventory.
PREFIX = "popsink_"


@dataclass(frozen=True)
class Onboarding:
    """The control plane's snippet, without the token.

    :ivar values: its chart values with ``deploymentJwtToken`` taken out.
    :ivar token_form: ``missing``, ``flat`` (a bare string), ``object`` or ``other``.
    :ivar token_subject: deployment id that the token was made for, empty when it cannot be read.
    """

    values: dict[str, Any] = field(default_factory=dict)
    token_form: str = "missing"
    token_subject: str = ""

    def get(self, key: str) -> str:
        """A top-level value as text, empty when it is missing."""
        value = self.values.get(key)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Inputs:
    """Inputs that the plan reads: each field is the variable ``popsink_<field>`` of the role ``popsink``."""

    onboarding: Onboarding
    release: str
    namespace: str
    ingress_url: str
    image_pull_mode: str
    image_pull_secret: str
    image_registry: str
    bucket: str
    bucket_prefix: str
    bucket_region: str
    s3_endpoint: str
    database_name: str
    database_user: str
    database_storage_class: str
    database_storage_size: str
    replicas: int | None
    broker_replicas: int | None
    ingress_mode: str
    ingress_class: str
    ingress_tls_secret: str
    ingress_annotations: dict[str, str]
    secret_keys: dict[str, dict[str, str]]
    existing_secrets: dict[str, str]
    values: dict[str, Any]

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any], onboarding: Onboarding) -> Inputs:
        """The inputs from validated ``popsink_*`` variables; what the plan does not read is left out."""
        names = {entry.name for entry in fields(cls)} - {"onboarding"}
        return cls(onboarding=onboarding, **{name: variables[PREFIX + name] for name in names})
