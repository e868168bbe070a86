"""Pods that Kubernetes does not replace by itself."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.stuck import replace_stuck

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.pods import put_pod, put_stateful_set

SET = "popsink-postgresql"
POD = "popsink-postgresql-0"
PATH = f"/api/v1/namespaces/popsink/pods/{POD}"
PULL = "ImagePullBackOff"


@pytest.mark.parametrize(
    ("of", "waiting", "strategy", "replaced"),
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
    cluster: FakeCluster, of: str, waiting: str, strategy: dict[str, Any] | None, replaced: bool
) -> None:
    put_stateful_set(cluster, SET, of, "new", strategy=strategy)
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=waiting, controller_revision_hash=of)
    told = replace_stuck(cluster, "popsink", "popsink", check=True)
    assert (len(told), cluster.writes) == (replaced, [])
    assert replace_stuck(cluster, "popsink", "popsink", check=False) == told
    assert cluster.writes == [("DELETE", PATH)] * replaced


def test_pods_are_not_asked_for_where_all_is_of_one_template(cluster: FakeCluster) -> None:
    put_stateful_set(cluster, SET, "new", "new")
    assert replace_stuck(cluster, "popsink", "popsink", check=False) == []
    assert [path.rpartition("/")[2] for _method, path, _body in cluster.requests] == ["statefulsets"]


def test_a_pod_that_ends_already(cluster: FakeCluster) -> None:
    put_stateful_set(cluster, SET, "old", "new")
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=PULL, controller_revision_hash="old")
    cluster.objects[PATH]["metadata"]["deletionTimestamp"] = "2026-11-01T00:00:00Z"
    assert replace_stuck(cluster, "popsink", "popsink", check=False) == []


def test_it_waits_until_the_change_is_seen(cluster: FakeCluster) -> None:
    """Right after Helm, the StatefulSet's status is that of before."""
    stateful_set = put_stateful_set(cluster, SET, "old", "old", seen=1)
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=PULL, controller_revision_hash="old")

    def sees(_seconds: float) -> None:
        stateful_set["status"] |= {"observedGeneration": 2, "updateRevision": "new", "updatedReplicas": 0}

    assert replace_stuck(cluster, "popsink", "popsink", check=False, sleep=sees)
    stateful_set["status"]["observedGeneration"] = 1
    moments = iter(range(0, 1000, 10))
    told = replace_stuck(
        cluster, "popsink", "popsink", check=False, clock=lambda: next(moments), sleep=lambda _seconds: None
    )
    assert told == []


def test_an_account_that_may_not_delete_it(cluster: FakeCluster) -> None:
    put_stateful_set(cluster, SET, "old", "new")
    put_pod(cluster, POD, ("StatefulSet", SET), waiting=PULL, controller_revision_hash="old")
    cluster.answers["DELETE", PATH] = ApiError(403, "no")
    with pytest.raises(PopsinkError, match="kubectl --namespace popsink delete pod popsink-postgresql-0"):
        replace_stuck(cluster, "popsink", "popsink", check=False)
