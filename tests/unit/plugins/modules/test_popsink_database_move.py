"""Moving the databases as a step: what check mode looks at, and what it tells."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.execution import Execution
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database import move
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_database_move

from tests.unit.plugins.fakes import FakeCluster, put_release

EMPTY = "the server|15|UTF8\n"
FULL = f"{EMPTY}public.a|2|77\n"
OTHER = f"{EMPTY}public.b|1|1\n"
VALUES = {"postgresql": {"enabled": True, "auth": {"database": "popsink"}}}


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> Any:
    """The step in check mode, by what the other database holds; nothing where it does not answer."""
    put_release(cluster, values=VALUES)
    cluster.put("/api/v1/namespaces/popsink/pods/popsink-postgresql-0")
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)

    def run(new: str, made: bool, variables: str = "popsink_database_") -> list[str]:
        def execute(*arguments: Any, seconds: int) -> Execution:
            script = arguments[4][7].removeprefix(move._BEGIN)
            assert script.startswith(("in_old", "in_new"))
            if script.startswith("in_old"):
                return Execution(0, FULL, "")
            return Execution(0, new, "") if new else Execution(2, "", "psql: error: no such role")

        monkeypatch.setattr(move, "execute", execute)
        place = {"host": "db.example", "port": 5432, "name": "data", "user": "app", "password": "database_password"}
        params = {
            "namespace": "popsink",
            "release": "popsink",
            "secrets": [],
            "known": {"database_admin_password": "x", "database_password": "y"},
            "databases": [{**place, "made": made, "variables": variables}],
            "tls": {"sslmode": "prefer", "ca_cert": ""},
            "timeout": 60,
        }
        report: list[str] = popsink_database_move.run(params, StepContext(check=True))["report"]
        return report

    return run


@pytest.mark.parametrize(
    ("new", "made", "ends"),
    [
        (EMPTY, False, ": copied"),
        (FULL, False, ": was copied before"),
        (EMPTY, True, ": copied"),
        ("", True, ": copied, once that is made"),
    ],
)
def test_what_would_be_done(look: Any, new: str, made: bool, ends: str) -> None:
    (line,) = look(new, made)
    assert line.endswith(ends)


@pytest.mark.parametrize(
    ("new", "made", "words"),
    [
        (OTHER, False, "is not empty"),
        (OTHER, True, "is not empty"),
        (EMPTY.replace("15", "13"), False, "does not fit an earlier version"),
        ("", False, "data cannot be asked: psql: error: no such role"),
    ],
)
def test_what_the_run_would_refuse(look: Any, new: str, made: bool, words: str) -> None:
    with pytest.raises(PopsinkError, match=words):
        look(new, made)


def test_where_the_database_stays_with_the_chart_there_is_nowhere_to_move() -> None:
    params = {"databases": [{"variables": "popsink_schema_registry_database_"}]}
    with pytest.raises(PopsinkError, match="popsink_database_mode is 'bundled'"):
        popsink_database_move.run(params, StepContext(check=True))
