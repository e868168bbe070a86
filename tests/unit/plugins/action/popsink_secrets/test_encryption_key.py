"""No new key is made where data is that it would not open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import made
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.generate import PasswordFormat
from ansible_collections.popsink.data_plane.plugins.modules import popsink_database

from tests.unit.plugins.action.popsink_secrets.conftest import Run, live
from tests.unit.plugins.fakes import FakeCluster

#: A database server outside of the chart, in which the deployment's database is made.
CREATION: dict[str, Any] = {
    "made": True,
    "host": "db.example",
    "port": 5432,
    "deployment": "one",
    "databases": [{"name": "data", "user": "data", "role": "data", "password": "database_password"}],
}


@pytest.mark.parametrize("labels", [{"app.kubernetes.io/instance": "popsink"}, {}], ids=["labelled", "by its name"])
@pytest.mark.parametrize("check", [False, True])
def test_data_of_a_former_installation_is_not_locked_out(
    run: Run, path: Path, cluster: FakeCluster, check: bool, labels: dict[str, str]
) -> None:
    cluster.namespace("popsink")
    cluster.put(
        "/api/v1/namespaces/popsink/persistentvolumeclaims/data-popsink-postgresql-0",
        metadata={"labels": labels},
    )
    result = run(check)
    assert result["failed"]
    assert "data-popsink-postgresql-0" in result["msg"]
    assert "popsink_connector_config_encryption_key" in result["msg"]
    assert (path.exists(), cluster.writes) == (False, [])


THERE = {**CREATION, "made": False}
KEY = "popsink_connector_config_encryption_key"
ADMIN = {"database_admin_dsn": "user=admin"}
ROLE = {"database_password": "hush-hush"}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("database", "key", "is_empty", "asks"),
    [
        (None, False, False, None),
        (CREATION, False, False, ADMIN),
        (CREATION, True, False, None),
        # What is made on request is looked at by its administrator, whoever else did.
        (CREATION, False, True, ADMIN),
        (THERE, False, False, {**ADMIN, **ROLE}),
        (THERE, True, False, None),
        (THERE, False, True, None),
    ],
    ids=[
        *("bundled", "made, and the key is lost", "made, and the key is known", "made, and seen"),
        *("there, and the key is lost", "there, and the key is known", "there, and seen to be empty"),
    ],
)
def test_no_new_key_is_made_for_tables_that_are_there(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    cluster: FakeCluster,
    path: Path,
    check: bool,
    database: Any,
    key: bool,
    is_empty: bool,
    asks: Any,
) -> None:
    """Vault and cluster are lost, and a database outside of the chart is not: whichever roles are run."""
    asked = []

    def require_readable(_creation: Any, known: dict[str, str]) -> None:
        asked.append(known)
        raise PopsinkError("It holds 3 tables.")

    monkeypatch.setattr(popsink_database, "require_readable", require_readable)
    own = {KEY: made("connector_config_encryption_key", PasswordFormat())} if key else {}
    given = {**own, "popsink_database_password": ROLE["database_password"], "popsink_database_admin_dsn": "user=admin"}
    result = run(check, database=database, database_is_empty=is_empty, **given)
    assert (bool(result.get("failed")), asked) == (asks is not None, [asks] if asks else [])
    assert bool(cluster.writes) is (asks is None and not check)
    assert path.exists() is (asks is None and not check)


def test_the_roles_password_is_found_in_the_cluster_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster, path: Path
) -> None:
    run()
    path.unlink()
    password = live(cluster)["database_password"]
    cluster.objects = {here: item for here, item in cluster.objects.items() if "encryption-key" not in here}
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(popsink_database, "require_readable", lambda _creation, known: asked.append(known))
    run(database=THERE)
    assert asked == [{"database_password": password}]
