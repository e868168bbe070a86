"""Choices of a database that no test can run: what Helm makes of their inventories."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.rendering import environment, objects_of, render
from tests.unit.plugins.samples import ALL, ROOT, inputs


def planned(name: str, chart: ChartFacts) -> Plan:
    """The plan of the inventory ``tests/rendered/<name>.yml``."""
    inventory: dict[str, Any] = yaml.safe_load((ROOT / f"tests/rendered/{name}.yml").read_text("utf-8"))
    given = inventory["data_planes"]["hosts"][name]
    assert given.pop("popsink_chart_version") == chart.version
    return build_plan(inputs(**{name.removeprefix("popsink_"): value for name, value in given.items()}), chart, ALL)


def test_kora_on_oracle(chart_205: ChartFacts, helm: str) -> None:
    plan = planned("kora-oracle", chart_205)
    assert failures(plan.findings) == []
    assert dig(plan.values, "kora.database") == {
        "backend": "oracle",
        "host": "oracle.acme.example",
        "port": 1521,
        "user": "kora",
        "database": "ACMEPDB",
        "existingSecret": "popsink-vault-schema-registry-database",
    }
    assert dig(plan.values, "postgresql.enabled") is True
    seen = environment(objects_of(render(helm, chart_205.archive, plan.values)), "popsink-kora")
    wanted = {
        "KORA_DB_BACKEND": "oracle",
        "KORA_DB_HOST": "oracle.acme.example",
        "KORA_DB_PORT": "1521",
        "KORA_DB_DATABASE": "ACMEPDB",
        "KORA_DB_USER": "kora",
    }
    assert {name: seen[name] for name in wanted} == wanted
    # The key's name is the chart's.
    assert seen["KORA_DB_PASSWORD"][0] == "popsink-vault-schema-registry-database"
