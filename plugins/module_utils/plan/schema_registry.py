# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema registry: Karapace in early charts, Kora in later ones, or one that is there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..chart.boundaries import holds, remedy_of
from ..chart.facts import ChartFacts
from ..findings import Finding, failed, warned
from ..urls import web_url
from .database import WantedDatabase, bundled_server, database_host, database_port, is_bundled, role_of
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

_ORACLE = "oracle"
_ORACLE_PORT = 1521


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
    if inputs.schema_registry_database_backend == _ORACLE:
        database |= {"backend": _ORACLE, "port": inputs.schema_registry_database_port or _ORACLE_PORT}
    own_role = bool(inputs.schema_registry_database_user or inputs.schema_registry_database_host)
    return database, "schema_registry_database_password" if own_role else "database_password"


def kora_is_made(inputs: Inputs) -> bool:
    """Whether Kora's own database is made: on the data plane's server, where that is the chart's or it is asked for."""
    if inputs.schema_registry_mode != "bundled" or shares_database(inputs) or _on_oracle(inputs):
        return False
    host = inputs.schema_registry_database_host
    if is_bundled(inputs):
        # Another role for the data plane's database is left to whoever wants that.
        return not host and inputs.schema_registry_database_name not in ("", inputs.database_name)
    return inputs.database_create and host in ("", inputs.database_host)


def plan_bundled_database(inputs: Inputs, chart: ChartFacts) -> dict[str, Any] | None:
    """Kora's own database in the chart's PostgreSQL, as plain data for the step that makes it; None where none is."""
    if not (is_bundled(inputs) and chart.has("kora") and kora_is_made(inputs)):
        return None
    kora, password = kora_database(inputs)
    user = str(kora["user"])
    server = {**bundled_server(inputs), "registry_user": user if user != inputs.database_user else ""}
    return {"server": server, "wanted": asdict(WantedDatabase(str(kora["database"]), user, user, password))}


def wanted_databases(inputs: Inputs, chart: ChartFacts) -> list[WantedDatabase]:
    """What is made where it is to be made: the data plane's database, and Kora's own on the same server."""
    host = inputs.database_host
    user = inputs.database_user
    found = [WantedDatabase(inputs.database_name, user, role_of(user, host), "database_password")]
    if chart.has("kora") and kora_is_made(inputs):
        kora, password = kora_database(inputs)
        user = str(kora["user"])
        found.append(WantedDatabase(str(kora["database"]), user, role_of(user, host), password))
    return found


def _on_oracle(inputs: Inputs) -> bool:
    return inputs.schema_registry_database_backend == _ORACLE


def _kora(inputs: Inputs, chart: ChartFacts) -> Plan:
    database, password = kora_database(inputs)
    block = SecretBlock(
        "kora.database",
        "database",
        "schema-registry-database",
        (Entry(password, "password"),),
        alternatives=("url",),
    )
    made = kora_is_made(inputs)
    findings = _oracle(inputs, chart) if _on_oracle(inputs) else _own_database(inputs)
    if is_bundled(inputs) and not (made or shares_database(inputs) or inputs.schema_registry_database_host):
        # What is outside of the chart is looked at before a rollout.
        findings.append(_must_exist(inputs.schema_registry_database_user, database["database"], database["host"]))
    supplied = () if made else ("schema_registry_database_password",)
    plan = Plan(values={"kora": {"database": database}}, supplied=supplied, findings=tuple(findings))
    return plan.merge(plan_secret_block(inputs, chart, block))


def _own_database(inputs: Inputs) -> list[Finding]:
    """What of Kora's own database cannot be made."""
    user, name = inputs.schema_registry_database_user, inputs.schema_registry_database_name
    if not kora_is_made(inputs) or not user:
        return []
    if user == inputs.database_user:
        return [
            failed(
                "schema_registry.database_user",
                f"popsink_schema_registry_database_user is '{user}', the data plane's role, whose password it has.",
                "Leave it out for the same role, or name another.",
            )
        ]
    if name in ("", inputs.database_name):
        return [
            failed(
                "schema_registry.database_name",
                f"Role {user} (popsink_schema_registry_database_user) would be made, and a role that is made owns a "
                "database of its own.",
                "Name one in popsink_schema_registry_database_name, or leave the role out.",
            )
        ]
    return []


def _oracle(inputs: Inputs, chart: ChartFacts) -> list[Finding]:
    """Kora on Oracle, which is only handed on."""
    if not chart.has("kora.database.backend"):
        return [
            failed(
                "schema_registry.backend",
                f"popsink_schema_registry_database_backend is 'oracle', and chart {chart.version} has no "
                "kora.database.backend.",
                "Use PostgreSQL for Kora.",
            )
        ]
    missing = [
        f"popsink_schema_registry_database_{part}"
        for part in ("host", "name", "user")
        if not getattr(inputs, f"schema_registry_database_{part}")
    ]
    if missing:
        return [
            failed(
                "schema_registry.backend",
                f"popsink_schema_registry_database_backend is 'oracle', and {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not set.",
                "Give host, name (that of the service) and user of the Oracle database.",
            )
        ]
    return [
        warned(
            "schema_registry.backend",
            "Kora would keep its schemas in Oracle, which the vendor's pages no longer mention.",
            "Ask Popsink before this becomes production.",
        )
    ]


def _database_in_vain(inputs: Inputs) -> bool:
    """Whether something is said of Kora's database."""
    return not shares_database(inputs) or _on_oracle(inputs)


def _must_exist(user: str, database: object, host: object) -> Finding:
    return warned(
        "schema_registry.database",
        f"The schema registry has a role of its own, which nothing here makes: {user}, for database {database} on "
        f"{host}.",
        "It must be there before the registry starts; or name a database of its own in "
        "popsink_schema_registry_database_name, and both are made.",
    )


def _karapace(inputs: Inputs) -> Plan:
    """It keeps its schemas in a topic of the bundled broker."""
    in_vain = warned(
        "schema_registry.database",
        "popsink_schema_registry_database_… is set, and the schema registry of this chart has no database.",
        "Only Kora has one, from chart 0.1.0-alpha.91 on.",
    )
    findings = (in_vain,) if _database_in_vain(inputs) else ()
    if inputs.kafka_mode == "bundled":
        return Plan(findings=findings)
    return Plan(
        findings=(
            *findings,
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
    if _database_in_vain(inputs):
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
