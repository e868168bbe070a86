"""A rotation reaches vault, database and cluster, or changes nothing."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.action import popsink_rotation
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.rotation_changes import Change
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.action.popsink_rotation.conftest import ADMIN, Product, Rotate, in_cluster, values
from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.samples import inline_vault


@pytest.mark.parametrize(
    ("kept", "database", "refused"),
    [
        ("file", {"pod": "p", "registry_user": "kora"}, False),
        ("file", {"pod": "p"}, True),
        ("cluster", {}, True),
        ("user", {}, False),
    ],
)
def test_no_password_is_made_for_a_role_of_another_server(kept: str, database: dict[str, Any], refused: bool) -> None:
    changes = {"schema_registry_database_password": Change(kept, None, "old")}
    with pytest.raises(PopsinkError, match="would open nothing") if refused else nullcontext():
        popsink_rotation._require_server(database, changes)


def test_the_password_of_another_server_is_refused_at_once(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster
) -> None:
    """And not after somebody has put a new one into the inventory."""
    file.prepared({"popsink_database_password": None}, "").commit()
    before, live = values(file), in_cluster(cluster)
    supplied = live["popsink-vault-postgresql.password"]
    result = rotate("database_password", bundled=False, popsink_database_password=supplied)
    assert "not the bundled one" in result["msg"]
    assert "kubectl rollout restart" in result["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)


def test_vault_database_and_cluster_change_together(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    before = values(file)
    assert "failed" not in rotate("database_password", "admin_password")
    after = values(file)
    changed = {name for name in after if after[name] != before[name]}
    assert (set(after), changed) == (set(before), {"popsink_database_password", "popsink_admin_password"})
    live = in_cluster(cluster)
    assert live["popsink-vault-postgresql.password"] == after["popsink_database_password"] == product.roles["popsink"]
    assert live["popsink-vault-schema-registry-database.kora-db-password"] == after["popsink_database_password"]
    assert live["popsink-vault-admin-credentials.admin-password"] == after["popsink_admin_password"]
    assert not [name for name in live if "pending." in name]


def test_a_password_that_counts_only_at_the_first_start_is_put_back(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    before, live = values(file), in_cluster(cluster)
    product.keeps = before["popsink_admin_password"]
    result = rotate("admin_password")
    assert result["failed"]
    assert "not effective; the old values were put back" in result["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)


def test_a_value_of_the_users_own_is_put_in_place_of_the_clusters(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster
) -> None:
    file.prepared({"popsink_jwt_secret": None}, "").commit()
    before = values(file)
    assert "failed" not in rotate("jwt_secret", popsink_jwt_secret="of the user" * 5)
    assert in_cluster(cluster)["popsink-vault-jwt.jwt-secret"] == "of the user" * 5
    assert values(file) == before


def test_a_variable_that_the_file_contradicts_is_not_taken_for_new(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster
) -> None:
    """Ansible reads host_vars once a process: after a rotation in it, the variable is the former value."""
    before, live = values(file), in_cluster(cluster)
    result = rotate("jwt_secret", popsink_jwt_secret="the former value" * 3)
    assert "hold different values of popsink_jwt_secret" in result["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)


def test_a_file_that_could_not_take_the_new_value_is_found_before_anything_is_changed(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, vault_password: bytes
) -> None:
    twice = inline_vault("popsink_admin_password", values(file)["popsink_admin_password"], vault_password)
    file.path.write_text(file.path.read_text() + twice)
    before, live = file.path.read_bytes(), in_cluster(cluster)
    assert "cannot be changed" in rotate("admin_password")["msg"]
    assert (file.path.read_bytes(), in_cluster(cluster)) == (before, live)


def test_without_its_secret_nothing_is_begun(rotate: Rotate, file: VaultFile, cluster: FakeCluster) -> None:
    before = values(file)
    del cluster.objects[ADMIN]
    for check in (True, False):
        assert "popsink-vault-admin-credentials is not there" in rotate("admin_password", check=check)["msg"]
    assert values(file) == before


def test_a_value_that_somebody_changed_in_the_cluster_is_named_and_kept(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster
) -> None:
    key = "admin-password"
    cluster.secret("popsink-vault-admin-credentials", {**decoded(cluster.objects[ADMIN]), key: "works in the product"})
    before, live = values(file), in_cluster(cluster)
    assert f"differ from the inventory: popsink-vault-admin-credentials.{key}" in rotate("admin_password")["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)


def test_what_is_no_business_of_the_file_leaves_it_alone(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, given: dict[str, Any]
) -> None:
    """Also in a job whose files vanish."""
    file.path.unlink()
    result = rotate("admin_password", popsink_admin_password="of the users own", awx_job_id=7)
    assert "failed" not in result, result
    assert in_cluster(cluster)["popsink-vault-admin-credentials.admin-password"] == "of the users own"
    assert not file.path.exists()


def test_names_may_have_spaces_around_them(rotate: Rotate) -> None:
    assert "failed" not in rotate(" admin_password", "database_password ")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("connector_config_encryption_key", "no way and no flag"),
        ("jwt_secrets", "Did you mean jwt_secret?"),
    ],
)
def test_what_cannot_be_rotated_changes_nothing(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, what: str, words: str
) -> None:
    before, live = values(file), in_cluster(cluster)
    assert words in rotate(what)["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)


def test_check_mode_tells_and_changes_nothing(rotate: Rotate, file: VaultFile, cluster: FakeCluster) -> None:
    before, live = values(file), in_cluster(cluster)
    result = rotate("admin_password", "database_password", check=True)
    assert "popsink_database_password: changed in PostgreSQL" in result["report"]
    assert (result["changed"], values(file), in_cluster(cluster)) == (True, before, live)


def test_no_result_shows_a_value(rotate: Rotate, file: VaultFile) -> None:
    before = values(file)
    result = str(rotate("admin_password", "database_password"))
    shown = {*before.values(), *values(file).values()} - {"admin"}
    assert not [value for value in shown if value in result]
