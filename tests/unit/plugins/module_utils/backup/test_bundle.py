"""A bundle says whether it is whole, whether it belongs to a deployment, and what is another than when it was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.backup.bundle import (
    Origin,
    Saved,
    as_bundle,
    belonging_to,
    moved,
    parts_of,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.generate import fernet_key, jwt_secret

HERE = Origin(
    deployment_id="first",
    control_plane="https://control-plane.example/api",
    namespace="popsink",
    release="popsink",
    cluster="one",
    cluster_url="https://one.example",
    chart="oci://registry.example/data-plane",
    chart_version="0.1.0-alpha.205",
    chart_digest="",
)
KEYS = {"popsink-vault-jwt": {"secret": "jwt_secret"}, "popsink-vault-key": {"key": "connector_config_encryption_key"}}


def saved(**changes: Any) -> Saved:
    secrets = {"jwt_secret": jwt_secret(), "connector_config_encryption_key": fernet_key()}
    return replace(Saved(HERE, secrets, KEYS, {"login": None}), **changes)


def test_a_bundle_reads_back_as_it_was() -> None:
    parts = {"b": saved(), "a": saved(others={"login": {"type": "Opaque", "data": {"password": "eA=="}}})}
    content = as_bundle(parts, "2026-11-25T12:00:00+00:00")
    assert list(content["deployments"]) == ["a", "b"]
    assert parts_of(content, "it") == parts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is no backup"),
        ("text", "is no backup"),
        ([], "is no backup"),
        ({"deployments": {}}, "is no backup"),
        ({"popsink_backup": 2, "deployments": {}}, "has format 2"),
        ({"popsink_backup": 1}, "is damaged"),
        ({"popsink_backup": 1, "deployments": None}, "is damaged"),
        ({"popsink_backup": 1, "deployments": {"a": None}}, "is damaged"),
        ({"popsink_backup": 1, "deployments": {"a": {"origin": {"unknown": 1}}}}, "is damaged"),
        ({"popsink_backup": 1, "deployments": {"a": {"secrets": {}, "kubernetes_secrets": {}}}}, "is damaged"),
        ({"popsink_backup": 1, "deployments": {"a": {**saved().as_dict(), "secrets": {"x": 1}}}}, "is damaged"),
    ],
)
def test_what_is_no_bundle_is_refused(content: Any, said: str) -> None:
    with pytest.raises(PopsinkError, match=f"it {said}"):
        parts_of(content, "it")


@pytest.mark.parametrize(
    ("secrets", "problems"),
    [
        ({"jwt_secret": jwt_secret()}, ["connector_config_encryption_key is missing"]),
        ({}, ["connector_config_encryption_key is missing", "jwt_secret is missing"]),
        ({"jwt_secret": "short", "connector_config_encryption_key": fernet_key()}, ["jwt_secret"]),
        ({"jwt_secret": "*" * 8, "connector_config_encryption_key": "x"}, ["connector_config", "jwt_secret"]),
    ],
)
def test_what_is_not_whole_is_named_without_its_value(secrets: dict[str, str], problems: list[str]) -> None:
    found = saved(secrets=secrets).problems()
    assert len(found) == len(problems)
    assert all(text.startswith(begin) for text, begin in zip(found, problems, strict=True))
    assert not any(value in text for text in found for value in secrets.values() if len(value) > 1)


def test_a_whole_one_has_no_problems() -> None:
    assert saved().problems() == []


def test_secrets_that_are_others_now_are_named() -> None:
    before = saved()
    assert before.differences(before) == []
    changed = replace(before, secrets={**before.secrets, "jwt_secret": jwt_secret()})
    assert before.differences(changed) == ["popsink_jwt_secret"]
    assert before.differences(replace(before, secrets={})) == [
        "popsink_connector_config_encryption_key", "popsink_jwt_secret",
    ]  # fmt: skip


def of(deployment_id: str) -> Saved:
    return saved(origin=replace(HERE, deployment_id=deployment_id))


@pytest.mark.parametrize(
    ("parts", "host", "deployment_id", "found"),
    [
        pytest.param({"a": "first", "b": "second"}, "a", "first", "a", id="by id"),
        pytest.param({"old-name": "first"}, "new-name", "first", "old-name", id="a host that was renamed"),
        pytest.param({"a": "second"}, "a", "first", None, id="another deployment under the same host"),
        pytest.param({}, "a", "first", None, id="an empty bundle"),
        pytest.param({"a": "", "b": ""}, "b", "", "b", id="without a control plane, by host"),
        pytest.param({"a": ""}, "b", "", None, id="without a control plane, another host"),
        pytest.param({"a": "first"}, "a", "", None, id="now without a control plane"),
        pytest.param({"a": "first", "b": "first"}, "a", "first", None, id="twice"),
    ],
)
def test_only_the_deployments_own_part_is_taken(
    parts: dict[str, str], host: str, deployment_id: str, found: str | None
) -> None:
    bundle = {name: of(its_id) for name, its_id in parts.items()}
    if found:
        assert belonging_to(bundle, host, deployment_id, "it") is bundle[found]
        return
    with pytest.raises(PopsinkError) as error:
        belonging_to(bundle, host, deployment_id, "it")
    assert all(name in str(error.value) for name in parts)
    assert "popsink_backup_file" in str(error.value)


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        ({"cluster": "two"}, ["restore.cluster"]),
        ({"cluster": ""}, []),
        ({"cluster_url": "https://other-name.example"}, []),
        ({"namespace": "other"}, ["restore.place"]),
        ({"release": "other"}, ["restore.place"]),
        ({"chart_version": "0.1.0-alpha.60"}, ["restore.chart"]),
        ({"cluster": "two", "namespace": "other"}, ["restore.cluster", "restore.place"]),
    ],
)
def test_what_is_another_than_then_is_said(changes: dict[str, str], ids: list[str]) -> None:
    assert [finding.id for finding in moved(HERE, replace(HERE, **changes))] == ids
