# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema registry: Karapace in early charts, Kora in later ones, or one that is there."""

from __future__ import annotations

from ..chart.boundaries import holds, remedy_of
from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..urls import web_url
from .database import database_host, database_port
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_LOGIN = SecretBlock(
    "schemaRegistry",
    "database",
    "schema-registry",
    (Entry("schema_registry_username", "username"), Entry("schema_registry_password", "password")),
)

#: The registries that charts bring along, by their block of values. No chart has both.
_BUNDLED = ("kora", "karapace")


def plan_schema_registry(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The registry switched on, with its database where it needs one; or off, and the one in its place."""
    block = next((name for name in _BUNDLED if chart.has(name)), "")
    if not block:
        return Plan(
            findings=(
                failed(
                    "chart.schema_registry",
                    f"Chart {chart.version} has neither kora nor karapace: no schema registry that is known here.",
                    "Check popsink_chart_ref and popsink_chart_version.",
                ),
            )
        )
    if inputs.schema_registry_mode == "external":
        return Plan(values={block: {"enabled": False}}).merge(_external(inputs, chart))
    plan = Plan(values={block: {"enabled": True}}, findings=tuple(_in_vain(inputs)))
    return plan.merge(_kora(inputs, chart) if block == "kora" else _karapace(inputs))


def shares_database(inputs: Inputs) -> bool:
    """Whether Kora uses the data plane's role and database, as the control plane's wizard sets it up."""
    return not (
        inputs.schema_registry_database_host
        or inputs.schema_registry_database_user
        or inputs.schema_registry_database_name
    )


def kora_database(inputs: Inputs) -> tuple[dict[str, str | int], str]:
    """Kora's database as the chart takes it, and the name of its password in the catalogue."""
    database: dict[str, str | int] = {
        "host": inputs.schema_registry_database_host or database_host(inputs),
        "port": inputs.schema_registry_database_port or database_port(inputs),
        "user": inputs.schema_registry_database_user or inputs.database_user,
        "database": inputs.schema_registry_database_name or inputs.database_name,
    }
    own_role = bool(inputs.schema_registry_database_user or inputs.schema_registry_database_host)
    return database, "schema_registry_database_password" if own_role else "database_password"


def _kora(inputs: Inputs, chart: ChartFacts) -> Plan:
    database, password = kora_database(inputs)
    block = SecretBlock(
        "kora.database",
        "database",
        "schema-registry-database",
        (Entry(password, "password"),),
        alternatives=("url",),
    )
    plan = Plan(
        values={"kora": {"database": database}},
        findings=()
        if shares_database(inputs)
        else (_must_exist(database["user"], database["database"], database["host"]),),
    )
    return plan.merge(plan_secret_block(inputs, chart, block))


def _must_exist(user: object, database: object, host: object) -> Finding:
    return warned(
        "schema_registry.database",
        f"The schema registry has a role or database of its own, which nothing here makes: role {user} and database "
        f"{database} on {host}.",
        "They must be there before it starts: CREATE ROLE … LOGIN PASSWORD …; CREATE DATABASE … OWNER …; or leave "
        "popsink_schema_registry_database_… out, and it shares the data plane's.",
    )


def _karapace(inputs: Inputs) -> Plan:
    """It keeps its schemas in a topic of the bundled broker."""
    if inputs.kafka_mode == "bundled":
        return Plan()
    return Plan(
        findings=(
            failed(
                "schema_registry.mode",
                "popsink_kafka_mode is 'external', and the schema registry of this chart runs on the bundled broker.",
                "Set popsink_schema_registry_mode to external, with popsink_schema_registry_url.",
            ),
        )
    )


def _external(inputs: Inputs, chart: ChartFacts) -> Plan:
    findings = []
    if not inputs.schema_registry_url:
        findings.append(
            failed(
                "schema_registry.url",
                "popsink_schema_registry_mode is 'external', but popsink_schema_registry_url is not set.",
                "Give the registry's URL.",
            )
        )
    elif web_url(inputs.schema_registry_url) is None:
        findings.append(
            failed(
                "schema_registry.url",
                f"popsink_schema_registry_url is {inputs.schema_registry_url!r}, not a URL with scheme and host.",
                "Begin it with https:// or http://, followed by the host.",
            )
        )
    elif "@" in inputs.schema_registry_url.partition("://")[2].partition("/")[0]:
        findings.append(
            failed(
                "schema_registry.url",
                "popsink_schema_registry_url has a login in it, which would stand in the release for all to read.",
                "Set popsink_schema_registry_auth to basic, with popsink_schema_registry_username and, as a vaulted "
                "value, popsink_schema_registry_password.",
            )
        )
    if not shares_database(inputs):
        findings.append(
            failed(
                "schema_registry.database",
                "popsink_schema_registry_database_… is set, and popsink_schema_registry_mode is 'external'.",
                "Remove it: the external registry sees to its own database.",
            )
        )
    plan = Plan(values={"schemaRegistry": {"url": inputs.schema_registry_url}}, findings=tuple(findings))
    if inputs.schema_registry_auth == "basic":
        return plan.merge(plan_secret_block(inputs, chart, _LOGIN))
    if holds("registry.login_in_workers", chart.version):
        note = warned(
            "schema_registry.login",
            f"Connector workers of chart {chart.version} insist on a login at the schema registry, and none is given.",
            remedy_of("registry.login_in_workers"),
        )
        return plan.merge(Plan(findings=(note,)))
    return plan


def _in_vain(inputs: Inputs) -> list[Finding]:
    given = {
        "popsink_schema_registry_url is set": inputs.schema_registry_url,
        "popsink_schema_registry_auth is 'basic'": inputs.schema_registry_auth != "none",
    }
    return [
        failed(
            "schema_registry.mode",
            f"{what}, and popsink_schema_registry_mode is 'bundled'.",
            "Set popsink_schema_registry_mode to external, or remove it.",
        )
        for what, there in given.items()
        if there
    ]
