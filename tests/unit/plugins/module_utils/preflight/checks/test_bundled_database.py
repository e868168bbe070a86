"""Whether the schema registry's own database can be made in the bundled PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.execution import Execution
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database import bundled_server
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import bundled_database

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import site

POD = "popsink-postgresql-0"
MADE = {
    "server": {"pod": POD, "user": "popsink", "name": "popsink", "registry_user": "kora"},
    "wanted": {"name": "schemas", "user": "kora", "role": "kora", "password": "schema_registry_database_password"},
}
KNOWN = {"database_admin_password": "admin", "schema_registry_database_password": "hush"}
REFUSED = Execution(2, "", "FATAL:  password authentication failed for user")


def look(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Execution], *, runs: bool = True, made: bool = True
) -> Finding:
    """The finding.

    :param answers: what psql says to a role.
    """
    cluster = FakeCluster()
    if runs:
        cluster.put(f"/api/v1/namespaces/popsink/pods/{POD}")

    def execute(_cluster: Any, _namespace: str, pod: str, _container: str, command: list[str], given: str) -> Execution:
        assert (pod, "SELECT" in given) == (POD, True)
        return answers[command[-2]]

    monkeypatch.setattr(bundled_server, "execute", execute)
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    return bundled_database.bundled.run(site(cluster, known=KNOWN, bundled_database=MADE if made else None))


@pytest.mark.parametrize(
    ("found", "kora", "status", "words"),
    [
        pytest.param("", REFUSED, PASS, "role kora: made; database schemas: made", id="nothing"),
        pytest.param("role|popsink.data_plane\ndatabase|f|kora\n", Execution(0, "1", ""), PASS, "are there", id="ours"),
        pytest.param("role|\n", REFUSED, FAIL, "popsink_schema_registry_database_password", id="another's role"),
        pytest.param("database|t|popsink\n", REFUSED, FAIL, "belongs to role popsink", id="another's database"),
    ],
)
def test_what_is_there_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, found: str, kora: Execution, status: str, words: str
) -> None:
    finding = look(monkeypatch, {"postgres": Execution(0, found, ""), "kora": kora})
    assert (finding.status, words in finding.found) == (status, True), finding.found


def test_an_administrator_who_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = look(monkeypatch, {"postgres": REFUSED})
    assert (finding.status, "it cannot be seen what is there" in finding.found) == (NOT_CHECKED, True)


def test_a_server_that_does_not_run_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "once PostgreSQL runs" in look(monkeypatch, {}, runs=False).found


def test_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = look(monkeypatch, {}, made=False)
    assert (finding.status, "nothing is made" in finding.found) == (PASS, True)
