"""Secrets that somebody else looks after."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded

from tests.unit.plugins.action.popsink_secrets.conftest import GENERATED, JWT, Run, vaulted
from tests.unit.plugins.fakes import FakeCluster, secret_path

JWT_OF_OTHERS = {"jwt": "sessions"}


def test_a_secret_of_somebody_else_is_used_and_neither_stored_nor_written(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    cluster.secret("sessions", {"jwt-secret": "k" * 40})
    before = dict(cluster.objects[secret_path("sessions")])
    result = run(existing=JWT_OF_OTHERS)
    assert result["generated"] == sorted(set(GENERATED) - {"jwt_secret"})
    assert "popsink_jwt_secret" not in vaulted(path, loader)
    assert (JWT in cluster.objects, cluster.objects[secret_path("sessions")]) == (False, before)
    assert not run(existing=JWT_OF_OTHERS)["changed"]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("values", [None, {}, {"jwt-secret": "short"}], ids=["missing", "without key", "bad form"])
def test_a_secret_of_somebody_else_that_is_unfit_ends_it_before_anything_is_made(
    run: Run, path: Path, cluster: FakeCluster, values: dict[str, str] | None, check: bool
) -> None:
    cluster.namespace("popsink")
    if values is not None:
        cluster.secret("sessions", values)
    result = run(check, existing=JWT_OF_OTHERS)
    assert result["failed"]
    assert "sessions" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


def test_a_password_that_somebody_else_keeps_reaches_our_other_secret(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    """The schema registry's Secret is ours, and holds the same database's password."""
    cluster.secret("database", {"password": "theirs" * 3, "postgres-password": "admin" * 3})
    run(existing={"postgresql.auth": "database"})
    assert decoded(cluster.objects[secret_path("popsink-vault-schema-registry-database")]) == {
        "kora-db-password": "theirs" * 3
    }
    assert "popsink_database_password" not in vaulted(path, loader)
