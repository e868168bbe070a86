"""What of a release was changed by hand."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.sensitive import MASK
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.drift import drifted_objects

from tests.unit.plugins.fakes import FakeCluster, secret_path

DEPLOYMENT = "/apis/apps/v1/namespaces/popsink/deployments/popsink-data-plane"
AUTOSCALERS = "/apis/autoscaling/v2/namespaces/popsink/horizontalpodautoscalers"


def deployment(replicas: int = 2, cpu: str = "0.5", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "popsink-data-plane", "labels": {"app": "x"}, **metadata},
        "spec": {"replicas": replicas, "template": {"resources": {"limits": {"cpu": cpu}}}},
    }


def stored(item: dict[str, Any]) -> dict[str, Any]:
    """As a list of the API gives it: without kind, with what the server keeps about it."""
    rest = {name: value for name, value in item.items() if name not in ("apiVersion", "kind")}
    rest["metadata"] = {**item["metadata"], "uid": "1", "generation": 3, "resourceVersion": "9"}
    return {**rest, "status": {"replicas": 2}}


def said(cluster: FakeCluster, *manifest: dict[str, Any]) -> list[str]:
    return [str(drift) for drift in drifted_objects(cluster, "popsink", list(manifest))]


@pytest.fixture(autouse=True)
def _namespace(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")


@pytest.mark.parametrize(
    ("live", "found"),
    [
        (deployment(), []),
        (deployment(replicas=0), ["Deployment/popsink-data-plane: spec.replicas"]),
        (deployment(labels={"app": "edited"}), ["Deployment/popsink-data-plane: metadata.labels.app"]),
        (deployment(annotations={"added": "by a controller"}), []),
    ],
    ids=["as it was", "scaled", "label edited", "annotation added"],
)
def test_an_object_that_is_there(cluster: FakeCluster, live: dict[str, Any], found: list[str]) -> None:
    cluster.objects[DEPLOYMENT] = stored(live)
    assert said(cluster, deployment()) == found


def scaled(cluster: FakeCluster, name: str = "popsink-data-plane", bounds: dict[str, int] | None = None) -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": name}, "maxReplicas": 6, **(bounds or {})}
    cluster.put(f"{AUTOSCALERS}/own", spec=spec)


SCALED = ["Deployment/popsink-data-plane: spec.replicas"]


@pytest.mark.parametrize(
    ("count", "bounds", "found"),
    [
        (5, {}, []),
        (1, {}, []),
        (6, {"minReplicas": 3}, []),
        (7, {}, SCALED),
        (0, {}, SCALED),
        (1, {"minReplicas": 3}, SCALED),
    ],
)
def test_a_number_of_replicas_that_an_autoscaler_decides(
    cluster: FakeCluster, count: int, bounds: dict[str, int], found: list[str]
) -> None:
    """One out of its bounds is somebody else's: of what is scaled to nothing it keeps away."""
    cluster.objects[DEPLOYMENT] = stored(deployment(replicas=count))
    scaled(cluster, bounds=bounds)
    assert said(cluster, deployment()) == found


def test_an_autoscaler_of_something_else(cluster: FakeCluster) -> None:
    cluster.objects[DEPLOYMENT] = stored(deployment(replicas=5))
    scaled(cluster, name="another")
    assert said(cluster, deployment()) == SCALED


def test_of_a_scaled_workload_all_else_counts(cluster: FakeCluster) -> None:
    cluster.objects[DEPLOYMENT] = stored(deployment(replicas=5, labels={"app": "edited"}))
    scaled(cluster)
    assert said(cluster, deployment()) == ["Deployment/popsink-data-plane: metadata.labels.app"]


def test_who_may_not_see_autoscalers_has_none(cluster: FakeCluster) -> None:
    cluster.objects[DEPLOYMENT] = stored(deployment(replicas=5))
    cluster.answers["GET", AUTOSCALERS] = ApiError(403, "forbidden")
    assert said(cluster, deployment()) == SCALED


