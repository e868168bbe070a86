"""A registry is asked through the API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.registry_audit import audit, through_cluster

from tests.unit.plugins.fakes import FakeCluster

PROXY = "/api/v1/namespaces/popsink/services/http:popsink-karapace:8081/proxy"


def asked(cluster: FakeCluster, path: str = "/subjects") -> Any:
    return through_cluster(cluster, "popsink", "popsink-karapace", 8081)(path)


def test_a_path_goes_through_the_proxy(cluster: FakeCluster) -> None:
    cluster.answers["GET", f"{PROXY}/subjects/a%2Fb/versions"] = [1]
    assert asked(cluster, "/subjects/a%2Fb/versions") == [1]


def test_a_query_is_handed_on(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def request(method: str, path: str, *, query: Mapping[str, Any]) -> Any:
        seen.append((method, path, dict(query)))
        return []

    monkeypatch.setattr(cluster, "request", request)
    asked(cluster, "/subjects?deleted=true")
    assert seen == [("GET", f"{PROXY}/subjects", {"deleted": "true"})]


def test_what_the_registry_does_not_have_is_none(cluster: FakeCluster) -> None:
    cluster.answers["GET", f"{PROXY}/config/a"] = ApiError(404, "not configured")
    assert asked(cluster, "/config/a") is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            ApiError(403, "forbidden", by_server=True),
            "The account of popsink_kubeconfig may not reach the schema registry through the API server."
            " Grant it get on services/proxy in namespace popsink.",
            id="may not",
        ),
        pytest.param(
            ApiError(404, 'services "popsink-karapace" not found', by_server=True),
            "There is no Service popsink/popsink-karapace. Check that the release still has this schema registry.",
            id="no Service",
        ),
        pytest.param(
            ApiError(503, 'no endpoints available for service "x".', by_server=True),
            "Nothing answers GET /subjects behind Service popsink/popsink-karapace: no endpoints available for service"
            ' "x".'
            " See that the schema registry's pods are Ready and that the Service has port 8081.",
            id="no endpoints",
        ),
        pytest.param(
            ApiError(401, "Unauthorized"),
            "The schema registry at Service popsink/popsink-karapace wants a name and password for GET /subjects."
            " The API server hands none on: let it be read without them while the audit is taken.",
            id="credentials",
        ),
        pytest.param(ApiError(401, "Who are you?", by_server=True), "Who are you?", id="not known to the API"),
        pytest.param(
            ApiError(500, "boom."),
            "The schema registry at Service popsink/popsink-karapace answers GET /subjects with status 500: boom."
            " Look at the log of its pods.",
            id="broken",
        ),
        pytest.param(
            "<html>",
            "Service popsink/popsink-karapace answers GET /subjects with something that is no JSON."
            " Check that port 8081 of it is the schema registry's.",
            id="no JSON",
        ),
    ],
)
def test_errors_through_the_cluster(cluster: FakeCluster, answer: Any, message: str) -> None:
    cluster.answers["GET", f"{PROXY}/subjects"] = answer
    with pytest.raises(PopsinkError) as caught:
        asked(cluster)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("by_server", "read"), [pytest.param(False, True, id="by the registry"), pytest.param(True, False, id="by the API")]
)
def test_a_refused_parameter_through_the_cluster(cluster: FakeCluster, by_server: bool, read: bool) -> None:
    """The registry's own refusal keeps its status on the way; the API server's is none of the parameter."""
    answers = iter([ApiError(400, "no", by_server=by_server), [], []])

    def subjects(_body: Any) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cluster.answers["GET", f"{PROXY}/subjects"] = subjects
    ask = through_cluster(cluster, "popsink", "popsink-karapace", 8081)
    if read:
        assert audit(ask).subjects == ()
        return
    with pytest.raises(ApiError):
        audit(ask)
