"""Where pods of ours are made, and what they lead to."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.inside.probe import place, servers
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import (
    Database,
    Kafka,
    SchemaRegistry,
    Store,
)

from tests.unit.plugins.sites import requirements

DATABASE = Database(
    "the data plane", "db.example", 5432, "popsink", "popsink", "database_password", "popsink_database_"
)


@pytest.mark.parametrize(("there", "namespace"), [(True, "popsink"), (False, "default")])
def test_place(there: bool, namespace: str) -> None:
    assert place(requirements(), is_there=there) == namespace


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"store": None}, []),
        ({}, [("s3.eu-west-1.amazonaws.com", 443)]),
        ({"store": Store("records", "x", "http://minio:9000")}, [("minio", 9000)]),
        ({"store": None, "control_plane": ControlPlane("https://cp.example/api", "id")}, [("cp.example", 443)]),
        ({"store": None, "control_plane": ControlPlane("no url", "id")}, []),
        ({"store": None, "schema_registry": SchemaRegistry("http://sr.example:8081")}, [("sr.example", 8081)]),
        ({"store": None, "databases": [DATABASE, DATABASE]}, [("db.example", 5432)]),
        (
            {"store": None, "kafka": Kafka("a:9092, b:9093,[::1]:9094", "SSL")},
            [("a", 9092), ("b", 9093), ("::1", 9094)],
        ),
    ],
    ids=["nothing", "AWS", "a store", "control plane", "no URL", "registry", "one database twice", "Kafka"],
)
def test_servers(changes: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    assert servers(requirements(**changes)) == expected
