"""Secrets of others in the namespace: kept by name or with their values, brought back where they are missing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.backup.others import bring_back, others_in

from tests.unit.plugins.fakes import FakeCluster, secret_path

LOGIN = {"type": "Opaque", "data": {"password": "eA=="}}


@pytest.fixture
def namespace(cluster: FakeCluster) -> FakeCluster:
    cluster.namespace("popsink")
    cluster.secret("login", {"password": "x"})
    cluster.secret("popsink-vault-jwt", {"secret": "y"}, {"app.kubernetes.io/managed-by": "popsink.data_plane"})
    cluster.secret("planned", {"secret": "y"})
    of_helm = {"app.kubernetes.io/managed-by": "Helm"}
    cluster.secret("of-the-chart", {"password": "z"}, {**of_helm, "app.kubernetes.io/instance": "popsink"})
    cluster.secret("of-another-release", {"password": "x"}, {**of_helm, "app.kubernetes.io/instance": "other"})
    cluster.put(secret_path("owned"), metadata={"ownerReferences": [{"kind": "SealedSecret"}]}, **LOGIN)
    for name, kind in (("release", "helm.sh/release.v1"), ("token", "kubernetes.io/service-account-token")):
        cluster.put(secret_path(name), type=kind, data={})
    return cluster


def test_only_others_are_kept(namespace: FakeCluster) -> None:
    assert others_in(namespace, "popsink", "popsink", ["planned"], values=False) == {
        "login": None, "owned": None, "of-another-release": None,
    }  # fmt: skip
    assert others_in(namespace, "popsink", "popsink", ["planned"], values=True) == {
        "login": LOGIN, "owned": None, "of-another-release": LOGIN,
    }  # fmt: skip


def test_there_may_be_no_namespace(cluster: FakeCluster) -> None:
    assert others_in(cluster, "popsink", "popsink", [], values=True) == {}


def test_what_is_missing_comes_back(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    assert bring_back(cluster, "popsink", {"login": LOGIN}, check=False) == (["login"], [])
    assert {name: cluster.objects[secret_path("login")][name] for name in LOGIN} == LOGIN


def test_in_check_mode_nothing_is_made(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    assert bring_back(cluster, "popsink", {"login": LOGIN}, check=True) == (["login"], [])
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("there", "content", "said"),
    [
        ("x", LOGIN, ""),
        ("another", LOGIN, "differs"),
        ("another", None, ""),
        ("", None, "missing"),
    ],
)
def test_what_is_there_stays(cluster: FakeCluster, there: str, content: dict[str, Any] | None, said: str) -> None:
    cluster.namespace("popsink")
    if there:
        cluster.secret("login", {"password": there})
    created, notes = bring_back(cluster, "popsink", {"login": content}, check=False)
    assert (created, [said in note for note in notes]) == ([], [True] if said else [])
    assert cluster.writes == []
