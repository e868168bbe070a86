"""Making role and database as a step: what it is given, what it tells, and what it does in check mode."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import Creation, Problem, Step
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_database

from tests.unit.plugins.fakes import FakeCluster

WANTED = {"name": "data", "user": "data", "role": "data", "password": "database_password"}
STEPS = [Step("role", "data", WantedDatabase(**WANTED)), Step("database", "data", WantedDatabase(**WANTED))]
LINES = ["role data: made", "database data: made, owned by data"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> Any:
    """The step; what is to be done is given."""
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)

    def step(
        steps: list[Step],
        problems: list[Problem],
        context: StepContext,
        look: bool = False,
        secrets: Any = (),
        **known: str,
    ) -> tuple[Any, list[str]]:
        done: list[str] = []

        def make(_creation: Creation, values: Any) -> list[Step]:
            done.append(values["database_password"])
            return steps

        monkeypatch.setattr(popsink_database, "outlook", lambda _creation, _known: (steps, problems))
        monkeypatch.setattr(popsink_database, "make", make)
        params = {
            "namespace": "popsink",
            "release": "popsink",
            "secrets": list(secrets),
            "known": {"database_admin_dsn": "user=admin", **known},
            "creation": {
                "host": "db.example", "port": 5432, "sslmode": "prefer", "ca_cert": "", "client_cert": "",
                "deployment": "one", "databases": [WANTED],
            },
            "look": look,
        }  # fmt: skip
        return popsink_database.run(params, context), done

    return step


@pytest.mark.parametrize(("steps", "changed"), [(STEPS, True), ([], False)])
def test_it_is_made(run: Any, steps: list[Step], changed: bool) -> None:
    result, done = run(steps, [], StepContext(), database_password="hush")
    assert (result["changed"], result["report"], done) == (changed, LINES if changed else [], ["hush"])


def test_check_mode_tells_and_needs_no_password(run: Any) -> None:
    result, done = run(STEPS, [], StepContext(check=True, diff=True))
    assert (result["report"], result["diff"]["after"], done) == (LINES, "".join(f"{line}\n" for line in LINES), [])


def test_check_mode_is_refused_as_the_run_would_be(run: Any) -> None:
    with pytest.raises(PopsinkError, match=r"belongs to somebody\. Name another\."):
        run([], [Problem("It belongs to somebody.", "Name another.")], StepContext(check=True))


def test_a_look_ends_where_a_database_cannot_be_read_any_more(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(popsink_database, "require_readable", lambda _creation, known: asked.append(known))
    result, done = run(STEPS, [], StepContext(), look=True)
    assert (result["changed"], done, asked) == (False, [], [{"database_admin_dsn": "user=admin"}])


@pytest.mark.parametrize(
    ("known", "live", "expected"),
    [({}, False, None), ({}, True, "live"), ({"connector_config_encryption_key": "own"}, True, "own")],
)
def test_the_encryption_key_is_looked_for_in_the_cluster_too(
    run: Any,
    cluster: FakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    known: dict[str, str],
    live: bool,
    expected: str | None,
) -> None:
    if live:
        cluster.secret("encryption", {"key": "live"}, {})
    asked: list[Any] = []
    monkeypatch.setattr(popsink_database, "require_readable", lambda _creation, values: asked.append(values))
    secrets = [{"name": "encryption", "data": {"key": "connector_config_encryption_key"}}]
    run([], [], StepContext(), look=True, secrets=secrets, **known)
    assert [values.get("connector_config_encryption_key") for values in asked] == [expected]
