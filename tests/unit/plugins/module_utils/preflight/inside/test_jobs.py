"""Jobs of ours: made, waited for, always removed."""

from __future__ import annotations

import itertools
import time
from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.inside.jobs import Jobs, hopeless, runs

from tests.unit.plugins.fakes import FakeCluster

CONTAINER = {"name": "relay-0", "image": "busybox"}
PODS = "/api/v1/namespaces/popsink/pods"


def pod(*states: dict[str, Any], phase: str = "Running", **status: Any) -> dict[str, Any]:
    told = [{"name": str(number), "image": "busybox", "state": state} for number, state in enumerate(states)]
    return {"metadata": {"name": "a-pod"}, "status": {"phase": phase, "containerStatuses": told, **status}}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes with each look at the clock."""
    clock = itertools.count()
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))


def jobs(cluster: FakeCluster, login: str = "") -> Jobs:
    cluster.namespace("popsink")
    return Jobs(cluster, "popsink", "popsink", seconds=60, any_user=False, docker_config=lambda: login)


@pytest.mark.parametrize(("login", "objects"), [("", ["jobs"]), ("{}", ["jobs", "secrets"])])
def test_what_is_made_is_removed(cluster: FakeCluster, login: str, objects: list[str]) -> None:
    made = jobs(cluster, login)
    name = made.start([CONTAINER])
    assert [path.split("/")[-2] for path in cluster.objects if path.endswith(name)] == objects
    made.close()
    assert not [path for path in cluster.objects if path.endswith(name)]


def test_a_job_is_removed_also_where_its_answer_got_lost(cluster: FakeCluster) -> None:
    made = jobs(cluster)
    cluster.answers["POST", "/apis/batch/v1/namespaces/popsink/jobs"] = PopsinkError("the connection ended")
    with pytest.raises(PopsinkError):
        made.start([CONTAINER])
    made.close()
    assert [method for method, path in cluster.writes if "/jobs/" in path] == ["DELETE"]


def test_nothing_is_made_any_more_when_the_time_is_up(cluster: FakeCluster) -> None:
    made = jobs(cluster)
    made.close()
    with pytest.raises(PopsinkError, match="time is up"):
        made.start([CONTAINER])
    assert cluster.writes == []


def test_one_that_cannot_be_removed_keeps_no_other_from_it(cluster: FakeCluster) -> None:
    made = jobs(cluster)
    first, second = made.start([CONTAINER]), made.start([CONTAINER])
    cluster.answers["DELETE", f"/apis/batch/v1/namespaces/popsink/jobs/{first}"] = ApiError(500, "in trouble")
    made.close()
    assert f"/apis/batch/v1/namespaces/popsink/jobs/{second}" not in cluster.objects


def test_a_pod_that_runs_is_given(cluster: FakeCluster) -> None:
    cluster.answers["GET", PODS] = {"items": [pod({"running": {}})]}
    assert jobs(cluster).wait("a-job", runs)["metadata"]["name"] == "a-pod"


PENDING = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: 3 Insufficient cpu."}


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (
            [pod({"waiting": {"reason": "ErrImagePull", "message": "not found\nlong trace"}})],
            "ErrImagePull of busybox: not found.",
        ),
        ([pod(phase="Failed", message="The node was low on memory.")], "The node was low on memory."),
        ([pod(phase="Pending", conditions=[PENDING])], "not ready within 60 seconds: 0/3 nodes are available"),
        ([], "there is no pod yet"),
    ],
)
def test_a_pod_that_does_not_come(cluster: FakeCluster, there: list[dict[str, Any]], words: str) -> None:
    cluster.answers["GET", PODS] = {"items": there}
    cluster.answers["GET", "/api/v1/namespaces/popsink/events"] = {"items": []}
    with pytest.raises(PopsinkError) as caught:
        jobs(cluster).wait("a-job", runs)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("comes", "goes", "reason"),
    [(56.0, 99.0, ""), (99.0, 58.0, "0/3 nodes are available")],
    ids=["late, and in time", "never"],
)
def test_a_pod_is_looked_at_until_shortly_before_the_cluster_takes_it_away(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, comes: float, goes: float, reason: str
) -> None:
    """With a Job's time limit, which the cluster may count from a second earlier, its pod goes, and why it waited."""
    now = [0.0]

    def there(_body: Any) -> dict[str, Any]:
        waits = pod(phase="Pending", conditions=[PENDING])
        return {"items": [] if now[0] >= goes else [pod({"running": {}}) if now[0] >= comes else waits]}

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    cluster.answers["GET", PODS] = there
    with pytest.raises(PopsinkError, match=f"within 60 seconds: {reason}") if reason else nullcontext():
        jobs(cluster).wait("a-job", runs)


def test_a_namespace_that_takes_no_pod_says_why(cluster: FakeCluster) -> None:
    cluster.answers["GET", PODS] = {"items": []}
    events = [{"type": "Normal", "message": "fine"}, {"type": "Warning", "message": "exceeded quota: small."}]
    cluster.answers["GET", "/api/v1/namespaces/popsink/events"] = {"items": events}
    with pytest.raises(PopsinkError, match=r"takes no pod: exceeded quota: small\."):
        jobs(cluster).wait("a-job", runs)


def test_the_patient_wait_on_for_a_container_that_cannot_start(cluster: FakeCluster) -> None:
    cluster.answers["GET", PODS] = {"items": [pod({"waiting": {"reason": "ErrImagePull"}})]}
    assert jobs(cluster).wait("a-job", lambda _pod: True, patient=True)


@pytest.mark.parametrize(
    ("states", "expected"),
    [(({"running": {}},), True), (({"running": {}}, {"waiting": {}}), False), ((), False)],
)
def test_a_pod_runs_when_all_its_containers_do(states: tuple[dict[str, Any], ...], expected: bool) -> None:
    assert runs(pod(*states)) == expected


def test_a_pod_that_only_waits_is_not_hopeless() -> None:
    assert hopeless(pod({"waiting": {"reason": "ContainerCreating"}}, phase="Pending")) == ""
