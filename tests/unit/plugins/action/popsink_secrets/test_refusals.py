"""What ends the task before anything is made or touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import labels

from tests.unit.plugins.action.popsink_secrets.conftest import CREATE, Run, vaulted
from tests.unit.plugins.conftest import Play
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import inline_vault


def test_a_difference_is_named_and_nothing_touched(run: Run, path: Path, cluster: FakeCluster) -> None:
    run()
    before = path.read_bytes()
    cluster.secret("popsink-vault-jwt", {"jwt-secret": "by hand" * 5}, labels("popsink"))
    del cluster.objects[secret_path("popsink-vault-postgresql")]
    cluster.requests.clear()
    result = run()
    assert result["failed"]
    assert "popsink-vault-jwt.jwt-secret" in result["msg"]
    assert (path.read_bytes(), cluster.writes) == (before, [])


@pytest.mark.parametrize("check", [False, True])
def test_without_vault_password_nothing_is_made(
    run: Run, play: Play, path: Path, cluster: FakeCluster, check: bool
) -> None:
    result = run(check, play())
    assert result["failed"]
    assert "--ask-vault-pass" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


def test_a_file_that_cannot_be_written_leaves_the_cluster_alone(run: Run, tmp_path: Path, cluster: FakeCluster) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = run(popsink_secrets_file=str(tmp_path / "file" / "secrets.yml"))
    assert result["failed"]
    assert "popsink_secrets_file" in result["msg"]
    assert cluster.writes == []


def test_a_cluster_that_refuses_leaves_no_file(run: Run, path: Path, cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    cluster.answers[CREATE] = ApiError(403, "forbidden")
    assert run()["failed"]
    assert [entry.name for entry in path.parent.iterdir() if not entry.name.endswith(".lock")] == []


def test_a_difference_from_what_the_inventory_has_stays_one_while_others_are_made(
    run: Run, path: Path, cluster: FakeCluster, loader: DataLoader, vault_password: bytes
) -> None:
    path.parent.mkdir()
    path.write_text(inline_vault("popsink_jwt_secret", "kept" * 10, vault_password), "utf-8")
    cluster.secret("popsink-vault-jwt", {"jwt-secret": "by hand" * 5}, labels("popsink"))
    result = run()
    assert result["failed"]
    assert "popsink-vault-jwt.jwt-secret" in result["msg"]
    assert (list(vaulted(path, loader)), cluster.writes) == (["popsink_jwt_secret"], [])


def test_a_value_of_the_cluster_that_breaks_its_rule_is_not_taken(run: Run, path: Path, cluster: FakeCluster) -> None:
    cluster.secret("popsink-vault-jwt", {"jwt-secret": "short"}, labels("popsink"))
    result = run()
    assert result["failed"]
    assert "popsink-vault-jwt.jwt-secret" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


@pytest.mark.parametrize(("data", "said"), [("", "is empty"), ("/w==", "is not text")])
def test_a_value_of_the_cluster_that_is_none_is_not_made_anew(
    run: Run, path: Path, cluster: FakeCluster, data: str, said: str
) -> None:
    cluster.namespace("popsink")
    cluster.put(secret_path("popsink-vault-jwt"), data={"jwt-secret": data}, type="Opaque")
    result = run()
    assert f"popsink-vault-jwt.jwt-secret in the cluster {said}" in result["msg"]
    assert not path.exists()


def test_different_values_for_one_secret_are_named(run: Run, cluster: FakeCluster) -> None:
    cluster.secret(
        "popsink-vault-postgresql", {"password": "one" * 4, "postgres-password": "x" * 12}, labels("popsink")
    )
    cluster.secret("popsink-vault-schema-registry-database", {"kora-db-password": "two" * 4}, labels("popsink"))
    result = run()
    assert result["failed"]
    assert "different values for popsink_database_password" in result["msg"]
