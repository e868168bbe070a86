"""A rotation reaches vault, database and cluster in an order in which the next run finishes what one began."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_rotation
from ansible_collections.popsink.data_plane.plugins.action.popsink_backup import ActionModule as BackupAction
from ansible_collections.popsink.data_plane.plugins.action.popsink_rotation import ActionModule
from ansible_collections.popsink.data_plane.plugins.action.popsink_secrets import ActionModule as SecretsAction
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bundled_server import BundledServer
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.login import Login, LoginRefused
from ansible_collections.popsink.data_plane.plugins.modules import popsink_rotation as popsink_rotation_module
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.rotation_changes import Change
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import ALL, inline_vault, inputs, variables

Rotate = Callable[..., dict[str, Any]]

ADMIN = secret_path("popsink-vault-admin-credentials")
WORKS = {"works": True, "final": False, "progress": "", "findings": [], "troubles": []}


class KilledError(BaseException):
    """The end of a run, which nothing of it catches."""


class Product:
    """Data plane and PostgreSQL as far as they take passwords.

    :ivar keeps: whether the administrator's password counts at the first start only.
    :ivar broken: whether PostgreSQL does not answer.
    :ivar killed: whether the run ends as soon as PostgreSQL has a new password.
    """

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.keeps = ""
        self.broken = False
        self.killed = False
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
        if self.killed:
            raise KilledError


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> Product:
    product = Product(cluster)
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    monkeypatch.setattr(Login, "token", product.token)
    monkeypatch.setattr(BundledServer, "takes", product.takes)
    monkeypatch.setattr(BundledServer, "change", product.change)
    monkeypatch.setattr(popsink_rotation, "wait_until_works", lambda *_arguments: WORKS)
    return product


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    return variables(tmp_path)


@pytest.fixture
def file(given: dict[str, Any], loader: DataLoader) -> VaultFile:
    return VaultFile(Path(given["popsink_secrets_file"]), loader)


@pytest.fixture
def secrets(chart_205: ChartFacts) -> list[dict[str, Any]]:
    """The deployment's Kubernetes Secrets, as they are planned."""
    plan = build_plan(inputs(), chart_205, ALL)
    return [item for role in ("secrets", "database", "storage") for item in plan.secrets_of(role)]


@pytest.fixture
def rotate(
    loader: DataLoader, given: dict[str, Any], secrets: list[dict[str, Any]], product: Product, file: VaultFile
) -> Rotate:
    """A deployment that has its secrets, and the task that rotates some."""
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


def test_what_was_begun_for_a_namespace_that_is_lost_is_dropped(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, product: Product
) -> None:
    before = values(file)
    _ended_in_the_middle(rotate, product)
    assert set(values(file)) - set(before) == {"__pending_popsink_database_password"}
    cluster.objects.clear()
    assert "The rotation that was begun for it is dropped" in rotate("database_password")["msg"]
    assert values(file) == before


def test_a_value_that_somebody_changed_in_the_cluster_is_named_and_kept(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster
) -> None:
    key = "admin-password"
    cluster.secret("popsink-vault-admin-credentials", {**decoded(cluster.objects[ADMIN]), key: "works in the product"})
    before, live = values(file), in_cluster(cluster)
    assert f"differ from the inventory: popsink-vault-admin-credentials.{key}" in rotate("admin_password")["msg"]
    assert (values(file), in_cluster(cluster)) == (before, live)


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


def test_what_is_no_business_of_the_file_leaves_it_alone(
    rotate: Rotate, file: VaultFile, cluster: FakeCluster, given: dict[str, Any]
) -> None:
    """Also in a job whose files vanish."""
    file.path.unlink()
    result = rotate("admin_password", popsink_admin_password="of the users own", awx_job_id=7)
    assert "failed" not in result, result
    assert in_cluster(cluster)["popsink-vault-admin-credentials.admin-password"] == "of the users own"
    assert not file.path.exists()


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
