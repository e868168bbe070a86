"""Secrets that the user gave, and whether anything reads them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.known import supplied_in_vain

from tests.unit.plugins.samples import ALL, inputs

ROLE = "arn:aws:iam::1:role/x"
KEYS = ["s3_access_key_id", "s3_secret_access_key"]
LOGIN = ["schema_registry_username", "schema_registry_password"]


def in_vain(chart: ChartFacts, known: list[str], **changes: Any) -> list[str]:
    plan = build_plan(inputs(**changes), chart, ALL)
    return [finding.id.removeprefix("secrets.") for finding in supplied_in_vain(plan, known)]


@pytest.mark.parametrize(
    ("known", "changes", "told"),
    [
        (KEYS, {}, []),
        (KEYS, {"s3_auth": "irsa", "s3_irsa_role_arn": ROLE}, KEYS),
        (KEYS, {"s3_auth": "ambient"}, KEYS),
        (KEYS, {"kafka_mode": "external", "kafka_bootstrap_server": "k:9092"}, KEYS),
        (["kafka_sasl_password"], {}, ["kafka_sasl_password"]),
        (LOGIN, {}, LOGIN),
        (
            LOGIN,
            {
                "schema_registry_mode": "external",
                "schema_registry_url": "https://r.example",
                "schema_registry_auth": "basic",
            },
            [],
        ),
        (["storage_postgresql_url"], {}, ["storage_postgresql_url"]),
        (["schema_registry_database_password"], {}, ["schema_registry_database_password"]),
        (["schema_registry_database_password"], {"schema_registry_database_user": "kora"}, []),
        (["admin_password", "jwt_secret", "image_pull_docker_config", "image_pull_token"], {}, []),
    ],
    ids=str,
)
def test_what_nothing_reads_is_told(
    chart_205: ChartFacts, known: list[str], changes: dict[str, Any], told: list[str]
) -> None:
    assert in_vain(chart_205, known, **changes) == told
