# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plan is made from: the inputs of one deployment, validated and typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
class OwnValues:
    """Chart values of the user's.

    :ivar source: where they stand, for people: a variable or a file.
    """

    source: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """Inputs that the plan reads: each field is the variable ``popsink_<field>`` of the role ``popsink``.

    :ivar inventory_host: name of the host in the inventory, which tells deployments without an id apart.
    :ivar onboarding: what the control plane handed out.
    :ivar own_values: ``popsink_values`` and what no input stands for in ``popsink_values_files``, later ones win.
    """

    onboarding: Onboarding
    own_values: tuple[OwnValues, ...]
    release: str
    namespace: str
    deployment_mode: str
    ingress_url: str
    image_pull_mode: str
    image_pull_secret: str
    image_pull_username: str
    image_registry: str
    mirror_registry: str
    kafka_mode: str
    kafka_bootstrap_server: str
    kafka_security_protocol: str
    kafka_sasl_mechanism: str
    kafka_sasl_username: str
    kafka_ca_cert: str
    kafka_client_cert: str
    storage_type: str
    bucket: str
    bucket_prefix: str
    bucket_region: str
    bucket_manage: bool
    bucket_versioning: bool
    bucket_old_versions_days: int | None
    bucket_uploads_days: int
    bucket_kms_key: str
    bucket_policy: dict[str, Any]
    bucket_policies_file: str
    s3_endpoint: str
    s3_auth: str
    s3_irsa_role_arn: str
    s3_oidc_issuer: str
    s3_assumed_role_arn: str
    azure_account: str
    azure_container: str
    azure_client_id: str
    azure_environment_secret: str
    database_mode: str
    database_host: str
    database_port: int | None
    database_name: str
    database_user: str
    database_sslmode: str
    database_ca_cert: str
    database_client_cert: str
    database_create: bool
    database_storage_class: str
    database_storage_size: str
    schema_registry_mode: str
    schema_registry_url: str
    schema_registry_auth: str
    schema_registry_database_backend: str
    schema_registry_database_host: str
    schema_registry_database_port: int | None
    schema_registry_database_name: str
    schema_registry_database_user: str
    kotatsu_enabled: bool | None
    kafka_ui_enabled: bool | None
    metrics_exporter_enabled: bool | None
    size: str
    replicas: int | None
    broker_replicas: int | None
    pdb_enabled: bool | None
    hpa_enabled: bool | None
    hpa_min_replicas: int | None
    hpa_max_replicas: int | None
    hpa_target_cpu: int | None
    vpa_enabled: bool | None
    vpa_update_mode: str
    node_selector: dict[str, str]
    tolerations: list[dict[str, Any]]
    affinity: dict[str, Any]
    topology_spread: list[dict[str, Any]]
    priority_class: str
    pod_labels: dict[str, str]
    pod_annotations: dict[str, str]
    network_policy_enabled: bool | None
    components: dict[str, Any]
    ingress_mode: str
    ingress_class: str
    ingress_tls_secret: str
    ingress_cert_manager_issuer: str
    ingress_cert_manager_kind: str
    ingress_annotations: dict[str, str]
    ca_certificates: str
    http_proxy: str
    https_proxy: str
    no_proxy: list[str]
    ingress_controller: str
    ingress_source_ranges: list[str]
    route_termination: str
    route_destination_ca: str
    gateway_name: str
    gateway_namespace: str
    gateway_section: str
    istio_gateway: str
    istio_selector: dict[str, str]
    verify_public_url: bool
    public_address: str
    ingress_ca: str
    secret_keys: dict[str, dict[str, str]]
    existing_secrets: dict[str, str]
    secrets_in_values: list[str]
    values_ignored: list[str]
    inventory_host: str = ""

    @classmethod
    def from_variables(
        cls,
        variables: Mapping[str, Any],
        onboarding: Onboarding,
        own_values: Iterable[OwnValues],
        *,
        inventory_host: str = "",
    ) -> Inputs:
        """The inputs from validated ``popsink_*`` variables; what the plan does not read is left out."""
        names = {entry.name for entry in fields(cls)} - {"onboarding", "own_values", "inventory_host"}
        given = {name: variables[PREFIX + name] for name in names}
        return cls(onboarding=onboarding, own_values=tuple(own_values), inventory_host=inventory_host, **given)
