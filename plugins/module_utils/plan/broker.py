# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The broker and its object store."""

from __future__ import annotations

from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..secrets.rules import not_a_placeholder
from ..tree import merged, nested
from ..urls import web_url
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block


def broker_block(chart: ChartFacts) -> str:
    """The broker's block of values as this chart names it: ``kodansu`` in late charts, ``tansu`` before."""
    return "kodansu" if chart.has("kodansu") else "tansu"


def plan_broker(inputs: Inputs, chart: ChartFacts) -> Plan:
    """Engine, region, endpoint and the Secret with static keys."""
    block = broker_block(chart)
    aws: dict[str, Any] = {"region": inputs.bucket_region}
    if inputs.s3_endpoint:
        # The region stays required: the broker asks for one even where the endpoint knows none.
        endpoint = web_url(inputs.s3_endpoint)
        aws |= {"endpoint": inputs.s3_endpoint, "allowHttp": endpoint is not None and endpoint.scheme == "http"}
    storage = {"engine": engine_url(inputs.bucket, inputs.bucket_prefix), "aws": aws}
    values = merged(nested(f"{block}.enabled", True), nested(f"{block}.storage", storage))
    if inputs.broker_replicas is not None:
        values = merged(values, nested(f"{block}.replicaCount", inputs.broker_replicas))
    keys = SecretBlock(
        f"{block}.storage.aws",
        "storage",
        "broker-storage",
        (
            Entry("s3_access_key_id", "accessKeyId", ("accessKeyIdKey", "accessKey")),
            Entry("s3_secret_access_key", "secretAccessKey", ("secretAccessKeyKey", "secretKey")),
        ),
    )
    return Plan(values=values, findings=tuple(_inputs_missing(inputs))).merge(plan_secret_block(inputs, chart, keys))


def engine_url(bucket: str, prefix: str) -> str:
    """The storage engine as the broker takes it, ``s3://bucket/prefix/``."""
    trimmed = prefix.strip("/")
    return f"s3://{bucket}/{trimmed}/" if trimmed else f"s3://{bucket}/"


def _inputs_missing(inputs: Inputs) -> list[Finding]:
    findings = []
    if not inputs.bucket:
        findings.append(
            failed(
                "storage.bucket",
                "popsink_bucket is not set.",
                "Name the bucket that the broker keeps its records in; each deployment needs one of its own.",
            )
        )
    elif not_a_placeholder(inputs.bucket):
        findings.append(
            failed("storage.bucket", f"popsink_bucket is {inputs.bucket!r}, a placeholder.", "Name your bucket.")
        )
    if not inputs.bucket_region:
        findings.append(
            failed(
                "storage.region",
                "popsink_bucket_region is not set.",
                "Name the bucket's region; for a store without regions any name will do, but there must be one.",
            )
        )
    if inputs.s3_endpoint and web_url(inputs.s3_endpoint) is None:
        findings.append(
            failed(
                "storage.endpoint",
                f"popsink_s3_endpoint is {inputs.s3_endpoint!r}, which is not a URL with scheme and host.",
                "Begin it with https:// or http://, followed by the host.",
            )
        )
    return findings
