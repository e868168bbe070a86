# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bundled broker, or another Kafka in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..tree import merged, nested
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block
from .storage import plan_storage


def broker_block(chart: ChartFacts) -> str:
    """The broker's block of values as this chart names it: ``kodansu`` in late charts, ``tansu`` before."""
    return "kodansu" if chart.has("kodansu") else "tansu"


def as_named(values: Mapping[str, Any], chart: ChartFacts) -> dict[str, Any]:
    """The values with the broker's block under the name that counts in this chart."""
    named = dict(values)
    former = named.get("tansu")
    if broker_block(chart) == "kodansu" and isinstance(former, Mapping):
        # The chart reads both, and its new name, under which the broker is planned, wins: the user's must count.
        now = named.get("kodansu")
        named["kodansu"] = merged(former, now if isinstance(now, Mapping) else {})
        del named["tansu"]
    return named


def with_blocks_as_named(inputs: Inputs, chart: ChartFacts) -> Inputs:
    """The inputs with the broker's blocks under that name, whichever of its two they were given under."""

    def named(block: str) -> str:
        broker, dot, rest = str(block).partition(".")
        return f"{broker_block(chart)}.{rest}" if dot and broker in ("tansu", "kodansu") else block

    return replace(
        inputs,
        secret_keys={named(block): keys for block, keys in inputs.secret_keys.items()},
        existing_secrets={named(block): name for block, name in inputs.existing_secrets.items()},
        secrets_in_values=[named(block) for block in inputs.secrets_in_values],
    )


def plan_broker(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The broker with its store, or the Kafka that is used in its place."""
    block = broker_block(chart)
    values = nested(f"{block}.enabled", inputs.kafka_mode == "bundled")
    if inputs.kafka_mode == "bundled":
        return Plan(values=values, findings=tuple(_in_vain(inputs))).merge(plan_storage(inputs, chart, block))
    return Plan(values=values).merge(_another_kafka(inputs, chart))


def _in_vain(inputs: Inputs) -> list[Finding]:
    if not inputs.kafka_bootstrap_server:
        return []
    return [
        failed(
            "kafka.mode",
            "popsink_kafka_bootstrap_server is set, and popsink_kafka_mode is 'bundled'.",
            "Set popsink_kafka_mode to external, or remove the servers.",
        )
    ]


def _another_kafka(inputs: Inputs, chart: ChartFacts) -> Plan:
    kafka = {
        "bootstrapServer": inputs.kafka_bootstrap_server,
        "securityProtocol": inputs.kafka_security_protocol,
        "saslMechanism": inputs.kafka_sasl_mechanism,
        "saslUsername": inputs.kafka_sasl_username,
        "caCert": inputs.kafka_ca_cert,
        "cert": inputs.kafka_client_cert,
    }
    entries = []
    if _with_login(inputs):
        entries.append(Entry("kafka_sasl_password", "saslPassword"))
    if inputs.kafka_client_cert:
        entries.append(Entry("kafka_client_key", "key"))
    plan = Plan(
        values={"defaultKafka": {name: value for name, value in kafka.items() if value}},
        findings=tuple(_wrong_with_kafka(inputs)),
    )
    if not entries:
        return plan
    return plan.merge(
        plan_secret_block(inputs, chart, SecretBlock("defaultKafka", "storage", "default-kafka", tuple(entries)))
    )


def _with_login(inputs: Inputs) -> bool:
    return inputs.kafka_security_protocol.startswith("SASL_")


def _wrong_with_kafka(inputs: Inputs) -> list[Finding]:
    findings = []
    if not inputs.kafka_bootstrap_server:
        findings.append(
            failed(
                "kafka.bootstrap_server",
                "popsink_kafka_mode is 'external', but popsink_kafka_bootstrap_server is not set.",
                "Name your Kafka's bootstrap servers, as HOST:PORT, separated by commas.",
            )
        )
    if _with_login(inputs):
        findings += [
            failed(
                "kafka.login",
                f"popsink_kafka_security_protocol is {inputs.kafka_security_protocol}, but popsink_{name} is not set.",
                f"Set it, and popsink_kafka_sasl_password as a vaulted value; for instance {example}.",
            )
            for name, example in (("kafka_sasl_mechanism", "SCRAM-SHA-512"), ("kafka_sasl_username", "popsink"))
            if not getattr(inputs, name)
        ]
    if inputs.kafka_client_cert and not inputs.kafka_security_protocol.endswith("SSL"):
        findings.append(
            failed(
                "kafka.client_cert",
                f"popsink_kafka_client_cert is set, and {inputs.kafka_security_protocol} uses no certificates.",
                "Set popsink_kafka_security_protocol to SSL or SASL_SSL, or remove the certificate.",
            )
        )
    return findings
