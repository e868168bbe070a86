# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bundled broker, or another Kafka in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..kafka.login import PASSWORD_MECHANISMS, servers_in
from ..outside import are_certificates
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
    given = {
        name: value for name, value in _given(inputs).items() if name != "kafka_security_protocol" or _secured(inputs)
    }
    names = [f"popsink_{name}" for name, value in given.items() if value]
    if not names:
        return []
    return [
        failed(
            "kafka.mode",
            f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} set, and popsink_kafka_mode is 'bundled'.",
            "Set popsink_kafka_mode to external, or remove what says how another Kafka is reached.",
        )
    ]


def _given(inputs: Inputs) -> dict[str, str]:
    """What is said of another Kafka, by the input's name."""
    names = ("bootstrap_server", "security_protocol", "sasl_mechanism", "sasl_username", "ca_cert", "client_cert")
    return {f"kafka_{name}": getattr(inputs, f"kafka_{name}") for name in names}


def _secured(inputs: Inputs) -> bool:
    return inputs.kafka_security_protocol != "PLAINTEXT"


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
    if _with_password(inputs):
        entries.append(Entry("kafka_sasl_password", "saslPassword"))
    if inputs.kafka_client_cert:
        entries.append(Entry("kafka_client_key", "key"))
    plan = Plan(
        values={"defaultKafka": {name: value for name, value in kafka.items() if value}},
        findings=tuple(_wrong_with_kafka(inputs)),
    )
    if not entries:
        return plan
    block = SecretBlock(
        "defaultKafka",
        "storage",
        "default-kafka",
        tuple(entries),
        # A map of the chart names both, also where one is needed.
        alternatives=("saslPassword", "key"),
        otherwise="No chart that is known here takes one. Let only those read the namespace's Secrets, which hold the "
        "release, who may know them.",
    )
    return plan.merge(plan_secret_block(inputs, chart, block))


def _with_login(inputs: Inputs) -> bool:
    return inputs.kafka_security_protocol.startswith("SASL_")


def _with_password(inputs: Inputs) -> bool:
    """Whether the login needs one: what a mechanism without a user needs is not documented for the chart."""
    with_user = inputs.kafka_sasl_mechanism in ("", *PASSWORD_MECHANISMS) or bool(inputs.kafka_sasl_username)
    return _with_login(inputs) and with_user


def _wrong_with_kafka(inputs: Inputs) -> list[Finding]:
    login = _wrong_with_login(inputs) if _with_login(inputs) else _login_in_vain(inputs)
    return [*_wrong_with_servers(inputs), *login, *_wrong_with_certificates(inputs), *_store_in_vain(inputs)]


def _wrong_with_servers(inputs: Inputs) -> list[Finding]:
    how = "as HOST:PORT, separated by commas."
    if not inputs.kafka_bootstrap_server:
        return [
            failed(
                "kafka.bootstrap_server",
                "popsink_kafka_mode is 'external', but popsink_kafka_bootstrap_server is not set.",
                f"Name your Kafka's bootstrap servers, {how}",
            )
        ]
    if servers_in(inputs.kafka_bootstrap_server) is None:
        return [
            failed(
                "kafka.bootstrap_server",
                f"popsink_kafka_bootstrap_server is {inputs.kafka_bootstrap_server!r}, and a server in it is none.",
                f"Write each {how}",
            )
        ]
    return []


def _wrong_with_login(inputs: Inputs) -> list[Finding]:
    """With a protocol of SASL."""
    protocol, mechanism = inputs.kafka_security_protocol, inputs.kafka_sasl_mechanism
    wanted = [("kafka_sasl_mechanism", "SCRAM-SHA-512")]
    if mechanism in ("", *PASSWORD_MECHANISMS):
        wanted.append(("kafka_sasl_username", "popsink"))
    findings = [
        failed(
            "kafka.login",
            f"popsink_kafka_security_protocol is {protocol}, but popsink_{name} is not set.",
            f"Set it, and popsink_kafka_sasl_password as a vaulted value; for instance {example}.",
        )
        for name, example in wanted
        if not getattr(inputs, name)
    ]
    if mechanism != mechanism.upper():
        findings.append(
            failed(
                "kafka.mechanism",
                f"popsink_kafka_sasl_mechanism is {mechanism!r}, which no broker knows.",
                f"Write it {mechanism.upper()}.",
            )
        )
    elif mechanism and mechanism not in PASSWORD_MECHANISMS:
        findings.append(
            warned(
                "kafka.mechanism",
                f"popsink_kafka_sasl_mechanism is {mechanism}: nothing here logs in by it, and what else the chart "
                "needs for it is not documented.",
                f"Ask Popsink, or use one of {', '.join(PASSWORD_MECHANISMS)}.",
            )
        )
    if protocol == "SASL_PLAINTEXT" and mechanism == "PLAIN":
        findings.append(
            warned(
                "kafka.unencrypted",
                "popsink_kafka_security_protocol is SASL_PLAINTEXT and popsink_kafka_sasl_mechanism PLAIN: whoever can "
                "listen on the way reads the password.",
                "Use SASL_SSL, or a SCRAM mechanism, where Kafka offers them.",
            )
        )
    return findings


def _login_in_vain(inputs: Inputs) -> list[Finding]:
    """With a protocol without SASL."""
    names = [f"popsink_{name}" for name in ("kafka_sasl_mechanism", "kafka_sasl_username") if getattr(inputs, name)]
    if not names:
        return []
    protocol = inputs.kafka_security_protocol
    return [
        failed(
            "kafka.login",
            f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} set, and {protocol} logs nobody in.",
            f"Set popsink_kafka_security_protocol to SASL_{protocol}, or remove them.",
        )
    ]


def _wrong_with_certificates(inputs: Inputs) -> list[Finding]:
    findings, protocol = [], inputs.kafka_security_protocol
    for name in ("kafka_ca_cert", "kafka_client_cert"):
        value = getattr(inputs, name)
        if value and not protocol.endswith("SSL"):
            findings.append(
                failed(
                    name.replace("_", ".", 1),
                    f"popsink_{name} is set, and {protocol} uses no certificates.",
                    f"Set popsink_kafka_security_protocol to {'SASL_SSL' if _with_login(inputs) else 'SSL'}, or remove "
                    "the certificate.",
                )
            )
        elif value and not are_certificates(value):
            findings.append(
                failed(
                    name.replace("_", ".", 1),
                    f"popsink_{name} is no certificate in PEM.",
                    "Give its text, not its path: \"{{ lookup('ansible.builtin.file', 'PATH') }}\".",
                )
            )
    return findings


def _store_in_vain(inputs: Inputs) -> list[Finding]:
    names = [f"popsink_{name}" for name in ("bucket", "azure_account", "s3_irsa_role_arn") if getattr(inputs, name)]
    if not names:
        return []
    return [
        warned(
            "kafka.store",
            f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} set, and popsink_kafka_mode is 'external': no "
            "broker of the chart's keeps records there.",
            "Remove what says where records are kept, or set popsink_kafka_mode to bundled.",
        )
    ]
