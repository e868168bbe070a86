"""Objects beside the chart's own."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.manifests import ensure_manifests
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import labels
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext

from tests.unit.plugins.fakes import FakeCluster

PATH = "/apis/networking.k8s.io/v1/namespaces/popsink/ingresses/popsink-public"


def ingress(host: str = "popsink.example.com", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "popsink-public", "namespace": "popsink", "labels": labels("popsink"), **metadata},
        "spec": {"rules": [{"host": host}]},
    }


def full() -> dict[str, Any]:
    """With all that a plan may leave out."""
    item = ingress(annotations={"example.com/ours": "1", "example.com/empty": ""})
    return {**item, "spec": {**item["spec"], "ingressClassName": "traefik", "tls": [{"secretName": "x"}]}}


def without(field: str) -> dict[str, Any]:
    item = full()
    block, _dot, name = field.partition(".")
    del item[block][name]
    return item


@pytest.fixture(autouse=True)
def _namespace(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")


def test_a_missing_object_is_applied(cluster: FakeCluster) -> None:
    assert ensure_manifests(cluster, [ingress()], [], StepContext())["applied"] == ["Ingress/popsink-public: missing"]
    assert cluster.objects[PATH]["spec"] == ingress()["spec"]


def test_a_second_time_changes_nothing(cluster: FakeCluster) -> None:
    ensure_manifests(cluster, [ingress()], [], StepContext())
    cluster.requests.clear()
    assert not ensure_manifests(cluster, [ingress()], [], StepContext())["changed"]
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("live", "what"),
    [
        (ingress("edited.example"), "spec.rules[0].host"),
        (
            ingress(labels={**labels("popsink"), "app.kubernetes.io/part-of": "edited"}),
            "metadata.labels.app.kubernetes.io/part-of",
        ),
    ],
    ids=["host", "label"],
)
def test_an_edited_object_is_mended(cluster: FakeCluster, live: dict[str, Any], what: str) -> None:
    cluster.objects[PATH] = live
    assert ensure_manifests(cluster, [ingress()], [], StepContext())["applied"] == [f"Ingress/popsink-public: {what}"]
    assert (cluster.objects[PATH]["spec"], cluster.objects[PATH]["metadata"]["labels"]) == (
        ingress()["spec"],
        labels("popsink"),
    )


@pytest.mark.parametrize("field", ["metadata.annotations", "spec.tls", "spec.ingressClassName"])
def test_what_the_plan_no_longer_has_is_removed(cluster: FakeCluster, field: str) -> None:
    ensure_manifests(cluster, [full()], [], StepContext())
    block, _dot, name = field.partition(".")
    assert ensure_manifests(cluster, [without(field)], [], StepContext())["applied"] == [
        f"Ingress/popsink-public: {field}"
    ]
    assert name not in cluster.objects[PATH][block]
    assert not ensure_manifests(cluster, [without(field)], [], StepContext())["changed"]


def test_what_somebody_else_added_is_left_alone(cluster: FakeCluster) -> None:
    ensure_manifests(cluster, [full()], [], StepContext())
    cluster.objects[PATH]["metadata"]["annotations"]["example.com/theirs"] = "2"
    assert not ensure_manifests(cluster, [full()], [], StepContext())["changed"]
    ensure_manifests(cluster, [ingress()], [], StepContext())
    assert cluster.objects[PATH]["metadata"]["annotations"] == {"example.com/theirs": "2"}


def test_a_missing_namespace_is_made(cluster: FakeCluster) -> None:
    cluster.objects.clear()
    assert ensure_manifests(cluster, [ingress()], [], StepContext(check=True))["changed"]
    assert cluster.writes == []
    assert ensure_manifests(cluster, [ingress()], [], StepContext())["applied"] == ["Ingress/popsink-public: missing"]
    assert PATH in cluster.objects


def test_check_mode_tells_and_writes_nothing(cluster: FakeCluster) -> None:
    cluster.objects[PATH] = ingress("edited.example")
    assert ensure_manifests(cluster, [ingress()], [], StepContext(check=True))["changed"]
    assert cluster.writes == []


def test_the_diff_shows_what_is_ours_only(cluster: FakeCluster) -> None:
    live = ingress("edited.example", uid="of the server")
    cluster.objects[PATH] = live
    (diff,) = ensure_manifests(cluster, [ingress()], [], StepContext(diff=True))["diff"]
    assert "edited.example" in diff["before"]
    assert "of the server" not in diff["before"]


def test_the_diff_shows_what_is_removed(cluster: FakeCluster) -> None:
    ensure_manifests(cluster, [full()], [], StepContext())
    cluster.objects[PATH]["metadata"]["annotations"]["example.com/theirs"] = "2"
    (diff,) = ensure_manifests(cluster, [ingress()], [], StepContext(diff=True))["diff"]
    assert set(diff["before"].splitlines()) - set(diff["after"].splitlines()) == {
        "  annotations:",
        "    example.com/ours: '1'",
        "    example.com/empty: ''",
        "  ingressClassName: traefik",
        "  tls:",
        "  - secretName: x",
    }


@pytest.mark.parametrize(
    ("owner", "removed"),
    [(labels("popsink"), ["Ingress/popsink-public"]), ({}, []), ({"app.kubernetes.io/managed-by": "Helm"}, [])],
    ids=["ours", "nobody's", "somebody's"],
)
def test_only_what_is_ours_is_removed(cluster: FakeCluster, owner: dict[str, str], removed: list[str]) -> None:
    cluster.objects[PATH] = ingress(labels=owner)
    assert ensure_manifests(cluster, [], [ingress()], StepContext())["removed"] == removed
    assert (PATH in cluster.objects) == (not removed)


def test_what_is_not_there_need_not_be_removed(cluster: FakeCluster) -> None:
    assert not ensure_manifests(cluster, [], [ingress()], StepContext())["changed"]


def test_what_the_cluster_cannot_have_need_not_be_removed(cluster: FakeCluster) -> None:
    metadata = {"name": "popsink-public", "namespace": "popsink"}
    route = {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": metadata}
    assert not ensure_manifests(cluster, [], [route], StepContext())["changed"]


@pytest.mark.parametrize(("status", "ends"), [(403, False), (500, True)])
def test_what_the_account_may_not_see_it_has_not_made(cluster: FakeCluster, status: int, ends: bool) -> None:
    cluster.answers["GET", PATH] = ApiError(status, "no")
    if ends:
        with pytest.raises(ApiError):
            ensure_manifests(cluster, [], [ingress()], StepContext())
    else:
        assert not ensure_manifests(cluster, [], [ingress()], StepContext())["changed"]


CHARTS = "/apis/networking.k8s.io/v1/namespaces/popsink/ingresses/popsink"
HELM, TRAEFIK = "meta.helm.sh/release-name", "traefik.ingress.kubernetes.io/router.middlewares"
MIDDLEWARE = {
    "apiVersion": "traefik.io/v1alpha1",
    "kind": "Middleware",
    "metadata": {"name": "popsink-public", "namespace": "popsink", "labels": labels("popsink")},
}
REFERENCE = "popsink-popsink-public@kubernetescrd"


@pytest.mark.parametrize(
    ("annotations", "leaving", "words"),
    [
        (None, ingress(), "Ingress/popsink-public cannot go: the Ingress of release popsink, which"),
        ({HELM: "another"}, ingress(), "is not there yet"),
        ({HELM: "popsink", TRAEFIK: f"own@file,{REFERENCE}"}, MIDDLEWARE, "refers to it still"),
        ({HELM: "popsink"}, ingress(), ""),
        ({HELM: "popsink", TRAEFIK: REFERENCE}, ingress(), ""),
        ({HELM: "popsink", TRAEFIK: "own@file"}, MIDDLEWARE, ""),
    ],
    ids=[
        "none",
        "another release's",
        "one that needs it",
        "the release's",
        "one that needs another",
        "one that does not",
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_nothing_goes_before_the_chart_s_ingress_is_in_its_place(
    cluster: FakeCluster, annotations: dict[str, str] | None, leaving: dict[str, Any], words: str, check: bool
) -> None:
    traefik = "/apis/traefik.io/v1alpha1"
    kinds = [{"kind": "Middleware", "name": "middlewares", "namespaced": True}]
    cluster.answers["GET", traefik] = {"resources": kinds}
    path = PATH if leaving["kind"] == "Ingress" else f"{traefik}/namespaces/popsink/middlewares/popsink-public"
    cluster.objects[path] = leaving
    if annotations is not None:
        cluster.put(CHARTS, metadata={"annotations": annotations})
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "popsink"}}
    said = ""
    done: dict[str, Any] = {"removed": []}
    try:
        done = ensure_manifests(cluster, [other], [leaving], StepContext(check=check), successor="popsink")
    except PopsinkError as error:
        said = str(error)
    assert (words in said, bool(said), len(done["removed"])) == (True, bool(words), 0 if words else 1)
    assert not said or ("--tags release" in said and cluster.writes == [])
    assert (path in cluster.objects) == (bool(words) or check)


def test_where_nothing_goes_nobody_looks_for_a_successor(cluster: FakeCluster) -> None:
    assert not ensure_manifests(cluster, [], [ingress()], StepContext(), successor="popsink")["changed"]
    assert PATH.rpartition("/")[0] not in [path for _method, path, _body in cluster.requests]


def test_the_new_one_is_there_before_the_old_one_goes(cluster: FakeCluster) -> None:
    """As where a Gateway's route takes the place of the Ingress."""
    cluster.objects[PATH] = ingress()
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "popsink"}}
    ensure_manifests(cluster, [other], [ingress()], StepContext())
    assert [method for method, _path in cluster.writes] == ["PATCH", "DELETE"]
