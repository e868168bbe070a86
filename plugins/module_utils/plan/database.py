# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data plane's database: the PostgreSQL that comes with the chart."""

from __future__ import annotations

from typing import Any

from ..chart.facts import ChartFacts
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


def database_host(inputs: Inputs) -> str:
    """Host name of the bundled PostgreSQL within the namespace."""
    return f"{inputs.release}-postgresql"


def plan_database(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The bundled PostgreSQL with its volume and its passwords."""
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
    return Plan(values=values).merge(plan_secret_block(inputs, chart, _AUTH))
