"""Brokers end before others of another image start."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.broker import stop_brokers

from tests.unit.plugins.fakes import FakeCluster

LABELS = {"app.kubernetes.io/instance": "popsink", "app.kubernetes.io/component": "tansu"}
NAMES = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


def workload(image: str, kind: str = "Deployment", component: str = "tansu", replicas: int = 3) -> dict[str, Any]:
    labels = {**LABELS, "app.kubernetes.io/component": component}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": f"popsink-{component}", "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"spec": {"containers": [{"name": "c", "image": image}]}},
        },
    }


def path_of(item: dict[str, Any]) -> str:
    return f"/apis/apps/v1/namespaces/popsink/{NAMES.get(item['kind'], 'daemonsets')}/{item['metadata']['name']}"


class Brokers(FakeCluster):
    """Brokers whose pods end one a second after their workload is scaled to nothing.

    :ivar now: the clock, in seconds.
    :ivar stuck: whether pods do not end.
    """

    def __init__(self, *live: dict[str, Any], stuck: bool = False) -> None:
        super().__init__()
        self.now = 0.0
        self.stuck = stuck
        self.namespace("popsink")
        for item in live:
            self.put(path_of(item), **{name: item[name] for name in ("metadata", "spec")})
            for number in range(item["spec"]["replicas"]):
                self.pod(f"{item['metadata']['name']}-{number}", item["metadata"]["labels"])

    def pod(self, name: str, labels: dict[str, str], phase: str = "Running") -> None:
        path = f"/api/v1/namespaces/popsink/pods/{name}"
        self.put(path, metadata={"labels": labels}, status={"phase": phase})

    @property
    def pods(self) -> list[str]:
        return [path.rpartition("/")[2] for path in self.objects if "/pods/" in path]

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        scaled = {
            item["metadata"]["name"] for item in self.objects.values() if item.get("spec", {}).get("replicas") == 0
        }
        ending = [name for name in self.pods if name.rpartition("-")[0] in scaled]
        if ending and not self.stuck:
            del self.objects[f"/api/v1/namespaces/popsink/pods/{ending[0]}"]

    def stop(self, *rendered: dict[str, Any], seconds: float = 60.0) -> list[str]:
        return stop_brokers(self, "popsink", list(rendered), seconds, clock=self.clock, sleep=self.sleep)


@pytest.mark.parametrize("kind", NAMES)
def test_brokers_of_another_image_are_gone_afterwards(kind: str) -> None:
    cluster = Brokers(workload("r/tansu:1", kind))
    cluster.stop(workload("r/tansu:2", kind))
    assert cluster.pods == []


def test_what_was_stopped_is_told() -> None:
    cluster = Brokers(workload("r/tansu:1"))
    (line,) = cluster.stop(workload("r/tansu:2"))
    assert line.startswith("Deployment popsink-tansu: stopped")


def test_the_image_is_left_to_helm() -> None:
    cluster = Brokers(workload("r/tansu:1"))
    cluster.stop(workload("r/tansu:2"))
    live = cluster.objects[path_of(workload("r/tansu:1"))]
    assert live["spec"]["template"] == workload("r/tansu:1")["spec"]["template"]


@pytest.mark.parametrize(
    ("live", "rendered"),
    [
        ([workload("r/tansu:1")], [workload("r/tansu:1")]),
        ([], [workload("r/tansu:2")]),
        ([workload("r/tansu:1")], []),
        ([workload("r/a:1", component="data-plane")], [workload("r/a:2", component="data-plane")]),
        ([workload("r/tansu:1")], [workload("r/tansu:2", "DaemonSet")]),
        ([workload("r/tansu:1")], [{"kind": "Service", "metadata": {"name": "popsink-tansu", "labels": LABELS}}]),
    ],
    ids=["the same image", "no broker yet", "no broker any more", "another component", "a kind without a scale",
         "no workload"],
)  # fmt: skip
def test_nothing_is_stopped(live: list[dict[str, Any]], rendered: list[dict[str, Any]]) -> None:
    cluster = Brokers(*live)
    assert (cluster.stop(*rendered), cluster.writes, cluster.now) == ([], [], 0.0)


def test_a_run_that_was_ended_in_between_is_finished_by_the_next() -> None:
    """Scaled to nothing already, with the old image and a pod that still ends."""
    cluster = Brokers(workload("r/tansu:1", replicas=0))
    cluster.pod("popsink-tansu-0", LABELS)
    assert (len(cluster.stop(workload("r/tansu:2"))), cluster.pods) == (1, [])


def test_only_the_brokers_own_pods_are_waited_for() -> None:
    cluster = Brokers(workload("r/tansu:1"))
    cluster.pod("other-tansu-0", {**LABELS, "app.kubernetes.io/instance": "other"})
    cluster.stop(workload("r/tansu:2"))
    assert cluster.pods == ["other-tansu-0"]


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_pod_that_ended_is_not_waited_for(phase: str) -> None:
    """One that was evicted stays in the list until somebody removes it."""
    cluster = Brokers(workload("r/tansu:1", replicas=0))
    cluster.pod("evicted", LABELS, phase)
    cluster.stop(workload("r/tansu:2"))
    assert cluster.now == 0.0


@pytest.mark.parametrize("phase", ["Pending", "Running", "Unknown"])
def test_a_pod_that_may_write_is_waited_for(phase: str) -> None:
    cluster = Brokers(workload("r/tansu:1", replicas=0), stuck=True)
    cluster.pod("popsink-tansu-0", LABELS, phase)
    with pytest.raises(PopsinkError, match="1 pods of popsink-tansu did not end"):
        cluster.stop(workload("r/tansu:2"))


def test_brokers_that_do_not_end_end_the_run_in_time() -> None:
    cluster = Brokers(workload("r/tansu:1"), stuck=True)
    with pytest.raises(
        PopsinkError, match="3 pods of popsink-tansu did not end within 20 seconds; no new ones were started"
    ):
        cluster.stop(workload("r/tansu:2"), seconds=20.0)
    assert cluster.now <= 22.0


def test_brokers_that_do_not_end_are_told_with_a_way_out() -> None:
    cluster = Brokers(workload("r/tansu:1"), stuck=True)
    with pytest.raises(PopsinkError, match="set popsink_broker_update to rolling"):
        cluster.stop(workload("r/tansu:2"))


def test_the_time_is_for_all_brokers_together() -> None:
    kinds = ("Deployment", "StatefulSet")
    cluster = Brokers(*(workload("r/tansu:1", kind) for kind in kinds), stuck=True)
    with pytest.raises(PopsinkError, match="did not end"):
        cluster.stop(*(workload("r/tansu:2", kind) for kind in kinds))
    assert cluster.now <= 62.0


def test_who_may_not_scale_is_told() -> None:
    cluster = Brokers(workload("r/tansu:1"))
    cluster.answers["PATCH", path_of(workload(""))] = ApiError(403, "may not patch deployments")
    with pytest.raises(PopsinkError, match="may not patch deployments"):
        cluster.stop(workload("r/tansu:2"))
