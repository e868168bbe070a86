"""Secrets: created where they are missing, compared where they are there, never overwritten."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import (
    SecretSpec,
    decoded,
    ensure_secrets,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import labels

from tests.unit.plugins.fakes import FakeCluster, secret_path

JWT = SecretSpec("popsink-vault-jwt", {"jwt-secret": "jwt_secret"})
ADMIN = SecretSpec(
    "popsink-vault-admin-credentials", {"admin-username": "admin_username", "admin-password": "admin_password"}
)
KNOWN = {"jwt_secret": "one", "admin_username": "two", "admin_password": "three"}
OURS = labels("popsink")


def ensure(cluster: FakeCluster, *specs: SecretSpec, known: dict[str, str] | None = None, check: bool = False) -> Any:
    return ensure_secrets(cluster, "popsink", "popsink", list(specs), KNOWN if known is None else known, check=check)


def test_a_missing_one_is_created_with_its_values(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    assert ensure(cluster, JWT, ADMIN)["created"] == [JWT.name, ADMIN.name]
    assert decoded(cluster.objects[secret_path(ADMIN.name)]) == {"admin-username": "two", "admin-password": "three"}


def test_a_created_one_says_whose_it_is_and_of_what_type(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    ensure(cluster, SecretSpec("pull", {".dockerconfigjson": "jwt_secret"}, "kubernetes.io/dockerconfigjson"))
    made = cluster.objects[secret_path("pull")]
    assert (made["type"], made["metadata"]["labels"]) == ("kubernetes.io/dockerconfigjson", OURS)


def test_the_namespace_is_made_first_where_it_is_missing(cluster: FakeCluster) -> None:
    ensure(cluster, JWT)
    assert {"/api/v1/namespaces/popsink", secret_path(JWT.name)} <= set(cluster.objects)


def test_a_second_time_changes_nothing(cluster: FakeCluster) -> None:
    ensure(cluster, JWT, ADMIN)
    cluster.requests.clear()
    assert not ensure(cluster, JWT, ADMIN)["changed"]
    assert cluster.writes == []


def test_a_changed_value_is_named_and_left_alone(cluster: FakeCluster) -> None:
    cluster.secret(ADMIN.name, {"admin-username": "two", "admin-password": "by hand"}, OURS)
    assert ensure(cluster, ADMIN)["drifted"] == ["popsink-vault-admin-credentials.admin-password"]
    assert cluster.writes == []


def test_what_the_inventory_does_not_know_is_not_compared(cluster: FakeCluster) -> None:
    cluster.secret(JWT.name, {"jwt-secret": "by hand"}, OURS)
    assert ensure(cluster, JWT, known={})["drifted"] == []


def test_a_value_that_is_no_text_is_a_difference(cluster: FakeCluster) -> None:
    cluster.secret(JWT.name, {}, OURS)
    cluster.objects[secret_path(JWT.name)]["data"] = {"jwt-secret": base64.b64encode(b"\xff\xfe").decode()}
    assert ensure(cluster, JWT)["drifted"] == ["popsink-vault-jwt.jwt-secret"]


def test_further_keys_of_a_secret_are_nobodys_business(cluster: FakeCluster) -> None:
    cluster.secret(JWT.name, {"jwt-secret": "one", "of-somebody": "x"}, OURS)
    assert not ensure(cluster, JWT)["changed"]


def test_a_secret_of_ours_is_completed(cluster: FakeCluster) -> None:
    cluster.secret(ADMIN.name, {"admin-username": "two", "former-key": "three"}, OURS)
    assert ensure(cluster, ADMIN)["completed"] == ["popsink-vault-admin-credentials.admin-password"]
    assert decoded(cluster.objects[secret_path(ADMIN.name)]) == {
        "admin-username": "two",
        "admin-password": "three",
        "former-key": "three",
    }


def test_completing_fails_when_somebody_was_quicker(cluster: FakeCluster) -> None:
    """The patch carries the version that was read, which the server compares."""
    cluster.secret(ADMIN.name, {"admin-username": "two"}, OURS)
    ensure(cluster, ADMIN)
    patch = next(body for method, _path, body in cluster.requests if method == "PATCH")
    assert patch["metadata"]["resourceVersion"] == "1"


@pytest.mark.parametrize("check", [False, True])
def test_a_secret_of_somebody_else_is_not_completed(cluster: FakeCluster, check: bool) -> None:
    cluster.secret(ADMIN.name, {"admin-username": "two"}, {"app.kubernetes.io/managed-by": "Helm"})
    with pytest.raises(PopsinkError, match="lacks admin-password, and is not managed by this collection"):
        ensure(cluster, ADMIN, check=check)
    assert cluster.writes == []


def test_a_complete_secret_of_somebody_else_will_do(cluster: FakeCluster) -> None:
    cluster.secret(JWT.name, {"jwt-secret": "one"}, {"app.kubernetes.io/managed-by": "external-secrets"})
    assert not ensure(cluster, JWT)["changed"]


def test_the_quicker_run_wins(cluster: FakeCluster) -> None:
    """The other one's Secret appears between the look and the creation."""

    def created_meanwhile(_body: Any) -> None:
        cluster.secret(JWT.name, {"jwt-secret": "theirs"}, OURS)
        raise ApiError(409, "it exists")

    cluster.namespace("popsink")
    cluster.answers["POST", "/api/v1/namespaces/popsink/secrets"] = created_meanwhile
    result = ensure(cluster, JWT)
    assert (result["created"], result["drifted"]) == ([], ["popsink-vault-jwt.jwt-secret"])


@pytest.mark.parametrize("known", [KNOWN, {}], ids=["values known", "values not made yet"])
def test_check_mode_tells_and_writes_nothing(cluster: FakeCluster, known: dict[str, str]) -> None:
    cluster.secret(ADMIN.name, {"admin-username": "two"}, OURS)
    result = ensure(cluster, JWT, ADMIN, known=known, check=True)
    assert (result["created"], result["completed"]) == ([JWT.name], ["popsink-vault-admin-credentials.admin-password"])
    assert cluster.writes == []


def test_a_value_that_is_needed_and_not_known_is_named_by_its_variable(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    with pytest.raises(PopsinkError, match="popsink_jwt_secret has no value"):
        ensure(cluster, JWT, known={})


def test_a_refusal_is_told(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    cluster.answers["POST", "/api/v1/namespaces/popsink/secrets"] = ApiError(403, "forbidden")
    with pytest.raises(ApiError, match="forbidden"):
        ensure(cluster, JWT)


def test_decoding_leaves_out_what_is_no_text() -> None:
    data = {"text": base64.b64encode(b"value").decode(), "bytes": base64.b64encode(b"\xff").decode()}
    assert decoded({"data": data}) == {"text": "value"}