def test_what_differs_is_shown_as_it_is_and_as_it_should_be(cluster: FakeCluster) -> None:
    cluster.objects[DEPLOYMENT] = stored(deployment(replicas=0))
    (drift,) = drifted_objects(cluster, "popsink", [deployment()])
    assert (drift.before(), drift.after()) == ({"spec.replicas": 0}, {"spec.replicas": 2})


def test_of_a_secret_no_value_is_shown(cluster: FakeCluster) -> None:
    cluster.secret("popsink-kafka", {"key": "as it is not"})
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "popsink-kafka"}, "type": "Opaque",
                "stringData": {"key": "as it was"}}  # fmt: skip
    (drift,) = drifted_objects(cluster, "popsink", [manifest])
    assert (drift.before(), drift.after()) == ({"data.key": MASK}, {"data.key": MASK})


def test_an_object_that_is_gone(cluster: FakeCluster) -> None:
    assert said(cluster, deployment()) == ["Deployment/popsink-data-plane: missing"]


def test_the_server_has_the_last_word(cluster: FakeCluster) -> None:
    """What it would store is what is there: then the difference is one of writing only."""
    cluster.objects[DEPLOYMENT] = stored(deployment(cpu="500 milli"))
    cluster.answers["PATCH", DEPLOYMENT] = stored(deployment(cpu="500 milli"))
    assert drifted_objects(cluster, "popsink", [deployment()]) == []


@pytest.mark.parametrize(
    ("kept", "found"), [(True, ["Deployment/popsink-data-plane: spec.paused"]), (False, [])], ids=["kept", "dropped"]
)
def test_a_false_that_is_gone(cluster: FakeCluster, kept: bool, found: list[str]) -> None:
    """Some fields keep false and zero, others drop them: only the server tells which."""
    asked_for = deployment()
    asked_for["spec"]["paused"] = False
    cluster.objects[DEPLOYMENT] = stored(deployment())
    cluster.answers["PATCH", DEPLOYMENT] = stored(asked_for if kept else deployment())
    assert said(cluster, asked_for) == found


def test_looking_changes_nothing(cluster: FakeCluster) -> None:
    cluster.objects[DEPLOYMENT] = stored(deployment(replicas=0))
    drifted_objects(cluster, "popsink", [deployment()])
    assert cluster.writes == []


def test_objects_of_one_kind_are_asked_for_at_once(cluster: FakeCluster) -> None:
    items = [deployment(name=f"popsink-{number}") for number in range(5)]
    for item in items:
        cluster.objects[f"/apis/apps/v1/namespaces/popsink/deployments/{item['metadata']['name']}"] = stored(item)
    assert drifted_objects(cluster, "popsink", items) == []
    assert len([path for _method, path, _body in cluster.requests if path.endswith("/deployments")]) == 1


@pytest.mark.parametrize(
    ("secret", "found"),
    [
        ({"data": {"key": base64.b64encode(b"as it was").decode()}}, []),
        ({"data": {"key": base64.b64encode(b"as it is not").decode()}}, ["Secret/popsink-kafka: data.key"]),
        ({"stringData": {"key": "as it was"}}, []),
        ({"stringData": {"key": "as it is not"}}, ["Secret/popsink-kafka: data.key"]),
    ],
    ids=["data", "data edited", "text", "text edited"],
)
def test_a_secret_of_the_chart(cluster: FakeCluster, secret: dict[str, Any], found: list[str]) -> None:
    cluster.secret("popsink-kafka", {"key": "as it was"})
    live = cluster.objects[secret_path("popsink-kafka")]
    cluster.answers["PATCH", secret_path("popsink-kafka")] = {
        **live,
        "data": {"key": base64.b64encode(b"as it is not").decode()} if found else live["data"],
    }
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "popsink-kafka"}, "type": "Opaque", **secret}
    assert said(cluster, manifest) == found


def test_an_empty_release(cluster: FakeCluster) -> None:
    assert drifted_objects(cluster, "popsink", []) == []
