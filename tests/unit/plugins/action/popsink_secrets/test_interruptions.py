"""Runs that end in the middle, or that meet another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.prepared_file import PreparedFile
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.action.popsink_secrets.conftest import CREATE, Run, agreed, live
from tests.unit.plugins.fakes import FakeCluster


def test_an_end_at_the_worst_moment_is_mended_by_the_next_run(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster has the Secrets, the file is not in its place yet."""

    class Killed(BaseException):
        pass

    def killed(_self: PreparedFile) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(PreparedFile, "commit", killed)
        with pytest.raises(Killed):
            run()
    made = live(cluster)
    run()
    assert (live(cluster), agreed(path, loader, cluster)) == (made, True)


def test_an_end_between_two_secrets_is_mended_by_the_next_run(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    original = FakeCluster.create

    def killed(self: FakeCluster, manifest: Any) -> Any:
        if manifest["metadata"]["name"] == "popsink-vault-connector-config-encryption-key":
            raise Killed
        return original(self, manifest)

    with monkeypatch.context() as patch:
        patch.setattr(FakeCluster, "create", killed)
        with pytest.raises(Killed):
            run()
    kept = live(cluster)["jwt_secret"]
    run()
    assert (live(cluster)["jwt_secret"], agreed(path, loader, cluster)) == (kept, True)


@pytest.mark.parametrize("leftover", [".popsink_secrets.yml.lock", ".popsink_secrets.yml.x1.new"])
def test_what_an_ended_run_left_is_removed_also_when_nothing_is_missing(run: Run, path: Path, leftover: str) -> None:
    """It ended after its file had taken its place, or before a user brought the file back."""
    run()
    path.with_name(leftover).touch()
    run(check=True)
    assert {file.name for file in path.parent.iterdir()} == {path.name, leftover}
    assert not run()["changed"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def set_aside(cluster: FakeCluster, path: Path) -> tuple[dict[str, Any], Any]:
    """Take away what a run made, as if another were to make it: its objects, and its secrets' values."""
    theirs, values = dict(cluster.objects), live(cluster)
    cluster.objects.clear()
    path.unlink()
    return theirs, values


def test_the_quicker_of_two_runs_wins_and_both_have_its_values(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster
) -> None:
    """Another controller creates all its Secrets between this one's look and its first creation."""
    run()
    theirs, winner = set_aside(cluster, path)

    def created_meanwhile(_body: Any) -> None:
        cluster.objects.update(theirs)
        raise ApiError(409, "it exists")

    cluster.namespace("popsink")
    cluster.answers[CREATE] = created_meanwhile
    result = run()
    assert "failed" not in result
    assert (live(cluster), agreed(path, loader, cluster)) == (winner, True)


def test_values_that_another_run_creates_before_the_comparison_are_taken(
    run: Run, path: Path, loader: DataLoader, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another controller is quicker by what it takes to encrypt the file."""
    run()
    theirs, winner = set_aside(cluster, path)
    prepared = VaultFile.prepared

    def created_meanwhile(self: VaultFile, *arguments: Any) -> PreparedFile:
        cluster.objects.update(theirs)
        return prepared(self, *arguments)

    monkeypatch.setattr(VaultFile, "prepared", created_meanwhile)
    result = run()
    assert "failed" not in result
    assert (live(cluster), agreed(path, loader, cluster)) == (winner, True)
