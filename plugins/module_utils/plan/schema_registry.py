# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema registry that comes with the chart: Karapace in early charts, Kora in later ones."""

from __future__ import annotations

from ..chart.facts import ChartFacts
from ..findings import failed
from .database import database_host
from .inputs import Inputs
from .model import Plan
from .secret_blocks import Entry, SecretBlock, plan_secret_block

_KORA_DATABASE = SecretBlock(
    "kora.database",
    "database",
    "schema-registry-database",
    # Kora shares the data plane's role and database, as the control plane's wizard sets it up.
    (Entry("database_password", "password"),),
    alternatives=("url",),
)


def plan_schema_registry(inputs: Inputs, chart: ChartFacts) -> Plan:
    """The registry switched on, with its database where it needs one."""
    if chart.has("kora"):
        database = {
            "host": database_host(inputs),
            "port": 5432,
            "user": inputs.database_user,
            "database": inputs.database_name,
        }
        plan = Plan(values={"kora": {"enabled": True, "database": database}})
        return plan.merge(plan_secret_block(inputs, chart, _KORA_DATABASE))
    if chart.has("karapace"):
        return Plan(values={"karapace": {"enabled": True}})
    return Plan(
        findings=(
            failed(
                "chart.schema_registry",
                f"Chart {chart.version} has neither kora nor karapace: no schema registry that is known here.",
                "Check popsink_chart_ref and popsink_chart_version.",
            ),
        )
    )
