"""The schema registry's own database in the bundled PostgreSQL: made once, mended, and nothing of others touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.execution import Execution
from ansible_collections.popsink.data_plane.plugins.module_utils.database import bundled_server
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bundled_server import BundledServer
from ansible_collections.popsink.data_plane.plugins.module_utils.database.kora import (
    KoraDatabase,
    ensure,
    wanted_from,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.fakes import FakeCluster

SERVER = {"pod": "popsink-postgresql-0", "user": "popsink", "name": "popsink", "registry_user": "kora"}
KORA = {"name": "schemas", "user": "kora", "role": "kora", "password": "schema_registry_database_password"}
KNOWN = {"database_admin_password": "admin", "schema_registry_database_password": "hush"}
OURS = "popsink.data_plane"

ROLE = "role kora: made"
AGAIN = "role kora: has the password of the vault again"
MADE = "database schemas: made, owned by kora"
CLOSED = "database schemas: open to its owner alone"


class Server:
    """PostgreSQL as far as one role and one database go."""

    def __init__(self, comment: str | None, password: str, owner: str | None, public: str) -> None:
        self.passwords = {"postgres": "admin", "kora": password}
        self.found = "" if comment is None else f"role|{comment}\n"
        self.found += "" if owner is None else f"database|{public}|{owner}\n"
        self.statements: list[str] = []

    def __call__(
        self, _cluster: Any, _namespace: str, _pod: str, _container: str, command: Sequence[str], given: str
    ) -> Execution:
        role, (password, statement) = command[-2], given.splitlines()
        if self.passwords[role] != password:
            return Execution(2, "", "FATAL:  password authentication failed for user")
        if not statement.startswith("SELECT"):
            self.statements.append(statement)
        return Execution(0, self.found if role == "postgres" else "1\n", "")


def has_pod(cluster: FakeCluster, *, ready: bool, waiting: str = "") -> None:
    status: dict[str, Any] = {"conditions": [{"type": "Ready", "status": str(ready)}]}
    if waiting == "Unschedulable":
        status["conditions"].append({"type": "PodScheduled", "reason": waiting, "message": "no node"})
    elif waiting:
        status["containerStatuses"] = [{"name": "postgresql", "state": {"waiting": {"reason": waiting}}}]
    cluster.put(f"/api/v1/namespaces/popsink/pods/{SERVER['pod']}", status=status)


@pytest.fixture
def ready(cluster: FakeCluster) -> FakeCluster:
    has_pod(cluster, ready=True)
    return cluster


def made(
    cluster: FakeCluster,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    known: Mapping[str, str] | None = None,
    *,
    check: bool = False,
) -> list[str]:
    monkeypatch.setattr(bundled_server, "execute", server)
    return ensure(cluster, *wanted_from({"server": SERVER, "wanted": KORA}, "popsink"), known or KNOWN, 0, check=check)


@pytest.mark.parametrize(
    ("comment", "password", "owner", "public", "done"),
    [
        pytest.param(None, "", None, "", [ROLE, MADE, CLOSED], id="nothing is there"),
        pytest.param(OURS, "hush", None, "", [MADE, CLOSED], id="ended after the role"),
        pytest.param(OURS, "hush", "kora", "t", [CLOSED], id="ended after the database"),
        pytest.param(OURS, "hush", "kora", "f", [], id="all is there"),
        pytest.param(OURS, "another", "kora", "f", [AGAIN], id="our role has another password"),
        pytest.param("", "hush", "kora", "t", [], id="made by hand, and left as it is"),
        pytest.param("", "hush", None, "", [MADE, CLOSED], id="a role that was made by hand"),
        pytest.param("", "hush", "postgres", "t", [], id="another's database, which a role made by hand uses"),
    ],
)
def test_what_is_missing_is_made(
    ready: FakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    comment: str | None,
    password: str,
    owner: str | None,
    public: str,
    done: list[str],
) -> None:
    server = Server(comment, password, owner, public)
    assert made(ready, server, monkeypatch, check=True) == done
    assert server.statements == []
    assert made(ready, server, monkeypatch) == done
    assert len(server.statements) == len(done)
    assert not [statement for statement in server.statements if "hush" in statement]


def test_role_and_mark_come_together(ready: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(None, "", None, "")
    made(ready, server, monkeypatch)
    role, named, closed = server.statements
    assert role.startswith('BEGIN; CREATE ROLE "kora" LOGIN PASSWORD \'SCRAM-SHA-256$')
    assert role.endswith("COMMENT ON ROLE \"kora\" IS 'popsink.data_plane'; COMMIT;")
    assert named == 'CREATE DATABASE "schemas" OWNER "kora";'
    assert closed == 'REVOKE ALL ON DATABASE "schemas" FROM PUBLIC;'


@pytest.mark.parametrize(
    ("comment", "password", "owner", "word"),
    [
        pytest.param("", "another", "kora", "popsink_schema_registry_database_password", id="somebody else's role"),
        pytest.param(None, "", "popsink", "popsink_schema_registry_database_name", id="somebody else's database"),
        pytest.param(OURS, "hush", "popsink", "popsink_schema_registry_database_name", id="beside our role"),
    ],
)
def test_what_belongs_to_others_is_left(
    ready: FakeCluster, monkeypatch: pytest.MonkeyPatch, comment: str | None, password: str, owner: str, word: str
) -> None:
    server = Server(comment, password, owner, "t")
    with pytest.raises(PopsinkError, match=word):
        made(ready, server, monkeypatch)
    assert server.statements == []


def test_a_server_that_is_not_ready_is_waited_for(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    has_pod(cluster, ready=False)
    with pytest.raises(PopsinkError, match="is not ready after 0 seconds"):
        made(cluster, Server(None, "", None, ""), monkeypatch)


@pytest.mark.parametrize(
    ("reason", "seconds", "told"),
    [
        pytest.param("ImagePullBackOff", 45, "ImagePullBackOff. Run again", id="cannot start"),
        pytest.param("ContainerCreating", 901, "Run again", id="starts"),
        pytest.param("Unschedulable", 901, "Unschedulable: no node. Run again", id="may find a node yet"),
    ],
)
def test_a_server_that_cannot_start_is_not_waited_for_so_long(
    cluster: FakeCluster, reason: str, seconds: float, told: str
) -> None:
    has_pod(cluster, ready=False, waiting=reason)
    now = [100.0]
    server = KoraDatabase(cluster, BundledServer("popsink", "popsink-postgresql-0", "popsink", "popsink"), "admin")
    with pytest.raises(PopsinkError, match=f"not ready after {seconds} seconds") as caught:
        server.wait(900, lambda: now[0], lambda pause: now.__setitem__(0, now[0] + pause))
    assert f"could not be made. {told}" in str(caught.value)


@pytest.mark.parametrize("there", [True, False])
def test_check_mode_tells_it_of_a_server_that_is_to_come(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        has_pod(cluster, ready=True)
    told = made(cluster, Server(None, "", None, ""), monkeypatch, {"database_admin_password": "admin"}, check=True)
    assert told == (
        [ROLE, MADE, CLOSED] if there else ["role kora and database schemas: made, once PostgreSQL is ready"]
    )


@pytest.mark.parametrize(
    ("known", "word"),
    [
        pytest.param({"database_admin_password": "admin"}, "has no value", id="no password for the role"),
        pytest.param({**KNOWN, "database_admin_password": "wrong"}, "popsink_database_admin_password", id="refused"),
    ],
)
def test_it_is_told_what_is_lacking(
    ready: FakeCluster, monkeypatch: pytest.MonkeyPatch, known: dict[str, str], word: str
) -> None:
    with pytest.raises(PopsinkError, match=word):
        made(ready, Server(None, "", None, ""), monkeypatch, known)
