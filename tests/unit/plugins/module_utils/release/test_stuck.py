"""Pods that Kubernetes does not replace by itself."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.stuck import replace_stuck

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.pods import put_pod, put_stateful_set

SET = "popsink-postgresql"
POD = "popsink-postgresql-0"
PATH = f"/api/v1/namespaces/popsink/pods/{POD}"
MANIFEST = [{"kind": "StatefulSet", "metadata": {"name": SET}}, {"kind": "Service", "metadata": {"name": "other"}}]
PULL = "ImagePullBackOff"


def replaced(cluster: FakeCluster, *, check: bool = False, **time: Any) -> tuple[list[str], list[str]]:
    return replace_stuck(cluster, "popsink", MANIFEST, check=check, **time)


@pytest.mark.parametrize(
    ("of", "waiting", "strategy", "goes"),
    [
        pytest.param("old", PULL, None, True, id="of the former template, without hope"),
        pytest.param("never", "CreateContainerConfigError", None, True, id="of one that was taken back"),
        pytest.param("old", "", None, False, id="of the former template, and about to be replaced"),
        pytest.param("old", "ContainerCreating", None, False, id="of the former template, and starting"),
        pytest.param("new", PULL, None, False, id="of the present template"),
        pytest.param("old", PULL, {"type": "OnDelete"}, False, id="left to somebody else"),
        pytest.param("old", PULL, {"rollingUpdate": {"partition": 1}}, False, id="left as it is on purpose"),
    ],
)
def test_what_is_replaced(
    cluster: FakeCluster, of: str, waiting: str, strategy: dict[str, Any] | None, goes: bool
) -> None:
    put_stateful_set(cluster, SET, of, "new", strategy=strategy)
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=waiting, revision=of)
    done, left = replaced(cluster, check=True)
    assert (len(done), left, cluster.writes) == (goes, [], [])
    assert replaced(cluster) == (done, [])
    assert cluster.writes == [("DELETE", PATH)] * goes


def test_one_that_was_restarted_may_only_be_slow(cluster: FakeCluster) -> None:
    put_stateful_set(cluster, SET, "old", "new")
    put_pod(cluster, POD, ("StatefulSet", SET), restarts=1, revision="old")
    assert replaced(cluster) == ([], [])


def test_pods_of_others_are_left_alone(cluster: FakeCluster) -> None:
    """Whatever labels they carry."""
    put_stateful_set(cluster, "redis", "old", "new")
    put_pod(cluster, "redis-0", ("StatefulSet", "redis"), waiting=PULL, revision="old")
    assert replaced(cluster) == ([], [])


def test_pods_are_not_asked_for_where_all_is_of_one_template(cluster: FakeCluster) -> None:
    put_stateful_set(cluster, SET, "new", "new")
    assert replaced(cluster) == ([], [])
    assert [path.rpartition("/")[2] for _method, path, _body in cluster.requests] == [SET]


def test_a_pod_that_ends_already(cluster: FakeCluster) -> None:
    put_stateful_set(cluster, SET, "old", "new")
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=PULL, revision="old")
    cluster.objects[PATH]["metadata"]["deletionTimestamp"] = "2026-11-01T00:00:00Z"
    assert replaced(cluster) == ([], [])


def test_it_waits_until_the_change_is_seen(cluster: FakeCluster) -> None:
    """Right after Helm, the StatefulSet's status is that of before."""
    stateful_set = put_stateful_set(cluster, SET, "old", "old", seen=1)
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=PULL, revision="old")

    def sees(_seconds: float) -> None:
        stateful_set["status"] |= {"observedGeneration": 2, "updateRevision": "new", "updatedReplicas": 0}

    assert replaced(cluster, sleep=sees)[0]
    stateful_set["status"]["observedGeneration"] = 1
    moments = iter(range(0, 1000, 10))
    assert replaced(cluster, clock=lambda: next(moments), sleep=lambda _seconds: None) == ([], [])


@pytest.mark.parametrize(
    ("status", "told", "word"),
    [
        pytest.param(403, 1, "kubectl --namespace popsink delete pod popsink-postgresql-0", id="not allowed"),
        pytest.param(409, 0, "replaced", id="another pod of the name by now"),
    ],
)
def test_a_pod_that_is_not_deleted(cluster: FakeCluster, status: int, told: int, word: str) -> None:
    put_stateful_set(cluster, SET, "old", "new")
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=PULL, revision="old")
    cluster.answers["DELETE", PATH] = ApiError(status, "no")
    found = replaced(cluster)
    (line,) = found[told]
    assert (word in line, found[not told]) == (True, [])
    assert cluster.requests[-1][2] == {"preconditions": {"uid": f"uid-of-{POD}"}}
