"""A rotation reaches vault, database and cluster in an order in which the next run finishes what one began."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_rotation
from ansible_collections.popsink.data_plane.plugins.action.popsink_rotation import ActionModule
from ansible_collections.popsink.data_plane.plugins.action.popsink_secrets import ActionModule as SecretsAction
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.database import Database
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.login import Login, LoginRefused
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import ALL, inputs, variables

Rotate = Callable[..., dict[str, Any]]

ADMIN = secret_path("popsink-vault-admin-credentials")
WORKS = {"works": True, "final": False, "progress": "", "findings": [], "troubles": []}


class Product:
    """Data plane and PostgreSQL as far as they take passwords.

    :ivar keeps: whether the administrator's password counts at the first start only.
    :ivar broken: whether PostgreSQL does not answer.
    """

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.keeps = ""
        self.broken = False
        self.roles: dict[str, str] = {}

    def token(self, _user: str, password: str) -> str:
        if password != (self.keeps or decoded(self._cluster.objects[ADMIN])["admin-password"]):
            raise LoginRefused("no")
        return "a.b.c"

    def takes(self, _cluster: Any, role: str, password: str) -> bool:
        return self.roles.get(role) == password

    def change(self, _cluster: Any, role: str, new: str, logins: list[tuple[str, str]]) -> None:
        if self.broken:
            raise PopsinkError("PostgreSQL cannot be asked: it is starting up.")
        assert self.roles[role] == new or any(self.roles[name] == password for name, password in logins)
        self.roles[role] = new


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> Product:
    product = Product(cluster)
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    monkeypatch.setattr(Login, "token", product.token)
    monkeypatch.setattr(Database, "takes", product.takes)
    monkeypatch.setattr(Database, "change", product.change)
    monkeypatch.setattr(popsink_rotation, "wait_until_works", lambda *_arguments: WORKS)
    return product


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    return variables(tmp_path)


@pytest.fixture
def file(given: dict[str, Any], loader: DataLoader) -> VaultFile:
    return VaultFile(Path(given["popsink_secrets_file"]), loader)


@pytest.fixture
def rotate(
    loader: DataLoader, given: dict[str, Any], chart_205: ChartFacts, product: Product, file: VaultFile
) -> Rotate:
    """A deployment that has its secrets, and the task that rotates some."""
    plan = build_plan(inputs(), chart_205, ALL)
    secrets = [item for role in ("secrets", "database", "storage") for item in plan.secrets_of(role)]
    base = {"namespace": "popsink", "release": "popsink", "secrets": secrets}
    assert "failed" not in action_of(SecretsAction, loader, base).run(task_vars=given)
    stored = values(file)
    product.roles = {
        "popsink": stored["popsink_database_password"],
        "postgres": stored["popsink_database_admin_password"],
    }
    database = {"pod": "popsink-postgresql-0", "user": "popsink", "name": "popsink"}
    bucket = {"name": "records", "region": "eu-west-1", "endpoint": ""}
    deployment = {"service": "x", "control_plane": None, "secrets": secrets, "database": database, "bucket": bucket}

    def rotate(*what: str, check: bool = False, **changes: Any) -> dict[str, Any]:
        arguments = {**base, "deployment": deployment, "rotate": list(what)}
        result: dict[str, Any] = action_of(ActionModule, loader, arguments, check_mode=check).run(
            task_vars={**given, **changes}
        )
        return result

    return rotate


def values(file: VaultFile) -> dict[str, str]:
    read: dict[str, str] = plain(file.read())
    return read


def in_cluster(cluster: FakeCluster) -> dict[str, str]:
    return {
        f"{path.rpartition('/')[2]}.{key}": value
        for path, item in cluster.objects.items()
        if "/secrets/" in path
        for key, value in decoded(item).items()
    }


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


def test_a_value_of_the_users_own_is_put_in_place_of_the_clusters(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster
) -> None:
    before = values(file)
    assert "failed" not in rotate("jwt_secret", popsink_jwt_secret="of the user" * 5)
    assert in_cluster(cluster)["popsink-vault-jwt.jwt-secret"] == "of the user" * 5
    assert values(file) == before


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
