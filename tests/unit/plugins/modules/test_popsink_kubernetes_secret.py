"""The step that puts Secrets into the cluster, as a play runs it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import labels
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_kubernetes_secret
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import run_inside

from tests.unit.plugins.fakes import FakeCluster, secret_path

JWT: dict[str, Any] = {"name": "popsink-vault-jwt", "data": {"jwt-secret": "jwt_secret"}}
ADMIN: dict[str, Any] = {
    "name": "popsink-vault-admin-credentials",
    "data": {"admin-username": "admin_username", "admin-password": "admin_password"},
}
KNOWN = {"jwt_secret": "value-of-jwt", "admin_username": "admin", "admin_password": "value-of-password"}


@pytest.fixture(autouse=True)
def _connected(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)


def run(*secrets: dict[str, Any], check: bool = False) -> dict[str, Any]:
    arguments = {"namespace": "popsink", "release": "popsink", "secrets": list(secrets), "known": KNOWN}
    return run_inside(popsink_kubernetes_secret, arguments, StepContext(check=check))


def test_what_was_created_is_named() -> None:
    assert run(JWT, ADMIN)["created"] == ["popsink-vault-jwt", "popsink-vault-admin-credentials"]


@pytest.mark.parametrize("check", [False, True])
def test_a_difference_is_named_as_it_is(cluster: FakeCluster, check: bool) -> None:
    """The administrator's name is no secret: hiding each "admin" would hide the Secret's name."""
    cluster.secret(ADMIN["name"], {"admin-username": "admin", "admin-password": "by hand"}, labels("popsink"))
    result = run(ADMIN, check=check)
    assert result["failed"]
    assert "popsink-vault-admin-credentials.admin-password" in result["msg"]
    assert result["drifted"] == ["popsink-vault-admin-credentials.admin-password"]


@pytest.mark.parametrize("order", [(JWT, ADMIN), (ADMIN, JWT)], ids=["first", "last"])
def test_where_one_differs_nothing_is_touched(cluster: FakeCluster, order: tuple[dict[str, Any], ...]) -> None:
    cluster.secret(JWT["name"], {"jwt-secret": "by hand"}, labels("popsink"))
    assert run(*order)["failed"]
    assert cluster.writes == []


def test_where_one_differs_no_key_is_added_elsewhere(cluster: FakeCluster) -> None:
    cluster.secret(JWT["name"], {"jwt-secret": "by hand"}, labels("popsink"))
    cluster.secret(ADMIN["name"], {"admin-username": "admin"}, labels("popsink"))
    run(ADMIN, JWT)
    assert cluster.writes == []


def test_where_one_is_somebody_elses_nothing_is_touched(cluster: FakeCluster) -> None:
    cluster.secret(ADMIN["name"], {"admin-username": "admin"}, {"app.kubernetes.io/managed-by": "Helm"})
    assert run(JWT, ADMIN)["failed"]
    assert secret_path(JWT["name"]) not in cluster.objects


@pytest.mark.parametrize("secret", ["value-of-jwt", "value-of-password"])
def test_no_result_shows_a_value(cluster: FakeCluster, secret: str) -> None:
    cluster.secret(JWT["name"], {"jwt-secret": "by hand"}, labels("popsink"))
    assert secret not in str(run(JWT, ADMIN))
