"""Variables, vault file and cluster are kept in agreement, whatever was lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE

from tests.unit.plugins.action.popsink_secrets.conftest import GENERATED, JWT, Run, agreed, live, vaulted
from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.samples import inline_vault


def test_what_is_missing_everywhere_is_made(run: Run, path: Path, loader: DataLoader, cluster: FakeCluster) -> None:
    assert run()["generated"] == GENERATED
    assert sorted(live(cluster)) == GENERATED
    assert agreed(path, loader, cluster)


def test_the_second_run_changes_nothing(run: Run, path: Path, cluster: FakeCluster) -> None:
    run()
    before = path.read_bytes()
    cluster.requests.clear()
    assert not run()["changed"]
    assert (path.read_bytes(), cluster.writes) == (before, [])


def test_a_lost_file_is_recovered_from_the_cluster(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    run()
    before = live(cluster)
    path.unlink()
    result = run()
    assert (result["generated"], result["adopted"]) == ([], GENERATED)
    assert (live(cluster), agreed(path, loader, cluster)) == (before, True)


def test_a_lost_cluster_is_restored_from_the_file(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    run()
    before = path.read_bytes()
    cluster.objects.clear()
    result = run()
    assert (result["generated"], result["adopted"], result["changed"]) == ([], [], True)
    assert (path.read_bytes(), agreed(path, loader, cluster)) == (before, True)


def test_one_lost_secret_is_put_back(run: Run, path: Path, loader: DataLoader, cluster: FakeCluster) -> None:
    run()
    del cluster.objects[JWT]
    assert run()["created"] == ["popsink-vault-jwt"]
    assert agreed(path, loader, cluster)


@pytest.mark.parametrize("name", ["jwt_secret", "admin_password"])
def test_what_the_user_supplies_is_not_made(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, name: str
) -> None:
    result = run(**{CATALOGUE[name].variable: "of the user" * 5})
    assert name not in result["generated"]
    assert live(cluster)[name] == "of the user" * 5
    assert CATALOGUE[name].variable not in vaulted(path, loader)


def test_what_a_later_version_needs_is_added(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, vault_password: bytes
) -> None:
    kept = inline_vault("popsink_jwt_secret", "kept" * 10, vault_password)
    path.parent.mkdir()
    path.write_text(kept, "utf-8")
    assert run()["generated"] == sorted(set(GENERATED) - {"jwt_secret"})
    assert path.read_text("utf-8").startswith(kept)
    assert (live(cluster)["jwt_secret"], agreed(path, loader, cluster)) == ("kept" * 10, True)


def test_check_mode_tells_and_writes_nothing(run: Run, path: Path, cluster: FakeCluster) -> None:
    result = run(check=True)
    assert (result["changed"], result["generated"]) == (True, GENERATED)
    assert (path.exists(), path.parent.exists(), cluster.writes) == (False, False, [])


def test_no_result_shows_a_value(run: Run, cluster: FakeCluster) -> None:
    result = run()
    shown = [name for name, value in live(cluster).items() if name != "admin_username" and value in str(result)]
    assert shown == []
