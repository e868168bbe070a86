# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data plane's database: the PostgreSQL that comes with the chart, or one that is there."""

from __future__ import annotations

from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_AUTH = SecretBlock(
    "postgresql.auth",
    "database",
    "postgresql",
    (
        Entry("database_admin_password", "postgresPassword", ("adminPasswordKey",)),
        Entry("database_password", "password", ("userPasswordKey",)),
    ),
    # Read only by a PostgreSQL with replicas, which the chart does not set up.
    alternatives=("replicationPasswordKey",),
)

_EXTERNAL = SecretBlock("externalDatabase", "database", "database", (Entry("database_password", "password"),))

_PORT = 5432


def is_bundled(inputs: Inputs) -> bool:
    """Whether PostgreSQL comes with the chart."""
    return inputs.database_mode == "bundled"


def database_host(inputs: Inputs) -> str:
    """Host name of the database, as pods of the namespace reach it."""
    return f"{inputs.release}-postgresql" if is_bundled(inputs) else inputs.database_host


def database_port(inputs: Inputs) -> int:
    """The database's port."""
    return _PORT if is_bundled(inputs) or inputs.database_port is None else inputs.database_port


def plan_database(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The database with its passwords."""
    return _bundled(inputs, chart) if is_bundled(inputs) else _external(inputs, chart)


def _bundled(inputs: Inputs, chart: ChartFacts) -> Plan:
    persistence: dict[str, Any] = {"size": inputs.database_storage_size}
    if inputs.database_storage_class:
        persistence["storageClass"] = inputs.database_storage_class
    values = {
        "postgresql": {
            "enabled": True,
            "auth": {"username": inputs.database_user, "database": inputs.database_name},
            "primary": {"persistence": persistence},
        }
    }
    findings: tuple[Finding, ...] = ()
    if inputs.database_host:
        findings = (
            failed(
                "database.host",
                "popsink_database_host is set, and popsink_database_mode is 'bundled'.",
                "Set popsink_database_mode to external, or remove the host.",
            ),
        )
    return Plan(values=values, findings=findings).merge(plan_secret_block(inputs, chart, _AUTH))


def _external(inputs: Inputs, chart: ChartFacts) -> Plan:
    database = {
        "host": inputs.database_host,
        "port": database_port(inputs),
        "user": inputs.database_user,
        "database": inputs.database_name,
    }
    values = {"postgresql": {"enabled": False}, "externalDatabase": database}
    findings: tuple[Finding, ...] = ()
    if not inputs.database_host:
        findings = (
            failed(
                "database.host",
                "popsink_database_mode is 'external', but popsink_database_host is not set.",
                "Name the PostgreSQL server; role and database must be there.",
            ),
        )
    # A password that is made here would open nothing there.
    plan = Plan(values=values, supplied=("database_password",), findings=findings)
    return plan.merge(plan_secret_block(inputs, chart, _EXTERNAL))
