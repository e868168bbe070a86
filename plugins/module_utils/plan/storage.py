# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the bundled broker keeps its records: a bucket, Azure Data Lake, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..chart.boundaries import holds, remedy_of
from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..tree import nested
from ..urls import web_url
from .bucket import bucket_findings
from .inputs import Inputs
from .model import Plan, literal
from .secret_blocks import Entry, SecretBlock, plan_secret_block

#: How the URLs of engines begin, by the kind of store.
_SCHEMES = {"s3": ("s3",), "azure": ("abfss", "abfs", "az"), "postgresql": ("postgres", "postgresql")}

#: The fact that a chart's broker takes a kind; what is not here every broker takes.
_TAKEN = {"azure": "broker.takes_azure", "postgresql": "broker.takes_postgresql"}

#: The chart asks for a region, also where nothing reads it.
_NO_REGION = "unused"


def plan_storage(inputs: Inputs, chart: ChartFacts, block: str) -> Plan:
    """Engine, region and credentials of the broker.

    :param block: the broker's block of values.
    """
    plan = _KINDS[inputs.storage_type](inputs, chart, block)
    return plan.merge(Plan(findings=tuple(_in_vain(inputs))))


def uses_bucket(inputs: Inputs) -> bool:
    """Whether the broker writes to an S3 bucket."""
    return inputs.kafka_mode == "bundled" and inputs.storage_type == "s3"


def managed_bucket(inputs: Inputs) -> dict[str, Any] | None:
    """The bucket that is made and kept right, and how; None where somebody else does that."""
    if not (uses_bucket(inputs) and inputs.bucket_manage):
        return None
    return {
        "name": inputs.bucket,
        "region": inputs.bucket_region,
        "endpoint": inputs.s3_endpoint,
        "versioning": inputs.bucket_versioning,
        "old_versions_days": inputs.bucket_old_versions_days,
        "uploads_days": inputs.bucket_uploads_days,
        "kms_key": inputs.bucket_kms_key,
        "policy": inputs.bucket_policy,
    }


def broker_identity(inputs: Inputs) -> dict[str, str]:
    """Who the broker is to whoever grants it the bucket."""
    return {
        "role": inputs.s3_irsa_role_arn,
        "issuer": inputs.s3_oidc_issuer,
        "namespace": inputs.namespace,
        # The chart names it so, also where its values call the broker otherwise.
        "account": f"{inputs.release}-tansu",
    }


def kind_of(engine: str) -> str:
    """The kind of store that an engine's URL names, empty for one that no broker takes."""
    scheme = engine.partition("://")[0]
    return next((kind for kind, schemes in _SCHEMES.items() if scheme in schemes), "")


def takes(kind: str, version: str) -> bool:
    """Whether the broker of a chart keeps its records in a kind of store."""
    return kind in _SCHEMES and (kind not in _TAKEN or holds(_TAKEN[kind], version))


def engine_url(bucket: str, prefix: str) -> str:
    """The storage engine as the broker takes it, ``s3://bucket/prefix/``."""
    return f"s3://{bucket}{_path(prefix)}"


def _path(prefix: str) -> str:
    trimmed = prefix.strip("/")
    return f"/{trimmed}/" if trimmed else "/"


#: Inputs of which each kind of store reads its own only. Those that a fleet may share, such as the endpoint, are none.
_OWN = {
    "s3": ("s3_irsa_role_arn", "s3_assumed_role_arn"),
    "azure": ("azure_account", "azure_container", "azure_client_id", "azure_environment_secret"),
    "postgresql": (),
}

_NAMES = {"s3": "a bucket", "azure": "Azure Data Lake", "postgresql": "PostgreSQL"}


def _in_vain(inputs: Inputs) -> list[Finding]:
    """What is asked of another store than the one that is used."""
    kind = inputs.storage_type
    given = [
        f"popsink_{name}" for other, names in _OWN.items() if other != kind for name in names if getattr(inputs, name)
    ]
    findings = []
    if given:
        findings.append(
            failed(
                "storage.in_vain",
                f"The broker keeps its records in {_NAMES[kind]} (popsink_storage_type is {kind!r}), which does not "
                f"use {', '.join(given)}.",
                "Remove the inputs, or set popsink_storage_type to what they belong to.",
            )
        )
    if inputs.bucket_manage and kind != "s3":
        findings.append(
            failed(
                "storage.manage",
                f"popsink_bucket_manage is set, and popsink_storage_type is {kind!r}: there is no bucket to manage.",
                "Remove popsink_bucket_manage, or set popsink_storage_type to s3.",
            )
        )
    return findings


