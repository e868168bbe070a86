"""What is restarted: the workloads whose pods read a Secret when they start."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.restart import restart, secrets_read_by

from tests.unit.plugins.fakes import FakeCluster

APPS = "/apis/apps/v1/namespaces/popsink"


@pytest.mark.parametrize(
    "pod",
    [
        {"containers": [{"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}]},
        {"containers": [{"envFrom": [{"secretRef": {"name": "s"}}, {"configMapRef": {"name": "c"}}]}]},
        {"containers": [{}], "initContainers": [{"envFrom": [{"secretRef": {"name": "s"}}]}]},
        {"containers": [], "volumes": [{"name": "v", "secret": {"secretName": "s"}}]},
        {"containers": [], "volumes": [{"projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": {}}]}}]},
    ],
    ids=["env", "envFrom", "initContainers", "volume", "projected"],
)
def test_a_secret_is_found_wherever_a_pod_reads_it(pod: dict[str, Any]) -> None:
    assert secrets_read_by(pod) == {"s"}


def test_the_pull_secret_is_not_read_by_the_pod() -> None:
    containers = [{"env": [{"name": "A", "value": "b"}]}]
    assert secrets_read_by({"containers": containers, "imagePullSecrets": [{"name": "s"}]}) == set()


@pytest.fixture
def running(cluster: FakeCluster) -> FakeCluster:
    cluster.namespace("popsink")
    for kind, name, secret in (
        ("deployments", "popsink-data-plane", "s"),
        ("deployments", "popsink-tansu", "other"),
        ("statefulsets", "popsink-postgresql", "s"),
    ):
        pod = {"containers": [{"envFrom": [{"secretRef": {"name": secret}}]}]}
        labels = {"labels": {"app.kubernetes.io/instance": "popsink"}}
        cluster.put(f"{APPS}/{kind}/{name}", metadata=labels, spec={"template": {"metadata": {}, "spec": pod}})
    return cluster


def test_only_what_reads_it_is_restarted(running: FakeCluster) -> None:
    done = restart(running, "popsink", "popsink", {"s"}, {"popsink-postgresql"}, check=False)
    assert (done, running.writes) == (["popsink-data-plane"], [("PATCH", f"{APPS}/deployments/popsink-data-plane")])


def test_check_mode_names_it_and_restarts_nothing(running: FakeCluster) -> None:
    done = restart(running, "popsink", "popsink", {"s"}, set(), check=True)
    assert (done, running.writes) == (["popsink-data-plane", "popsink-postgresql"], [])
