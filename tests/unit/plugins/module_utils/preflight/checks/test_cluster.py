"""The cluster itself, and the tools that reach it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import (
    SYSTEM_NAMESPACE,
    WrongClusterError,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import cluster as checks
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site

from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.sites import site

PULL_TYPE = "kubernetes.io/dockerconfigjson"


@pytest.mark.parametrize(
    ("found", "minimum", "status"),
    [
        ("1.23", "1.23", PASS),
        ("1.22", "1.23", FAIL),
        ("1.9", "1.23", FAIL),
        ("1.35", "1.23", PASS),
        ("1.30+", "1.23", PASS),
        ("2.0", "1.23", PASS),
        ("1.23", "1.23.0", PASS),
        *(("1.35", wrong, FAIL) for wrong in (None, "", "abc", "v1.30", "1.", "1.x")),
    ],
)
def test_version(cluster: FakeCluster, found: str, minimum: Any, status: str) -> None:
    major, minor = found.split(".")
    cluster.answers["GET", "/version"] = {"major": major, "minor": minor, "gitVersion": f"v{found}.0"}
    finding = checks.version.run(site(cluster, kubernetes=minimum))
    assert finding.status == status
    assert status == PASS or "popsink_required_kubernetes" in finding.found + finding.remedy


def test_a_cluster_that_does_not_answer_is_a_failure(cluster: FakeCluster) -> None:
    cluster.answers["GET", "/version"] = PopsinkError("it does not answer")
    assert checks.version.run(site(cluster)).status == FAIL


def pinned(cluster: FakeCluster, uid: str) -> Site:
    at = site(cluster)
    at.auth = {"cluster_uid": uid}
    return at


def test_no_cluster_is_pinned(cluster: FakeCluster) -> None:
    finding = checks.identity.run(pinned(cluster, ""))
    assert (finding.status, cluster.requests) == (PASS, [])


@pytest.mark.parametrize(
    ("answer", "status"),
    [({}, PASS), (WrongClusterError("This is another cluster"), FAIL), (PopsinkError("forbidden"), FAIL)],
    ids=["the one", "another", "not told"],
)
def test_identity(cluster: FakeCluster, answer: Any, status: str) -> None:
    cluster.answers["GET", SYSTEM_NAMESPACE] = answer
    assert checks.identity.run(pinned(cluster, "a-uid")).status == status


def test_another_cluster_is_told_once(cluster: FakeCluster) -> None:
    cluster.answers["GET", "/version"] = WrongClusterError("This is another cluster")
    assert checks.version.run(site(cluster)).status == NOT_CHECKED


@pytest.mark.parametrize(
    ("found", "minimum", "status"),
    [
        ((3, 8, 0), "3.8.0", PASS),
        ((3, 7, 9), "3.8.0", FAIL),
        ((3, 17, 0), "3.8.0", PASS),
        ((4, 1, 0), "3.8.0", PASS),
        ((3, 8, 0), "3.8", PASS),
        ((5, 0, 0), "3.8", WARN),
        *(((4, 1, 0), wrong, FAIL) for wrong in (None, "", "abc", "v3.8", "3.8.0-rc.1")),
    ],
)
def test_helm_version(monkeypatch: pytest.MonkeyPatch, found: tuple[int, int, int], minimum: Any, status: str) -> None:
    monkeypatch.setattr(checks, "version_of", lambda _program: found)
    assert checks.helm_version.run(site(helm=minimum)).status == status


def test_access_that_helm_cannot_be_given_is_found_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the middle of a rollout, when Secrets are made already."""
    monkeypatch.setattr(checks, "version_of", lambda _program: (4, 1, 0))
    at = site()
    at.auth = {"username": "somebody", "password": "hidden"}
    finding = checks.helm_version.run(at)
    assert (finding.status, "popsink_kubeconfig" in finding.found) == (FAIL, True)
    assert "hidden" not in str(finding)


def encoded(values: dict[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


PULL = SecretSpec(
    "registry-login", {".dockerconfigjson": "image_pull_docker_config"}, PULL_TYPE, "popsink_image_pull_secret"
)
JWT = SecretSpec("sessions", {"signing-key": "jwt_secret"}, variable="popsink_existing_secrets['jwt']")
OURS = SecretSpec("popsink-vault-jwt", {"secret": "jwt_secret"})
LOGINS = json.dumps({"auths": {"registry.example": {"auth": "x"}}})


@pytest.mark.parametrize(
    ("spec", "values", "type", "words"),
    [
        pytest.param(PULL, {".dockerconfigjson": LOGINS}, PULL_TYPE, "somebody else looks after: 1", id="there"),
        pytest.param(PULL, {"other": "x"}, PULL_TYPE, "has no key .dockerconfigjson (it has: other)", id="another key"),
        pytest.param(PULL, {}, PULL_TYPE, "has no key", id="empty"),
        pytest.param(PULL, None, "", "registry-login (popsink_image_pull_secret) does not exist", id="not there"),
        pytest.param(PULL, {".dockerconfigjson": "x"}, PULL_TYPE, "is not a Docker configuration", id="no JSON"),
        pytest.param(PULL, {".dockerconfigjson": LOGINS}, "Opaque", f"is of type Opaque, not {PULL_TYPE}", id="type"),
        pytest.param(JWT, {"signing-key": "x" * 40}, "Opaque", "somebody else looks after: 1", id="any type will do"),
        pytest.param(JWT, {"signing-key": "x" * 8}, "Opaque", "sessions (popsink_existing_secrets['jwt']): signing-key "
                     "has fewer than 32 characters", id="form"),
        pytest.param(JWT, {"signing-key": "x" * 40 + "\n"}, "Opaque", "ends in a line break", id="line break"),
    ],
)  # fmt: skip
def test_a_secret_of_somebody_else(
    cluster: FakeCluster, spec: SecretSpec, values: dict[str, str] | None, type: str, words: str
) -> None:
    if values is not None:
        cluster.put(secret_path(spec.name), data=encoded(values), type=type)
    finding = checks.secrets.run(site(cluster, secrets=[spec, OURS]))
    assert words in finding.found
    assert (finding.status == PASS) == words.startswith("somebody else looks after")


def test_no_finding_shows_a_value_of_somebody_else(cluster: FakeCluster) -> None:
    cluster.put(secret_path("sessions"), data=encoded({"signing-key": "too-short-value"}), type="Opaque")
    assert "too-short-value" not in str(checks.secrets.run(site(cluster, secrets=[JWT])))
