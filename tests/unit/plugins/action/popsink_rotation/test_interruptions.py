"""A rotation goes in an order in which the next run, here or elsewhere, finishes what one began."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_rotation
from ansible_collections.popsink.data_plane.plugins.action.popsink_backup import ActionModule as BackupAction
from ansible_collections.popsink.data_plane.plugins.action.popsink_secrets import ActionModule as SecretsAction
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_rotation as popsink_rotation_module
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.action.popsink_rotation.conftest import KilledError, Product, Rotate, in_cluster, values
from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster, secret_path


def test_what_was_ended_is_finished_with_the_same_value(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product, loader: DataLoader, given: dict[str, Any]
) -> None:
    before = values(file)
    product.broken = True
    assert rotate("database_password")["failed"]
    pending = values(file)["__pending_popsink_database_password"]
    assert values(file)["popsink_database_password"] == before["popsink_database_password"]
    site = action_of(SecretsAction, loader, {"namespace": "popsink", "release": "popsink", "secrets": []})
    assert "popsink_rotate=database_password" in site.run(task_vars=given)["msg"]
    product.broken = False
    assert "failed" not in rotate("database_password")
    assert values(file) == {**before, "popsink_database_password": pending}
    assert product.roles["popsink"] == pending


def _ended_in_the_middle(rotate: Rotate, product: Product) -> None:
    """PostgreSQL has the new password already, and nothing else."""
    product.killed = True
    with pytest.raises(KilledError):
        rotate("database_password")
    product.killed = False


def agree(file: VaultFile, cluster: FakeCluster, product: Product) -> bool:
    live = in_cluster(cluster)
    password = values(file)["popsink_database_password"]
    leftover = [name for name in live if "pending." in name or "previous." in name]
    return product.roles["popsink"] == live["popsink-vault-postgresql.password"] == password and not leftover


def test_a_run_that_waited_for_another_goes_on_with_what_that_one_left(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = VaultFile.locked

    @contextmanager
    def behind_another(self: VaultFile) -> Iterator[None]:
        monkeypatch.setattr(VaultFile, "locked", locked)
        _ended_in_the_middle(rotate, product)
        with locked(self):
            yield

    monkeypatch.setattr(VaultFile, "locked", behind_another)
    assert "failed" not in rotate("database_password")
    assert agree(file, cluster, product)


def test_another_checkout_finishes_with_the_value_that_waits_in_the_cluster(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    before = file.path.read_bytes()
    _ended_in_the_middle(rotate, product)
    given = product.roles["popsink"]
    file.path.write_bytes(before)
    assert "failed" not in rotate("database_password")
    assert agree(file, cluster, product)
    assert product.roles["popsink"] == given


def test_a_run_that_waited_takes_the_file_as_it_is_then(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its variables are of before, those with which it logs in among them."""
    locked = VaultFile.locked
    play = values(file)

    @contextmanager
    def behind_another(self: VaultFile) -> Iterator[None]:
        monkeypatch.setattr(VaultFile, "locked", locked)
        assert "failed" not in rotate("database_password", "database_admin_password")
        with locked(self):
            yield

    monkeypatch.setattr(VaultFile, "locked", behind_another)
    assert "failed" not in rotate("database_password", **play)
    assert agree(file, cluster, product)


@pytest.mark.parametrize("task_of", ["secrets", "backup"])
def test_nothing_goes_on_while_a_value_waits_in_the_cluster(
    rotate: Rotate,
    secrets: list[dict[str, Any]],
    file: VaultFile,
    product: Product,
    loader: DataLoader,
    given: dict[str, Any],
    task_of: str,
) -> None:
    before = file.path.read_bytes()
    _ended_in_the_middle(rotate, product)
    file.path.write_bytes(before)
    identity = dict.fromkeys(("deployment_id", "control_plane", "chart", "chart_version", "chart_digest"), "")
    task = {"namespace": "popsink", "release": "popsink", "secrets": secrets, "deployment": identity}
    if task_of == "secrets":
        del task["deployment"]
    action: type[StepAction] = {"secrets": SecretsAction, "backup": BackupAction}[task_of]
    result = action_of(action, loader, task).run(task_vars=given)
    assert "is not finished, as values beside them in the cluster tell" in result["msg"]


def test_where_two_begin_at_once_the_later_one_leaves_it_to_the_first(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the cluster as the store nothing on a controller keeps them apart."""
    file.path.unlink()
    store = {"popsink_secrets_store": "cluster"}
    look = popsink_rotation_module.run

    def after_another(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
        if params["step"] == "pending":
            monkeypatch.setattr(popsink_rotation_module, "run", look)
            product.killed = True
            with pytest.raises(KilledError):
                rotate("database_admin_password", **store)
            product.killed = False
        return look(params, context)

    monkeypatch.setattr(popsink_rotation_module, "run", after_another)
    assert "Another rotation of popsink-vault-postgresql" in rotate("database_admin_password", **store)["msg"]
    given = product.roles["postgres"]
    assert "failed" not in rotate("database_admin_password", **store)
    assert in_cluster(cluster)["popsink-vault-postgresql.postgres-password"] == given == product.roles["postgres"]


def test_what_was_begun_for_a_namespace_that_is_lost_is_dropped(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    before = values(file)
    _ended_in_the_middle(rotate, product)
    assert set(values(file)) - set(before) == {"__pending_popsink_database_password"}
    cluster.objects.clear()
    assert "The rotation that was begun for it is dropped" in rotate("database_password")["msg"]
    assert values(file) == before


def test_the_cluster_alone_keeps_the_old_value_until_the_new_one_is_proven(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.path.unlink()
    store = {"popsink_secrets_store": "cluster"}
    live = in_cluster(cluster)
    product.keeps = live["popsink-vault-admin-credentials.admin-password"]

    def killed(*_arguments: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(popsink_rotation, "wait_until_works", killed)
        with pytest.raises(KilledError):
            rotate("admin_password", **store)
    assert in_cluster(cluster) != live
    assert "the old values were put back" in rotate("admin_password", **store)["msg"]
    assert in_cluster(cluster) == live


def test_what_a_rotation_left_behind_is_not_taken_for_the_next_ones_old_value(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    file.path.unlink()
    store = {"popsink_secrets_store": "cluster"}
    spec = secret_path("popsink-vault-postgresql")
    cluster.objects[spec]["data"]["previous.password"] = base64.b64encode(b"of long ago").decode()
    product.broken = True
    assert rotate("database_password", **store)["failed"]
    product.broken = False
    assert "failed" not in rotate("database_password", **store)
    assert not [name for name in in_cluster(cluster) if "pending." in name or "previous." in name]


def test_what_was_ended_when_all_was_done_is_finished(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = popsink_rotation_module.run

    def killed(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
        if params["step"] == "settle":
            raise KilledError
        return look(params, context)

    with monkeypatch.context() as patch:
        patch.setattr(popsink_rotation_module, "run", killed)
        with pytest.raises(KilledError):
            rotate("database_password")
    assert not agree(file, cluster, product)
    assert "failed" not in rotate("database_password")
    assert agree(file, cluster, product)


def test_another_rotation_does_not_start_over_an_unfinished_one(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    _ended_in_the_middle(rotate, product)
    before, live = values(file), in_cluster(cluster)
    assert "popsink_rotate=admin_password,database_password" in rotate("admin_password")["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)
    assert "failed" not in rotate("admin_password", "database_password")
    assert agree(file, cluster, product)
