# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plan asks of the deployment's surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chart.facts import ChartFacts
from ..cluster.secrets import SecretSpec
from ..control_plane import ControlPlane
from ..preflight.requirements import (
    THRESHOLD,
    Database,
    DatabaseTls,
    Exposure,
    Gateway,
    Inside,
    Kafka,
    PlannedObject,
    Requirements,
    SchemaRegistry,
    Store,
)
from ..tree import dig
from ..urls import web_url
from .database import database_authorities, database_host, database_port, is_bundled, plan_creation
from .identity import public_url, standalone
from .ingress_controllers import ingress_annotations
from .inputs import Inputs
from .mirror import further_images
from .model import Plan
from .outside import config_map_name
from .public_address import tls_secret
from .schema_registry import kora_database, kora_is_made, plan_bundled_database, shares_database, wanted_databases
from .storage import managed_bucket, uses_bucket


def plan_requirements(plan: Plan, inputs: Inputs, chart: ChartFacts, values: Mapping[str, Any]) -> Requirements:
    """What must be there before a rollout.

    :param values: all validated ``popsink_*`` variables: thresholds and switches are the checks' own.
    """
    return Requirements(
        helm=values["popsink_helm"],
        required={name.removeprefix(THRESHOLD): value for name, value in values.items() if name.startswith(THRESHOLD)},
        release=inputs.release,
        namespace=inputs.namespace,
        deployment=inputs.onboarding.get("deploymentId"),
        public_url=public_url(inputs),
        storage_class=inputs.database_storage_class if is_bundled(inputs) else None,
        secrets=[SecretSpec(secret.name, secret.data, secret.type, secret.variable) for secret in plan.secrets],
        exposure=_exposure(plan, inputs, chart),
        store=_store(inputs),
        managed_bucket=managed_bucket(inputs),
        databases=_databases(plan, inputs, chart),
        database_tls=DatabaseTls(inputs.database_sslmode, database_authorities(inputs), inputs.database_client_cert),
        creation=plan_creation(inputs, wanted_databases(inputs, chart)),
        bundled_database=plan_bundled_database(inputs, chart),
        kafka=_kafka(inputs),
        schema_registry=_schema_registry(inputs),
        control_plane=_control_plane(inputs),
        mirrors=values["popsink_image_registry_mirrors"],
        levels=values["popsink_preflight_checks"],
        records=values["popsink_verify_records"] and inputs.kafka_mode == "bundled",
        inside=Inside(values["popsink_preflight_image"], values["popsink_preflight_inside_timeout"])
        if values["popsink_preflight_inside"]
        else None,
        without_pull_secret=inputs.image_pull_mode == "none",
        mirror=inputs.mirror_registry.rstrip("/"),
        further_images=further_images(inputs, values["popsink_mirror_images"]),
        ca_config_map=config_map_name(inputs),
    )


def _control_plane(inputs: Inputs) -> ControlPlane | None:
    if standalone(inputs):
        return None
    return ControlPlane(inputs.onboarding.get("controlPlaneUrl"), inputs.onboarding.get("deploymentId"))


def _exposure(plan: Plan, inputs: Inputs, chart: ChartFacts) -> Exposure | None:
    url = web_url(public_url(inputs))
    if inputs.ingress_mode == "none" or url is None:
        return None
    return Exposure(
        url.host,
        url.scheme,
        inputs.ingress_class,
        tls_secret(inputs, chart),
        ingress_annotations(inputs, chart),
        inputs.ingress_mode,
        [PlannedObject(item["apiVersion"], item["kind"], item["metadata"]["name"]) for item in plan.manifests],
        inputs.ingress_controller if inputs.ingress_source_ranges else "",
        _gateway(inputs),
    )


def _gateway(inputs: Inputs) -> Gateway | None:
    if inputs.ingress_mode != "gateway":
        return None
    return Gateway(inputs.gateway_name, inputs.gateway_namespace or inputs.namespace, inputs.gateway_section)


def _store(inputs: Inputs) -> Store | None:
    if not uses_bucket(inputs):
        return None
    return Store(
        inputs.bucket,
        inputs.bucket_region,
        inputs.s3_endpoint,
        inputs.bucket_prefix,
        inputs.s3_auth,
        inputs.s3_irsa_role_arn,
        inputs.s3_assumed_role_arn,
        inputs.bucket_manage,
        gets_versions=inputs.bucket_manage and inputs.bucket_versioning,
        sees_to_old_versions=inputs.bucket_manage and inputs.bucket_old_versions_days is not None,
    )


def _databases(plan: Plan, inputs: Inputs, chart: ChartFacts) -> list[Database]:
    """Those outside of the chart: one that comes with it is made by the rollout."""
    bundled = is_bundled(inputs)
    found = []
    if not bundled:
        found.append(
            Database(
                "the data plane",
                database_host(inputs),
                database_port(inputs),
                inputs.database_name,
                inputs.database_user,
                "database_password",
                "popsink_database_",
                made=inputs.database_create,
            )
        )
    own = inputs.schema_registry_mode == "bundled" and chart.has("kora") and not shares_database(inputs)
    if own and (inputs.schema_registry_database_host or not bundled):
        kora, password = kora_database(inputs)
        found.append(
            Database(
                "the schema registry",
                str(kora["host"]),
                int(kora["port"]),
                str(kora["database"]),
                str(kora["user"]),
                password,
                "popsink_schema_registry_database_",
                str(dig(plan.values, "kora.database.backend") or "postgresql"),
                kora_is_made(inputs),
            )
        )
    return found


def _kafka(inputs: Inputs) -> Kafka | None:
    if inputs.kafka_mode == "bundled":
        return None
    return Kafka(
        inputs.kafka_bootstrap_server,
        inputs.kafka_security_protocol,
        inputs.kafka_sasl_mechanism,
        inputs.kafka_sasl_username,
        inputs.kafka_ca_cert,
        inputs.kafka_client_cert,
    )


def _schema_registry(inputs: Inputs) -> SchemaRegistry | None:
    if inputs.schema_registry_mode == "bundled":
        return None
    return SchemaRegistry(inputs.schema_registry_url, inputs.schema_registry_auth)
