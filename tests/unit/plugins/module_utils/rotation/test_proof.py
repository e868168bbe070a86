"""A rotation counts as done only where the new value works and the old one does not."""

from __future__ import annotations

import base64
import hmac
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failed as failure
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import passed as success
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation import proof
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.proof import (
    Surroundings,
    Values,
    prove,
    signed_with,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Bucket
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.login import LoginRefused


def token(secret: str) -> str:
    signature = base64.urlsafe_b64encode(hmac.digest(secret.encode(), b"head.claims", "sha256")).decode().rstrip("=")
    return f"head.claims.{signature}"


class DataPlane:
    """Takes some passwords and signs with one secret."""

    def __init__(self, *passwords: str, signs_with: str = "") -> None:
        self._passwords, self._secret = passwords, signs_with

    def token(self, _user: str, password: str) -> str:
        if password not in self._passwords:
            raise LoginRefused("no")
        return token(self._secret)


def around(login: DataPlane, *passwords: str) -> Surroundings:
    server: Any = SimpleNamespace(
        role=lambda secret: secret, takes=lambda _cluster, _role, password: password in passwords
    )
    whatever: Any = login
    return Surroundings(whatever, whatever, server, Bucket("records", "eu-west-1"))


def one(name: str, surroundings: Surroundings, old: dict[str, str] | None = None, **now: str) -> Finding:
    values = Values({name: "new", "admin_username": "admin", "admin_password": "new", **now}, old or {})
    (finding,) = prove([name], surroundings, values)
    return finding


@pytest.mark.parametrize(
    ("takes", "old", "status"),
    [
        (["new"], {"admin_password": "old"}, PASS),
        (["old"], {"admin_password": "old"}, FAIL),
        (["new", "old"], {"admin_password": "old"}, FAIL),
        (["new"], {}, NOT_CHECKED),
    ],
    ids=["effective", "only at the first start", "both", "old one lost"],
)
def test_the_administrators_password(takes: list[str], old: dict[str, str], status: str) -> None:
    assert one("admin_password", around(DataPlane(*takes)), old).status == status


@pytest.mark.parametrize(("signs_with", "status"), [("new", PASS), ("old", FAIL), ("something else", NOT_CHECKED)])
def test_the_secret_of_sessions(signs_with: str, status: str) -> None:
    assert one("jwt_secret", around(DataPlane("new", signs_with=signs_with)), {"jwt_secret": "old"}).status == status


@pytest.mark.parametrize("name", ["database_password", "database_admin_password"])
@pytest.mark.parametrize(("takes", "status"), [(["new"], PASS), (["old"], FAIL), (["new", "old"], FAIL)])
def test_passwords_of_the_database(name: str, takes: list[str], status: str) -> None:
    assert one(name, around(DataPlane(), *takes), {name: "old"}).status == status


@pytest.mark.parametrize(("open_with_old", "status"), [(True, WARN), (False, PASS)])
def test_an_old_key_that_still_opens_the_bucket_is_told(
    monkeypatch: pytest.MonkeyPatch, open_with_old: bool, status: str
) -> None:
    tried = []

    def look_at(_bucket: Bucket, *key: str) -> Finding:
        tried.append(key)
        return success("b", "it is open") if open_with_old else failure("b", "it is shut")

    monkeypatch.setattr(proof, "look_at", look_at)
    old = {"s3_access_key_id": "old id", "s3_secret_access_key": "old key"}
    assert one("s3_secret_access_key", around(DataPlane()), old).status == status
    assert tried == [("old id", "old key")]


def test_what_cannot_be_tried_is_said() -> None:
    assert one("image_pull_docker_config", around(DataPlane())).status == NOT_CHECKED


@pytest.mark.parametrize("text", ["", "a.b", token("other"), token("it")[:-2]])
def test_a_token_that_is_not_signed_with_it(text: str) -> None:
    assert not signed_with(text, "it")
