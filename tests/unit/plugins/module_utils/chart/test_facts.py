"""What a chart says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts

Charts = Callable[[str], ChartFacts]


@pytest.mark.parametrize(
    ("name", "path", "result"),
    [
        ("60", "karapace", True),
        ("60", "kora", False),
        ("60", "kodansu", False),
        ("60", "kafkaUi.enabled", True),
        ("205", "karapace", False),
        ("205", "kora", True),
        ("205", "kodansu", True),
        ("205", "kodansu.storage.aws.existingSecret", True),
        ("205", "kodansu.storage.azure", False),
        ("205", "postgresql.primary.service.ports.postgresql", True),
        ("205", "replicaCount", True),
        ("205", "replicacount", False),
    ],
)
def test_has(chart_of: Charts, name: str, path: str, result: bool) -> None:
    assert chart_of(name).has(path) == result


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("205", "replicaCount", 2),
        ("205", "kotatsu.enabled", False),
        ("205", "kodansu.replicaCount", 3),
        ("205", "tansu.replicaCount", 3),
        ("205", "kora.database.port", 5432),
        ("205", "no.such.path", "otherwise"),
    ],
)
def test_default(chart_of: Charts, name: str, path: str, value: Any) -> None:
    assert chart_of(name).default(path, "otherwise") == value


@pytest.mark.parametrize(
    ("name", "block", "keys"),
    [
        ("205", "jwt", {"secret": "jwt-secret"}),
        ("205-renamed", "jwt", {"secret": "JWT_SECRET"}),
        (
            "205",
            "kodansu.storage.aws",
            {"accessKeyId": "aws-access-key-id", "secretAccessKey": "aws-secret-access-key"},
        ),
        ("205", "kora.database", {"password": "kora-db-password", "url": ""}),
        ("205-renamed", "kora.database", {"password": "KORA_DB_PASSWORD", "url": ""}),
        ("205", "ingress", {}),
    ],
)
def test_secret_keys(chart_of: Charts, name: str, block: str, keys: dict[str, str]) -> None:
    assert chart_of(name).secret_keys(block) == keys


@pytest.mark.parametrize(
    "block", ["jwt", "adminCredentials", "postgresql.auth", "kodansu.storage.aws", "kora.database"]
)
def test_offers_existing_secret(chart_205: ChartFacts, block: str) -> None:
    assert chart_205.offers_existing_secret(block)


@pytest.mark.parametrize("block", ["imagePullSecret", "defaultKafka", "nothing"])
def test_offers_no_existing_secret(chart_205: ChartFacts, block: str) -> None:
    assert not chart_205.offers_existing_secret(block)


def test_secret_blocks_are_found_at_every_depth(chart_205: ChartFacts) -> None:
    assert {"jwt", "schemaRegistry", "kora.database", "postgresql.auth", "tansu.storage.aws"} <= set(
        chart_205.secret_blocks()
    )


def test_facts_survive_json(chart_205: ChartFacts) -> None:
    assert ChartFacts.from_dict(json.loads(json.dumps(chart_205.as_dict()))) == chart_205