def _s3(inputs: Inputs, chart: ChartFacts, block: str) -> Plan:
    aws: dict[str, Any] = {"region": inputs.bucket_region}
    if inputs.s3_endpoint:
        # The region stays required: the broker asks for one even where the endpoint knows none.
        endpoint = web_url(inputs.s3_endpoint)
        aws |= {"endpoint": inputs.s3_endpoint, "allowHttp": endpoint is not None and endpoint.scheme == "http"}
    if inputs.s3_auth == "irsa":
        aws |= {"irsaRoleArn": inputs.s3_irsa_role_arn}
    if inputs.s3_assumed_role_arn:
        aws |= {"assumedRoleArn": inputs.s3_assumed_role_arn}
    engine = engine_url(inputs.bucket, inputs.bucket_prefix)
    plan = Plan(
        values=nested(f"{block}.storage", {"engine": engine, "aws": aws}),
        findings=(*bucket_findings(inputs), *_identity(inputs, chart)),
    )
    if inputs.s3_auth != "keys":
        return plan
    entries = (
        Entry("s3_access_key_id", "accessKeyId", ("accessKeyIdKey", "accessKey")),
        Entry("s3_secret_access_key", "secretAccessKey", ("secretAccessKeyKey", "secretKey")),
    )
    keys = SecretBlock(f"{block}.storage.aws", "storage", "broker-storage", entries)
    return plan.merge(plan_secret_block(inputs, chart, keys))


def _identity(inputs: Inputs, chart: ChartFacts) -> list[Finding]:
    if inputs.s3_auth == "irsa" and not inputs.s3_irsa_role_arn:
        return [
            failed(
                "storage.identity",
                "popsink_s3_auth is 'irsa', but popsink_s3_irsa_role_arn is not set.",
                "Name the role that the broker's service account may take.",
            )
        ]
    if inputs.s3_auth != "irsa" and inputs.s3_irsa_role_arn:
        return [
            failed(
                "storage.identity",
                f"popsink_s3_irsa_role_arn is set, and popsink_s3_auth is {inputs.s3_auth!r}.",
                "Set popsink_s3_auth to irsa, or remove the role.",
            )
        ]
    if inputs.s3_auth == "ambient" and holds("broker.wants_identity", chart.version):
        return [
            failed(
                "storage.identity",
                f"popsink_s3_auth is 'ambient', and chart {chart.version} refuses a broker with neither role nor keys.",
                remedy_of("broker.wants_identity"),
            )
        ]
    return []


def _azure(inputs: Inputs, chart: ChartFacts, block: str) -> Plan:
    """Credentials come from the broker's environment only: a workload identity, or a Secret with variables."""
    if not takes("azure", chart.version):
        return Plan(
            findings=(
                failed(
                    "storage.azure",
                    f"popsink_storage_type is 'azure', which the broker of chart {chart.version} does not take.",
                    remedy_of(_TAKEN["azure"]),
                ),
            )
        )
    engine = (
        f"abfss://{inputs.azure_container}@{inputs.azure_account}.dfs.core.windows.net{_path(inputs.bucket_prefix)}"
    )
    broker: dict[str, Any] = {"storage": {"engine": engine, "aws": {"region": inputs.bucket_region or _NO_REGION}}}
    if inputs.azure_client_id:
        broker |= {
            "podLabels": {"azure.workload.identity/use": "true"},
            "serviceAccount": {"annotations": {"azure.workload.identity/client-id": inputs.azure_client_id}},
        }
    if inputs.azure_environment_secret:
        broker |= {"extraEnvVarsSecret": inputs.azure_environment_secret}
    findings = [
        failed("storage.azure", f"popsink_storage_type is 'azure', but popsink_{name} is not set.", f"Name the {what}.")
        for name, what in (("azure_account", "storage account"), ("azure_container", "container in it"))
        if not getattr(inputs, name)
    ]
    if bool(inputs.azure_client_id) == bool(inputs.azure_environment_secret):
        findings.append(
            failed(
                "storage.azure",
                "Of popsink_azure_client_id and popsink_azure_environment_secret exactly one must be set.",
                "Give the workload identity's client id, or the Secret whose keys become the broker's environment.",
            )
        )
    return Plan(values={block: broker}, findings=tuple(findings))


def _postgresql(inputs: Inputs, chart: ChartFacts, block: str) -> Plan:
    storage = {"engine": literal("storage_postgresql_url"), "aws": {"region": inputs.bucket_region or _NO_REGION}}
    if takes("postgresql", chart.version):
        return Plan(values=nested(f"{block}.storage", storage))
    return Plan(
        findings=(
            failed(
                "storage.postgresql",
                f"popsink_storage_type is 'postgresql', which the broker of chart {chart.version} refuses.",
                remedy_of(_TAKEN["postgresql"]),
            ),
        )
    )


#: By the input's choices; a further kind is one function and one row.
_KINDS: dict[str, Callable[[Inputs, ChartFacts, str], Plan]] = {"s3": _s3, "azure": _azure, "postgresql": _postgresql}
