"""One look at a deployment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane, Refusal
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, Finding, failed, passed
from ansible_collections.popsink.data_plane.plugins.module_utils.verification import observe as observed
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.observe import Target, observe
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.pods import with_causes
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.visitor import Place

from tests.unit.plugins.fakes import FakeCluster, as_manifest, put_release
from tests.unit.plugins.pods import put_pod, put_replica_set, put_stateful_set

TARGET = Target("popsink", "popsink", "popsink-data-plane", None)
CONNECTED = Target("popsink", "popsink", "popsink-data-plane", ControlPlane("https://cp.example/api", "an-id"))
PROXY = "/api/v1/namespaces/popsink/services/http:popsink-data-plane:80/proxy/api"
SECRETS = {"admin_username": "someone", "admin_password": "hidden", "deployment_token": "a-token"}


def workload(wanted: int | None = 2, **status: int) -> dict[str, Any]:
    spec = {} if wanted is None else {"replicas": wanted}
    return {"metadata": {"generation": 3, "labels": {"app.kubernetes.io/instance": "popsink"}}, "spec": spec,
            "status": {"observedGeneration": 3, **status}}  # fmt: skip


def all_of(count: int, **changes: int) -> dict[str, int]:
    return {"replicas": count, "updatedReplicas": count, "readyReplicas": count, **changes}


def put(cluster: FakeCluster, name: str, item: dict[str, Any], kind: str = "deployments") -> None:
    cluster.put(f"/apis/apps/v1/namespaces/popsink/{kind}/{name}", **item)


@pytest.fixture
def running(cluster: FakeCluster) -> FakeCluster:
    """A deployment in which everything works."""
    put(cluster, "popsink-data-plane", workload(2, **all_of(2)))
    put(cluster, "popsink-postgresql", workload(1, **all_of(1)), "statefulsets")
    for path in ("readyz", "healthchecks/db", "healthchecks/k8s"):
        cluster.answers["GET", f"{PROXY}/{path}"] = {"status": "ok"}
    cluster.answers["POST", f"{PROXY}/auth/jwt/login"] = {"access_token": "one-time"}
    return cluster


def statuses(cluster: FakeCluster, target: Target = TARGET) -> dict[str, str]:
    return {finding.id: finding.status for finding in observe(cluster, target, SECRETS).findings}


@pytest.mark.parametrize(
    ("item", "ready"),
    [
        pytest.param(workload(2, **all_of(2)), True, id="all of them"),
        pytest.param(workload(None, **all_of(1)), True, id="one, by default"),
        pytest.param(workload(0), True, id="none, as wanted"),
        pytest.param(workload(2, **all_of(2, readyReplicas=1)), False, id="one is not ready"),
        pytest.param(workload(2, replicas=2, updatedReplicas=2), False, id="none is ready"),
        pytest.param(workload(2, **all_of(2, updatedReplicas=1)), False, id="one is of the former revision"),
        pytest.param(workload(2, **all_of(2, replicas=3)), False, id="a former one is still there"),
        pytest.param(workload(2, **all_of(1)), False, id="one is missing"),
        pytest.param(workload(2, **all_of(2), observedGeneration=2), False, id="the change is not seen yet"),
        pytest.param({**workload(2), "status": {}}, False, id="new"),
    ],
)
def test_rolled_out(running: FakeCluster, item: dict[str, Any], ready: bool) -> None:
    put(running, "popsink-tansu", item)
    assert (statuses(running)["verify.workloads"] == PASS) == ready


def manifest(**replicas: int | None) -> str:
    """A release with these Deployments."""
    return as_manifest(
        *(
            {"kind": "Deployment", "metadata": {"name": f"popsink-{name}"}, "spec": {"replicas": count}}
            for name, count in replicas.items()
        ),
        {"kind": "Service", "metadata": {"name": "popsink-kora"}},
    )


@pytest.mark.parametrize(
    ("released", "item", "found"),
    [
        pytest.param({"kora": 2}, workload(2, **all_of(2)), "ready", id="as released"),
        pytest.param({"kora": 1}, workload(2, **all_of(2)), "ready", id="scaled up"),
        pytest.param({"kora": None}, workload(1, **all_of(1)), "ready", id="scaled by something else"),
        pytest.param({"kora": 2}, workload(0), "Not ready: kora.", id="scaled to none by hand"),
        pytest.param({"kora": 2}, workload(1, **all_of(1)), "Not ready: kora.", id="scaled down by hand"),
        pytest.param({"kora": 2}, None, "Missing, or without the release's labels: kora.", id="deleted"),
    ],
)
def test_what_the_release_wants(
    running: FakeCluster, released: dict[str, int | None], item: dict[str, Any] | None, found: str
) -> None:
    put_release(running, manifest=manifest(**{"data-plane": 2}, **released))
    if item:
        put(running, "popsink-kora", item)
    finding = observe(running, TARGET, SECRETS).findings[0]
    assert finding.found.endswith(found)


@pytest.mark.parametrize(
    ("released", "item", "found"),
    [
        pytest.param(3, workload(2, **all_of(2)), "ready", id="fewer than released"),
        pytest.param(None, workload(3, **all_of(3)), "ready", id="more than the fewest"),
        pytest.param(None, workload(1, **all_of(1)), "Not ready: kora.", id="not yet the fewest"),
        pytest.param(None, workload(0), "Not ready: kora.", id="scaled to none by hand"),
    ],
)
def test_what_an_autoscaler_wants(running: FakeCluster, released: int | None, item: dict[str, Any], found: str) -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "popsink-kora"}, "minReplicas": 2, "maxReplicas": 4}
    running.put("/apis/autoscaling/v2/namespaces/popsink/horizontalpodautoscalers/popsink-kora", spec=spec)
    put_release(running, manifest=manifest(kora=released))
    put(running, "popsink-kora", item)
    assert observe(running, TARGET, SECRETS).findings[0].found.endswith(found)


def test_what_works(running: FakeCluster) -> None:
    seen = observe(running, TARGET, SECRETS)
    assert {finding.status for finding in seen.findings} == {PASS}
    assert (seen.works, seen.troubles) == (True, [])
    assert sorted(seen.progress.split(", ")) == ["data-plane 2/2", "postgresql 1/1"]


def test_looking_changes_nothing(running: FakeCluster) -> None:
    observe(running, TARGET, SECRETS)
    assert running.writes == [("POST", f"{PROXY}/auth/jwt/login")]


def test_no_workloads_name_the_role(cluster: FakeCluster) -> None:
    seen = observe(cluster, TARGET, SECRETS)
    assert (seen.works, [finding.remedy for finding in seen.findings]) == (False, ["Run the role release first."])


def test_what_is_not_ready_is_named(running: FakeCluster) -> None:
    put(running, "popsink-kora", workload(1))
    assert observe(running, TARGET, SECRETS).findings[0].found == "Not ready: kora."


def test_nothing_is_asked_before_all_is_ready(running: FakeCluster) -> None:
    put(running, "popsink-kora", workload(1))
    observe(running, TARGET, SECRETS)
    assert [path for _method, path, _body in running.requests if PROXY in path] == []


def test_workloads_of_other_releases_do_not_count(running: FakeCluster) -> None:
    other = workload(1)
    other["metadata"]["labels"] = {"app.kubernetes.io/instance": "other"}
    put(running, "other-data-plane", other)
    assert observe(running, TARGET, SECRETS).works


def test_troubles_of_connector_workers_count(running: FakeCluster) -> None:
    """They carry no label of the release, but its name."""
    running.put(
        "/api/v1/namespaces/popsink/pods/popsink-worker",
        status={"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
    )
    assert [trouble.pod for trouble in observe(running, TARGET, SECRETS).troubles] == ["popsink-worker"]


@pytest.mark.parametrize(
    ("path", "id"),
    [("readyz", "verify.readyz"), ("healthchecks/db", "verify.db"), ("healthchecks/k8s", "verify.k8s")],
)
def test_what_does_not_answer_is_named(running: FakeCluster, path: str, id: str) -> None:
    running.answers["GET", f"{PROXY}/{path}"] = ApiError(503, "Service Unavailable")
    found = statuses(running)
    assert [name for name, status in found.items() if status == FAIL] == [id]


def test_the_login_is_a_form(running: FakeCluster) -> None:
    observe(running, TARGET, SECRETS)
    (form,) = (body for method, _path, body in running.requests if method == "POST")
    assert form == {"username": "someone", "password": "hidden"}


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ({"access_token": "one-time"}, PASS, "can log in"),
        ({}, FAIL, "gives no access token"),
        ("<html>", FAIL, "gives no access token"),
        (ApiError(400, "bad credentials"), FAIL, "refuses the administrator's name and password"),
        (ApiError(401, "unauthorized"), FAIL, "refuses the administrator's name and password"),
        (ApiError(500, "broken"), FAIL, "does not answer as it should: broken"),
    ],
)
def test_login(running: FakeCluster, answer: Any, status: str, words: str) -> None:
    running.answers["POST", f"{PROXY}/auth/jwt/login"] = answer
    (finding,) = (finding for finding in observe(running, TARGET, SECRETS).findings if finding.id == "verify.login")
    assert finding.status == status
    assert words in finding.found


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        (ApiError(400, "bad credentials"), True),
        (ApiError(401, "unauthorized"), True),
        (ApiError(403, "locked"), True),
        (ApiError(401, "the kubeconfig's token is too old", by_server=True), False),
        (ApiError(403, "forbidden", by_server=True), False),
        (ApiError(500, "broken"), False),
        (ApiError(503, "no endpoints", by_server=True), False),
        ({}, False),
        ({"access_token": "one-time"}, False),
    ],
)
def test_only_a_refused_login_is_final(running: FakeCluster, answer: Any, final: bool) -> None:
    running.answers["POST", f"{PROXY}/auth/jwt/login"] = answer
    assert observe(running, TARGET, SECRETS).final == final


@pytest.mark.parametrize(
    ("method", "path", "id"), [("POST", "auth/jwt/login", "verify.login"), ("GET", "readyz", "verify.readyz")]
)
def test_a_missing_permission_is_named(running: FakeCluster, method: str, path: str, id: str) -> None:
    running.answers[method, f"{PROXY}/{path}"] = ApiError(403, "forbidden", by_server=True)
    (finding,) = (finding for finding in observe(running, TARGET, SECRETS).findings if finding.id == id)
    assert finding.status == FAIL
    assert "administrator" not in finding.found
    assert finding.remedy == "Grant it create and get on services/proxy in namespace popsink."


def test_a_refusal_by_the_control_plane_is_final(running: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Refusal("control_plane.config", FAIL, "no")
    monkeypatch.setattr(observed, "ask_config", lambda _control_plane, _token: refusal)
    assert observe(running, CONNECTED, SECRETS).final


def test_no_finding_shows_a_secret(running: FakeCluster) -> None:
    running.answers["POST", f"{PROXY}/auth/jwt/login"] = {"access_token": "one-time"}
    assert [
        secret for secret in ("hidden", "a-token", "one-time") if secret in str(observe(running, TARGET, SECRETS))
    ] == []


@pytest.mark.parametrize(
    ("answer", "works"), [(passed("control_plane.config", "yes"), True), (failed("control_plane.config", "no"), False)]
)
def test_the_control_plane_is_asked(
    running: FakeCluster, monkeypatch: pytest.MonkeyPatch, answer: Any, works: bool
) -> None:
    monkeypatch.setattr(observed, "ask_config", lambda _control_plane, _token: answer)
    assert observe(running, CONNECTED, SECRETS).works == works


def test_troubles_of_others_do_not_count(running: FakeCluster) -> None:
    running.put(
        "/api/v1/namespaces/popsink/pods/foreign",
        status={"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
    )
    assert observe(running, TARGET, SECRETS).troubles == []


@pytest.mark.parametrize(("fails", "tried"), [(False, True), (True, False)])
def test_the_public_url_is_tried_once_all_else_works(
    running: FakeCluster, monkeypatch: pytest.MonkeyPatch, fails: bool, tried: bool
) -> None:
    asked = []

    def try_it(place: Place, service: str, login: dict[str, str], *, restricted: bool) -> Finding:
        asked.append((place, service, login, restricted))
        return failed("verify.public_url", "leads elsewhere")

    monkeypatch.setattr(observed, "try_public_url", try_it)
    if fails:
        running.answers["GET", f"{PROXY}/readyz"] = ApiError(503, "not yet")
    place = Place("https://popsink.example", "192.0.2.1")
    seen = observe(running, replace(TARGET, public=place, restricted=True), SECRETS)
    login = {"username": "someone", "password": "hidden"}
    assert asked == ([(place, "popsink-data-plane", login, True)] if tried else [])
    assert not seen.works


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(None, ["new"], id="known"),
        pytest.param(ApiError(403, "no"), ["new", "old"], id="not known"),
    ],
)
def test_pods_of_a_former_template_go_by_themselves(running: FakeCluster, answer: Any, told: list[str]) -> None:
    name = "popsink-data-plane"
    put(running, name, {**workload(2, **all_of(2)), "metadata": {
        "generation": 3, "labels": {"app.kubernetes.io/instance": "popsink"},
        "annotations": {"deployment.kubernetes.io/revision": "2"}}})  # fmt: skip
    for template, revision in (("old", "1"), ("new", "2")):
        put_replica_set(running, f"{name}-{template}", name, revision)
        put_pod(running, f"{name}-{template}-x", ("ReplicaSet", f"{name}-{template}"), waiting="ImagePullBackOff")
    if answer:
        running.answers["GET", "/apis/apps/v1/namespaces/popsink/replicasets"] = answer
    found = sorted(trouble.pod for trouble in observe(running, TARGET, SECRETS).troubles)
    assert found == [f"{name}-{template}-x" for template in told]


def test_a_pod_that_is_kept_is_told_with_what_helps(running: FakeCluster) -> None:
    name = "popsink-postgresql"
    put_stateful_set(running, name, "old", "new")
    put_pod(running, f"{name}-0", ("StatefulSet", name), waiting="ErrImagePull", revision="old")
    for kept in (True, False):
        seen = observe(running, TARGET, SECRETS)
        (trouble,) = with_causes(running, "popsink", seen.troubles, seen.kept)
        assert ("popsink_image_pull_token" in trouble.remedy, "former template" in trouble.remedy) == (True, kept)
        put_stateful_set(running, name, "old", "old")
