"""The namespace of a deployment."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.namespace import ensure_namespace
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError

from tests.unit.plugins.fakes import FakeCluster


def test_a_missing_one_is_made(cluster: FakeCluster) -> None:
    assert ensure_namespace(cluster, "popsink")
    assert "/api/v1/namespaces/popsink" in cluster.objects


def test_one_that_is_there_is_left_alone(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    assert not ensure_namespace(cluster, "popsink")
    assert cluster.writes == []


def test_one_that_another_run_makes_meanwhile_is_as_good(cluster: FakeCluster) -> None:
    cluster.answers["POST", "/api/v1/namespaces"] = ApiError(409, "it exists")
    ensure_namespace(cluster, "popsink")


def test_a_refusal_is_told(cluster: FakeCluster) -> None:
    cluster.answers["POST", "/api/v1/namespaces"] = ApiError(403, "forbidden")
    with pytest.raises(ApiError, match="forbidden"):
        ensure_namespace(cluster, "popsink")
