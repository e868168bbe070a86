"""What the server says of objects that are not applied yet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.validation import validate

from tests.unit.plugins.fakes import FakeCluster


def service(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {}}


ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "popsink"}}


def path_of(name: str, namespace: str = "popsink") -> str:
    return f"/api/v1/namespaces/{namespace}/services/{name}"


@pytest.fixture
def ready(cluster: FakeCluster) -> FakeCluster:
    """A cluster with the release's namespace."""
    cluster.namespace("popsink")
    return cluster


def refuse(cluster: FakeCluster, **statuses: int) -> None:
    """Let the server refuse objects by name."""
    for name, status in statuses.items():
        cluster.answers["PATCH", path_of(name)] = ApiError(status, f"{name} got {status}")


def dry(cluster: FakeCluster) -> list[str]:
    return sorted(path for method, path, _body in cluster.requests if method == "DRY")


def test_the_server_is_asked_for_every_object(ready: FakeCluster) -> None:
    validate(ready, "popsink", [service("a"), service("b"), ROLE])
    assert dry(ready) == [path_of("a"), path_of("b"), "/apis/rbac.authorization.k8s.io/v1/clusterroles/popsink"]


def test_nothing_is_changed(ready: FakeCluster) -> None:
    before = dict(ready.objects)
    validate(ready, "popsink", [service("a")])
    assert (ready.writes, ready.objects) == ([], before)


@pytest.mark.parametrize(
    ("namespace", "said"),
    [("popsink", "validated by the server"), ("other", "validated by the server, in namespace default")],
    ids=["the release's namespace", "another in its place"],
)
def test_where_the_server_judged_is_told(ready: FakeCluster, namespace: str, said: str) -> None:
    ready.namespace("default")
    assert validate(ready, namespace, [service("a")]) == said


def test_without_its_namespace_an_object_is_judged_in_another(cluster: FakeCluster) -> None:
    cluster.namespace("default")
    validate(cluster, "popsink", [service("a")])
    assert dry(cluster) == [path_of("a", "default")]


def test_an_object_that_names_its_namespace_is_judged_where_there_is_one(cluster: FakeCluster) -> None:
    cluster.namespace("default")
    named = {**service("a"), "metadata": {"name": "a", "namespace": "popsink"}}
    validate(cluster, "popsink", [named])
    assert [body["metadata"]["namespace"] for method, _path, body in cluster.requests if method == "DRY"] == ["default"]


def test_what_helm_gets_is_not_changed(ready: FakeCluster) -> None:
    rendered = [service("a")]
    validate(ready, "popsink", rendered)
    assert rendered == [service("a")]


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_what_the_server_refuses_is_an_error(ready: FakeCluster, status: int) -> None:
    refuse(ready, a=status)
    with pytest.raises(PopsinkError, match=f"The server would refuse of the release: a got {status}.*popsink_values"):
        validate(ready, "popsink", [service("a")])


def test_all_that_the_server_refuses_is_told_at_once(ready: FakeCluster) -> None:
    refuse(ready, a=422, c=400)
    with pytest.raises(PopsinkError, match="a got 422; c got 400"):
        validate(ready, "popsink", [service("a"), service("b"), service("c")])


def test_who_may_not_ask_learns_that_nothing_was_validated(ready: FakeCluster) -> None:
    refuse(ready, a=403)
    assert validate(ready, "popsink", [service("a"), service("b")]) == "not validated by the server: a got 403"


@pytest.mark.parametrize("statuses", [{"a": 403, "b": 422}, {"a": 422, "b": 403}], ids=["after", "before"])
def test_who_may_not_ask_about_one_object_learns_what_is_wrong_with_another(
    ready: FakeCluster, statuses: dict[str, int]
) -> None:
    refuse(ready, **statuses)
    with pytest.raises(PopsinkError, match=r"release: . got 422 "):
        validate(ready, "popsink", [service("a"), service("b")])


def test_a_kind_that_the_cluster_does_not_have_is_an_error(ready: FakeCluster) -> None:
    scaler = {"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": {"name": "popsink"}}
    with pytest.raises(PopsinkError, match="no kind VerticalPodAutoscaler"):
        validate(ready, "popsink", [scaler])


def test_no_objects_are_valid(ready: FakeCluster) -> None:
    assert validate(ready, "popsink", []) == "validated by the server"
