"""A deployment whose secrets are rotated, and a product that takes them or does not."""

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
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bundled_server import BundledServer
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.login import Login, LoginRefused
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import ALL, inputs, variables

Rotate = Callable[..., dict[str, Any]]

ADMIN = secret_path("popsink-vault-admin-credentials")
#: The bundled PostgreSQL.
SERVER = {"pod": "popsink-postgresql-0", "user": "popsink", "name": "popsink"}
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
    bucket = {"name": "records", "region": "eu-west-1", "endpoint": ""}
    deployment = {"service": "x", "control_plane": None, "secrets": secrets, "bucket": bucket}

    def rotate(*what: str, check: bool = False, bundled: bool = True, **changes: Any) -> dict[str, Any]:
        whole: dict[str, Any] = {**deployment, "database": SERVER if bundled else None}
        arguments = {**base, "deployment": whole, "rotate": list(what)}
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
