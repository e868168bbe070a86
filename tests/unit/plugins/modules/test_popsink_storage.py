"""The step that gives the broker its object store."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import Finding, failed, passed
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_storage
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import run_inside

from tests.unit.plugins.fakes import FakeCluster, secret_path

NAME = "popsink-vault-broker-storage"
KEYS = {"s3_access_key_id": "an-id", "s3_secret_access_key": "a-secret"}
SECRET = {"name": NAME, "data": {"id": "s3_access_key_id", "key": "s3_secret_access_key"}}
BUCKET = {"name": "records", "region": "eu-west-1"}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> list[tuple[Any, ...]]:
    """What was looked at, with which keys. A bucket named ``missing`` is not there."""
    cluster.namespace("popsink")
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    seen: list[tuple[Any, ...]] = []

    def look_at(bucket: Any, *keys: str) -> Finding:
        seen.append((bucket.name, *keys))
        return failed("storage.bucket", "not there", "make it") if bucket.name == "missing" else passed("x", "there")

    monkeypatch.setattr(popsink_storage, "look_at", look_at)
    return seen


def run(bucket: dict[str, str] | None) -> dict[str, Any]:
    arguments = {"namespace": "popsink", "release": "popsink", "secrets": [SECRET], "known": KEYS, "bucket": bucket}
    return run_inside(popsink_storage, arguments, StepContext())


def test_the_bucket_is_looked_at_with_the_keys_and_the_secret_made(
    cluster: FakeCluster, looks: list[tuple[Any, ...]]
) -> None:
    result = run(BUCKET)
    assert looks == [("records", "an-id", "a-secret")]
    assert (result["created"], secret_path(NAME) in cluster.objects) == ([NAME], True)
    assert result["finding"]["status"] == "pass"


def test_without_a_bucket_none_is_looked_at(cluster: FakeCluster, looks: list[tuple[Any, ...]]) -> None:
    result = run(None)
    assert (looks, "finding" in result, secret_path(NAME) in cluster.objects) == ([], False, True)


def test_without_its_bucket_no_secret_is_made(cluster: FakeCluster, looks: list[tuple[Any, ...]]) -> None:
    result = run({**BUCKET, "name": "missing"})
    assert (result["failed"], "make it" in result["msg"], cluster.writes) == (True, True, [])
