"""One session with the API: requests, errors, paths."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3.exceptions
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import (
    SYSTEM_NAMESPACE,
    ApiError,
    Cluster,
    WrongClusterError,
    together,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from kubernetes.client.exceptions import ApiException

from tests.unit.plugins.fakes import FakeCluster


def session(answer: bytes | Exception) -> Cluster:
    """A session whose client answers this to everything."""

    def call_api(*_arguments: Any, **_options: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(data=answer)

    return Cluster(SimpleNamespace(call_api=call_api, configuration=SimpleNamespace(host="https://cluster.example")))


def refused(status: int, body: Any = None, reason: str = "Reason") -> ApiException:
    error = ApiException(status=status, reason=reason)
    error.body = body
    return error


@pytest.mark.parametrize(
    ("answer", "value"),
    [(b'{"kind": "Secret"}', {"kind": "Secret"}), (b"[]", []), (b"a log\n", "a log\n"), (b"\xff", "�"), (b"", "")],
)
def test_an_answer_is_parsed_where_it_is_json(answer: bytes, value: Any) -> None:
    assert session(answer).request("GET", "/x") == value


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (refused(404, json.dumps({"message": "it is not there"})), "refused GET /x: it is not there."),
        (refused(500, "<html>"), "refused GET /x: Reason."),
        (refused(500, json.dumps({"code": 1})), "refused GET /x: Reason."),
        (refused(500, None, ""), "refused GET /x: no reason given."),
        (refused(403, json.dumps({"message": "no"})), "no. Check that the account of popsink_kubeconfig may do this."),
    ],
)
def test_a_refusal_has_its_reason(error: Exception, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        session(error).request("GET", "/x")
    assert message in str(caught.value)


def test_a_refusal_has_its_status() -> None:
    with pytest.raises(ApiError) as caught:
        session(refused(409)).request("POST", "/x")
    assert caught.value.status == 409


@pytest.mark.parametrize(
    ("body", "by_server"),
    [
        pytest.param('{"kind": "Status", "message": "no"}', True, id="the API server"),
        pytest.param('{"detail": "no"}', False, id="a service behind its proxy"),
        pytest.param('["Status"]', False, id="another kind of JSON"),
        pytest.param("<html>", False, id="no JSON"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_a_refusal_tells_who_refused(body: str | None, by_server: bool) -> None:
    with pytest.raises(ApiError) as caught:
        session(refused(403, body)).request("GET", "/x")
    assert caught.value.by_server == by_server


def test_no_answer_names_the_address_and_the_variables() -> None:
    pool: Any = SimpleNamespace()
    error = urllib3.exceptions.MaxRetryError(
        pool, "/x", urllib3.exceptions.NewConnectionError(pool, "Failed to establish: [Errno 111] Connection refused")
    )
    with pytest.raises(PopsinkError) as caught:
        session(error).request("GET", "/x")
    assert "https://cluster.example does not answer: [Errno 111] Connection refused." in str(caught.value)
    assert "popsink_kubeconfig" in str(caught.value)


@pytest.mark.parametrize(
    ("auth", "names"),
    [({"kubeconfig": "/nowhere/kubeconfig"}, "popsink_kubeconfig"), ({"kubeconfig": {"bad": 1}}, "popsink_kubeconfig")],
    ids=["missing file", "not a kubeconfig"],
)
def test_a_kubeconfig_that_cannot_be_used(auth: dict[str, Any], names: str) -> None:
    with pytest.raises(PopsinkError, match=names):
        Cluster.connect(auth)


def test_find_gives_none_where_nothing_stands(cluster: FakeCluster) -> None:
    assert cluster.find("/api/v1/namespaces/popsink") is None


def test_find_hides_no_other_error(cluster: FakeCluster) -> None:
    cluster.answers["GET", "/api/v1/namespaces/popsink"] = ApiError(403, "forbidden")
    with pytest.raises(ApiError, match="forbidden"):
        cluster.find("/api/v1/namespaces/popsink")


@pytest.mark.parametrize(
    ("version", "kind", "namespace", "name", "path"),
    [
        ("v1", "Secret", "popsink", "x", "/api/v1/namespaces/popsink/secrets/x"),
        ("v1", "Secret", "popsink", "", "/api/v1/namespaces/popsink/secrets"),
        ("v1", "Secret", "", "", "/api/v1/secrets"),
        ("v1", "Namespace", "popsink", "x", "/api/v1/namespaces/x"),
        ("apps/v1", "Deployment", "popsink", "x", "/apis/apps/v1/namespaces/popsink/deployments/x"),
    ],
)
def test_path_of(cluster: FakeCluster, version: str, kind: str, namespace: str, name: str, path: str) -> None:
    assert cluster.path_of(version, kind, namespace=namespace, name=name) == path


@pytest.mark.parametrize(("version", "kind"), [("v1", "Route"), ("route.openshift.io/v1", "Route")])
def test_a_kind_that_the_cluster_does_not_know(cluster: FakeCluster, version: str, kind: str) -> None:
    with pytest.raises(PopsinkError, match=f"no kind Route of {version}"):
        cluster.path_of(version, kind)


def test_kinds_are_asked_for_once(cluster: FakeCluster) -> None:
    for _time in range(3):
        cluster.path_of("v1", "Secret")
    assert len(cluster.requests) == 1


def test_deleting_what_is_not_there_is_as_good(cluster: FakeCluster) -> None:
    cluster.delete("/api/v1/namespaces/popsink/secrets/x")


def test_together_keeps_the_order() -> None:
    assert together(*(lambda n=number: n for number in range(20))) == list(range(20))


def test_together_raises_the_first_error() -> None:
    def fail() -> None:
        raise PopsinkError("the reason")

    with pytest.raises(PopsinkError, match="the reason"):
        together(lambda: 1, fail)


@pytest.mark.parametrize(
    ("uid", "asked"), [("", ["/version"]), ("the-one", [SYSTEM_NAMESPACE, "/version", "/version"])]
)
def test_the_cluster_that_is_meant_is_looked_for_once(
    monkeypatch: pytest.MonkeyPatch, uid: str, asked: list[str]
) -> None:
    cluster, paths = Cluster(None, uid=uid), []

    def answer(_method: str, path: str, **_how: Any) -> Any:
        paths.append(path)
        return {"metadata": {"uid": "the-one"}}

    monkeypatch.setattr(cluster, "_request", answer)
    for _turn in range(len(asked) - bool(uid)):
        cluster.request("GET", "/version")
    assert paths == asked


def test_nothing_is_asked_of_another_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, paths = Cluster(None, uid="the-one"), []

    def answer(_method: str, path: str, **_how: Any) -> Any:
        paths.append(path)
        return {"metadata": {"uid": "another"}}

    monkeypatch.setattr(cluster, "_request", answer)
    for _turn in range(2):
        with pytest.raises(WrongClusterError, match=r"has uid another.*popsink_cluster_uid is the-one.*kubectl get"):
            cluster.request("POST", "/api/v1/namespaces", body={})
    assert set(paths) == {SYSTEM_NAMESPACE}


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        PopsinkError, match=f"there is no file {tmp_path}/nowhere on this host. Check popsink_kubeconfig"
    ):
        Cluster.connect({"kubeconfig": f"{tmp_path}/nowhere"})
