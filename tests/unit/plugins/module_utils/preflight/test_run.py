"""All checks at once: none hides another's answer, and nothing is changed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, passed
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight import collected
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import Requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import run_checks
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Bucket

from tests.unit.plugins.fakes import FakeCluster

WANT = Requirements.from_dict(
    {
        "helm": "helm",
        "minimum_kubernetes": "1.23",
        "minimum_helm": "3.8.0",
        "nodes": 0,
        "node_cpu": "4",
        "node_memory": "16G",
        "storage_class": "ssd",
        "ingress_class": None,
        "namespace": "popsink",
        "secrets": [
            {"name": "popsink-vault-deployment-token", "data": {"token": "deployment_token"}},
            {"name": "bucket-key", "data": {"id": "s3_access_key_id", "key": "s3_secret_access_key"}, "variable": "x"},
        ],
        "bucket": {"name": "records", "region": "eu-west-1", "endpoint": ""},
        "control_plane": {"url": "https://control-plane.example/api", "deployment": "an-id"},
    }
)
SECRETS = {"deployment_token": "a-token", "s3_access_key_id": "an-id", "s3_secret_access_key": "a-key"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> dict[str, Any]:
    """Everything answers well; what was asked outside of the cluster is noted."""
    asked: dict[str, Any] = {}

    def look_at(*arguments: Any) -> Any:
        asked["bucket"] = arguments
        return passed("storage.bucket", "it is there")

    def ask_config(*arguments: Any) -> Any:
        asked["control_plane"] = arguments
        return passed("control_plane.config", "it knows us")

    monkeypatch.setattr(collected, "look_at", look_at)
    monkeypatch.setattr(collected, "ask_config", ask_config)
    monkeypatch.setattr(collected, "version_of", lambda _program: (4, 1, 0))
    cluster.secret("bucket-key", {"id": "an-id", "key": "a-key"})
    cluster.answers["GET", "/version"] = {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
    cluster.answers["GET", "/api/v1/nodes"] = {"items": []}
    cluster.answers["GET", "/apis/storage.k8s.io/v1/storageclasses"] = {"items": [{"metadata": {"name": "ssd"}}]}
    return asked


def by_id(cluster: FakeCluster) -> dict[str, str]:
    return {finding.id: finding.status for finding in run_checks(cluster, WANT, SECRETS, {}).findings}


def test_all_pass(cluster: FakeCluster, asked: dict[str, Any]) -> None:
    assert set(by_id(cluster).values()) == {PASS}


def test_nothing_is_changed(cluster: FakeCluster, asked: dict[str, Any]) -> None:
    run_checks(cluster, WANT, SECRETS, {})
    assert cluster.writes == []


def test_each_gets_its_own_secrets(cluster: FakeCluster, asked: dict[str, Any]) -> None:
    run_checks(cluster, WANT, SECRETS, {})
    assert asked == {
        "bucket": (Bucket("records", "eu-west-1"), "an-id", "a-key"),
        "control_plane": (ControlPlane("https://control-plane.example/api", "an-id"), "a-token"),
    }


def test_what_only_the_cluster_has_is_read_there(cluster: FakeCluster, asked: dict[str, Any]) -> None:
    cluster.secret("popsink-vault-deployment-token", {"token": "kept-token"})
    run_checks(cluster, WANT, {}, {})
    assert [asked["bucket"][1:], asked["control_plane"][1]] == [("an-id", "a-key"), "kept-token"]


def test_a_value_of_the_controller_does_not_count_where_somebody_else_keeps_it(
    cluster: FakeCluster, asked: dict[str, Any]
) -> None:
    run_checks(cluster, WANT, {**SECRETS, "s3_secret_access_key": "an-old-key"}, {})
    assert asked["bucket"][1:] == ("an-id", "a-key")


@pytest.mark.parametrize(
    ("path", "id", "status"),
    [
        ("/version", "cluster.version", FAIL),
        ("/api/v1/nodes", "cluster.nodes", NOT_CHECKED),
        ("/apis/storage.k8s.io/v1/storageclasses", "cluster.storage_class", NOT_CHECKED),
    ],
)
def test_one_that_is_refused_hides_no_other(
    cluster: FakeCluster, asked: dict[str, Any], path: str, id: str, status: str
) -> None:
    cluster.answers["GET", path] = ApiError(403, "forbidden")
    statuses = by_id(cluster)
    assert statuses.pop(id) == status
    assert set(statuses.values()) == {PASS}


def test_an_unreachable_cluster_is_one_failure(cluster: FakeCluster, asked: dict[str, Any]) -> None:
    for method_and_path in list(cluster.answers):
        cluster.answers[method_and_path] = PopsinkError("The Kubernetes API does not answer.")
    assert [name for name, status in by_id(cluster).items() if status == FAIL] == ["cluster.version"]


def test_a_missing_helm_hides_no_other(
    cluster: FakeCluster, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_program: str) -> Any:
        raise PopsinkError("The program helm was not found on this host.")

    monkeypatch.setattr(collected, "version_of", missing)
    assert [name for name, status in by_id(cluster).items() if status != PASS] == ["helm.version"]


def test_they_run_at_the_same_time(
    cluster: FakeCluster, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow ones are outside of the cluster; each begins before another has ended."""
    running, together = set(), []

    def slow(name: str, answer: Any) -> Any:
        def call(*_arguments: Any) -> Any:
            running.add(name)
            time.sleep(0.1)
            together.append(len(running))
            running.discard(name)
            return answer

        return call

    monkeypatch.setattr(collected, "look_at", slow("bucket", passed("storage.bucket", "")))
    monkeypatch.setattr(collected, "ask_config", slow("control plane", passed("control_plane.config", "")))
    run_checks(cluster, WANT, SECRETS, {})
    assert max(together) == 2


def test_access_that_helm_cannot_be_given_is_found_here(cluster: FakeCluster) -> None:
    """Not in the middle of a rollout, when Secrets are made already."""
    found = run_checks(cluster, WANT, SECRETS, {"username": "somebody", "password": "hidden"})
    (helm,) = [finding for finding in found.findings if finding.id == "helm.version"]
    assert (helm.status, "popsink_kubeconfig" in helm.found) == ("fail", True)
    assert "hidden" not in str(found)
