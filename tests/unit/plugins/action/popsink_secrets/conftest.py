"""A deployment whose secrets the task keeps, and where they are then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_secrets import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.plugin_utils.plain import plain
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import ALL, inputs, variables

Run = Callable[..., dict[str, Any]]

#: Of a deployment whose schema registry shares the data plane's role.
GENERATED = sorted(
    name for name, secret in CATALOGUE.items() if secret.generated and name != "schema_registry_database_password"
)

JWT = secret_path("popsink-vault-jwt")
CREATE = ("POST", "/api/v1/namespaces/popsink/secrets")


@pytest.fixture(autouse=True)
def _connected(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "host_vars" / "popsink_secrets.yml"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    """The host's variables: the same in each run of a test."""
    return variables(tmp_path)


@pytest.fixture
def run(loader: DataLoader, given: dict[str, Any], chart_205: ChartFacts) -> Run:
    """The task of the role, as a play runs it."""

    def run(
        check: bool = False,
        play: DataLoader | None = None,
        existing: dict[str, str] | None = None,
        database: dict[str, Any] | None = None,
        database_is_empty: bool = False,
        **changes: Any,
    ) -> dict[str, Any]:
        plan = build_plan(inputs(existing_secrets=existing or {}), chart_205, ALL)
        secrets = [*plan.secrets_of("secrets"), *plan.secrets_of("database")]
        looked = {"database": database, "database_is_empty": database_is_empty}
        arguments = {"namespace": "popsink", "release": "popsink", "secrets": secrets, **looked}
        action = action_of(ActionModule, play or loader, arguments, check_mode=check)
        result: dict[str, Any] = action.run(task_vars={**given, **changes})
        return result

    return run


def vaulted(path: Path, loader: DataLoader) -> dict[str, str]:
    values: dict[str, str] = plain(VaultFile(path, loader).read())
    return values


def live(cluster: FakeCluster) -> dict[str, str]:
    """Secret name in the catalogue to the value in the cluster, as far as it is generated."""
    keys = {
        "admin-username": "admin_username",
        "admin-password": "admin_password",
        "jwt-secret": "jwt_secret",
        "connector-config-encryption-key": "connector_config_encryption_key",
        "postgres-password": "database_admin_password",
        "password": "database_password",
        "kora-db-password": "database_password",
    }
    found = {}
    for here, item in cluster.objects.items():
        if "/secrets/" in here:
            found.update({keys[key]: value for key, value in decoded(item).items() if key in keys})
    return found


def agreed(path: Path, loader: DataLoader, cluster: FakeCluster) -> bool:
    """Whether vault and cluster hold the same value for every generated secret."""
    return vaulted(path, loader) == {CATALOGUE[name].variable: value for name, value in live(cluster).items()}


CLUSTER = {"popsink_secrets_store": "cluster"}
