"""Databases outside of the chart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import LoginError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import State
from ansible_collections.popsink.data_plane.plugins.module_utils.database.wire import NotReachedError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight import databases
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.check import Check
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import database as checks
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Database
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import checks_of
from ansible_collections.popsink.data_plane.plugins.module_utils.way import UnreachableError, UnresolvedError

from tests.unit.plugins.fakes import FakeCluster, put_release
from tests.unit.plugins.sites import site

DATA_PLANE = Database("the data plane", "db.example", 5432, "popsink", "app", "database_password", "popsink_database_")
REGISTRY = Database(
    "the schema registry", "db.example", 5432, "kora", "kora", "schema_registry_database_password",
    "popsink_schema_registry_database_",
)  # fmt: skip
KNOWN = {
    "database_password": "hush",
    "schema_registry_database_password": "hush too",
    "connector_config_encryption_key": "hush as well",
}
STATE = State("17.2", 17, limits={"max_connections": 97})
ALL = checks_of([checks])


def deployment(component: str, **spec: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": component}
    return {"kind": "Deployment", "metadata": {"name": component, "labels": labels}, "spec": spec}


class Servers:
    """What the servers say: to the first request, at the login by database, and in the open."""

    def __init__(self) -> None:
        self.first: Any = True
        self.states: dict[str, Any] = {}
        self.open: Any = False
        self.logins = 0

    def offers_tls(self, *_arguments: Any) -> Any:
        return _given(self.first)

    def ask(self, _way: Any, login: Any, *, tls: bool) -> Any:
        self.logins += 1
        return _given(self.states.get(login.database, replace(STATE, encrypted=tls)))

    def refuses_open(self, *_arguments: Any) -> Any:
        return _given(self.open)


def _given(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    made = Servers()
    for name in ("offers_tls", "ask", "refuses_open"):
        for module in (checks, databases):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, getattr(made, name))
    return made


def run(check: Check, **changes: Any) -> Finding:
    given = {"databases": [DATA_PLANE], "known": KNOWN, "objects": [deployment("data-plane", replicas=2)], **changes}
    cluster = given.pop("cluster", None)
    return check.run(site(cluster, **given))


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_a_database_of_the_chart_is_not_asked(check: Check) -> None:
    finding = run(check, databases=[])
    assert (finding.status, finding.found) == (PASS, "the database comes with the chart (popsink_database_mode)")


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_all_is_well(check: Check, servers: Servers) -> None:
    assert run(check).status == PASS


def test_all_questions_take_one_connection(servers: Servers) -> None:
    whole = site(databases=[DATA_PLANE], known=KNOWN, objects=[deployment("data-plane")])
    for check in ALL:
        check.run(whole)
    assert servers.logins == 1


@pytest.mark.parametrize(
    ("answer", "status", "words", "remedy"),
    [
        (True, PASS, "PostgreSQL answers from here at db.example:5432", ""),
        (False, PASS, "PostgreSQL answers from here at db.example:5432", ""),
        (UnresolvedError("db.example cannot be resolved."), NOT_CHECKED, "cannot be resolved", ""),
        (UnreachableError("not reached from inside."), FAIL, "not reached from inside", "popsink_database_host"),
        (NotReachedError("refused.", anywhere=True), FAIL, "refused.", "popsink_database_port"),
        (NotReachedError("late.", anywhere=False), NOT_CHECKED, "does not tell whether pods", "popsink_database_host"),
    ],
)
def test_reachable(servers: Servers, answer: Any, status: str, words: str, remedy: str) -> None:
    servers.first = answer
    finding = run(checks.reachable)
    assert finding.status == status
    assert words in finding.found
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    "error",
    [UnresolvedError("x"), UnreachableError("x"), NotReachedError("x", anywhere=True)],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("check", [check for check in ALL if check is not checks.reachable], ids=lambda check: check.id)
def test_where_nobody_answers_nothing_else_is_said(servers: Servers, check: Check, error: PopsinkError) -> None:
    servers.first = error
    finding = run(check)
    assert (finding.status, finding.found) == (
        NOT_CHECKED, "db.example:5432 was not reached: see database.reachable.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ('password authentication failed for user "app".', 'popsink_database_password or popsink_database_user, '),
        ('password authentication failed for user "app".', 'CREATE ROLE "app" LOGIN PASSWORD'),
        ('database "popsink" does not exist.', 'popsink_database_name, or make it: CREATE DATABASE "popsink" OWNER'),
        ('role "app" is not permitted to log in.', 'ALTER ROLE "app" LOGIN;'),
        ("no pg_hba.conf entry for host.", "pg_hba.conf"),
        ('permission denied for database "popsink".', 'GRANT CONNECT ON DATABASE "popsink" TO "app"'),
        ("sorry, too many clients already.", "raise max_connections"),
        ("trop de connexions.", "popsink_database_user, popsink_database_name and popsink_database_password"),
    ],
)  # fmt: skip
def test_login(servers: Servers, said: str, remedy: str) -> None:
    servers.states["popsink"] = LoginError(said)
    finding = run(checks.login)
    assert finding.status == FAIL
    assert said in finding.found
    assert remedy in finding.remedy
    other = run(checks.version)
    assert (other.status, other.found) == (
        NOT_CHECKED, "db.example:5432 does not let the role in: see database.login.",
    )  # fmt: skip


def test_a_password_that_nobody_knows(servers: Servers) -> None:
    finding = run(checks.login, known={})
    assert finding.status == NOT_CHECKED
    assert "popsink_database_password" in finding.found
    assert servers.logins == 0


@pytest.mark.parametrize(
    ("check", "changes", "status", "words", "remedy"),
    [
        (checks.version, {"version": "9.6", "major": 9}, PASS, "PostgreSQL 9.6", ""),
        (
            checks.version,
            {"version": "18.0", "major": 18},
            WARN,
            "PostgreSQL 18.0; the vendor names none after 17",
            "Ask Popsink",
        ),
        (checks.tls, {"encrypted": False}, WARN, "offers no TLS", "Turn ssl on"),
        (checks.pooler, {"pooled": True}, WARN, "If it pools by transaction", "popsink_database_host"),
        (checks.pooler, {"pooled": True, "shared": True}, FAIL, "and pools by transaction", "popsink_database_host"),
        (checks.tables, {"read_only": True}, FAIL, "a replica, or read-only", "popsink_database_host"),
        (
            checks.tables,
            {"may_create": False, "may_create_schemas": False},
            FAIL,
            "Role app may not create tables in public of database popsink",
            'ALTER DATABASE "popsink" OWNER TO "app"; and in it: GRANT USAGE, CREATE ON SCHEMA "public" TO "app";',
        ),
        (checks.tables, {"may_create": False}, WARN, "It may make schemas.", "GRANT USAGE, CREATE"),
        (
            checks.tables,
            {"may_create": False, "may_create_schemas": False, "schema": ""},
            FAIL,
            "in any schema of",
            "CREATE SCHEMA public",
        ),
        (checks.tables, {"owners": ("postgres",)}, WARN, "tables belong to postgres", 'OWNER TO "app"'),
        (
            checks.content,
            {"tables": 1, "some": ("a",)},
            WARN,
            "Database popsink at db.example:5432 has 1 table (a), and no release",
            "popsink_database_name",
        ),
        (checks.content, {"tables": 9, "some": ("a", "b")}, WARN, "9 tables (a, b, ...)", "encryption key"),
    ],
)
def test_what_a_server_says(
    servers: Servers, check: Check, changes: dict[str, Any], status: str, words: str, remedy: str
) -> None:
    servers.states["popsink"] = replace(STATE, **changes)
    finding = run(check)
    assert finding.status == status
    assert words in finding.found
    assert remedy in finding.remedy


@pytest.mark.parametrize(("refuses", "words"), [(True, "no connection that is not encrypted"), (False, "encrypts")])
def test_a_server_that_takes_nothing_in_the_open(servers: Servers, refuses: bool, words: str) -> None:
    servers.open = refuses
    finding = run(checks.tls)
    assert finding.status == PASS
    assert finding.found.endswith(words)


def test_a_pooler_before_the_registry_s_database_breaks_nothing_that_is_known(servers: Servers) -> None:
    servers.states["kora"] = replace(STATE, pooled=True)
    assert run(checks.pooler, databases=[DATA_PLANE, REGISTRY]).status == PASS


def test_tables_of_the_registry_s_role_may_stand_beside(servers: Servers) -> None:
    servers.states["popsink"] = replace(STATE, owners=("kora",))
    both = [DATA_PLANE, replace(REGISTRY, name="popsink")]
    assert run(checks.tables, databases=both).status == PASS
    assert run(checks.tables, databases=[DATA_PLANE, REGISTRY]).status == WARN


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"externalDatabase": {"host": "db.example", "database": "popsink"}}, PASS),
        ({"kora": {"database": {"host": "db.example", "database": "popsink"}}}, PASS),
        ({"externalDatabase": {"host": "db.example", "database": "other"}}, WARN),
        ({"externalDatabase": {"host": "other.example", "database": "popsink"}}, WARN),
        ({"postgresql": {"enabled": True}, "externalDatabase": None}, WARN),
    ],
)
def test_the_tables_of_a_release_are_its_own(
    servers: Servers, cluster: FakeCluster, values: dict[str, Any], status: str
) -> None:
    put_release(cluster, values=values)
    servers.states["popsink"] = replace(STATE, tables=3, some=("a",))
    assert run(checks.content, cluster=cluster).status == status


def test_who_may_not_read_releases_is_told_so(servers: Servers, cluster: FakeCluster) -> None:
    cluster.answers["GET", "/api/v1/namespaces/popsink/secrets"] = ApiError(403, "no")
    servers.states["popsink"] = replace(STATE, tables=3)
    finding = run(checks.content, cluster=cluster)
    assert finding.status == NOT_CHECKED
    assert "docs/rbac" in finding.remedy


@pytest.mark.parametrize(
    ("limits", "replicas", "status"),
    [
        ({"max_connections": 20}, 2, PASS),
        ({"max_connections": 19}, 2, WARN),
        ({"max_connections": 2}, 2, WARN),
        ({"max_connections": 1}, 2, FAIL),
        ({"max_connections": -3}, 1, FAIL),
        ({"max_connections": 97, "the role's CONNECTION LIMIT": 1}, 2, FAIL),
        ({"max_connections": 0}, 0, PASS),
    ],
)
def test_connections(servers: Servers, limits: dict[str, int], replicas: int, status: str) -> None:
    servers.states["popsink"] = replace(STATE, limits=limits)
    finding = run(checks.connections, objects=[deployment("data-plane", replicas=replicas)])
    assert finding.status == status
    fewest = min(limits, key=lambda name: limits[name])
    assert f"has {max(0, limits[fewest])} connections left for role app ({fewest})" in finding.found
    assert status == PASS or "popsink_required_database_connections" in finding.remedy


@pytest.mark.parametrize(
    ("databases", "words"),
    [
        ([DATA_PLANE], "5 replicas need 50"),
        ([DATA_PLANE, REGISTRY], "2 replicas need 20"),
        ([REGISTRY], "3 replicas need 30"),
    ],
)
def test_a_registry_without_a_database_of_its_own_takes_its_share(
    servers: Servers, databases: list[Database], words: str
) -> None:
    few = replace(STATE, limits={"max_connections": 7})
    servers.states.update({"popsink": few, "kora": few})
    objects = [deployment("data-plane", replicas=2), deployment("kora", replicas=3), deployment("tansu", replicas=9)]
    assert words in run(checks.connections, databases=databases, objects=objects).found


@pytest.mark.parametrize("objects", [[deployment("tansu")], []])
def test_replicas_that_nobody_knows_are_not_guessed(servers: Servers, objects: list[dict[str, Any]]) -> None:
    assert run(checks.connections, objects=objects).status == NOT_CHECKED


def test_the_worst_of_several_counts_and_all_that_is_wrong_is_named(servers: Servers) -> None:
    servers.states["popsink"] = PopsinkError("The server was slow.")
    servers.states["kora"] = LoginError('database "kora" does not exist.')
    finding = run(checks.login, databases=[DATA_PLANE, REGISTRY])
    assert finding.status == FAIL
    assert "The server was slow." in finding.found
    assert 'database "kora" does not exist.' in finding.found
    assert finding.remedy.startswith("Correct popsink_schema_registry_database_name")


def test_names_are_quoted_as_sql_wants_it(servers: Servers) -> None:
    servers.states['a"b'] = LoginError('database "a"b" does not exist.')
    assert (
        'CREATE DATABASE "a""b" OWNER "app";' in run(checks.login, databases=[replace(DATA_PLANE, name='a"b')]).remedy
    )


def test_another_kind_of_database_is_not_asked() -> None:
    oracle = replace(REGISTRY, backend="oracle")
    finding = checks.login.run(site(databases=[oracle]))
    assert (finding.status, "of kind oracle; only PostgreSQL can be asked" in finding.found) == (NOT_CHECKED, True)


@pytest.mark.parametrize(
    ("known", "status"),
    [({}, FAIL), ({"connector_config_encryption_key": "a-key"}, WARN)],
    ids=["lost", "known"],
)
def test_tables_whose_key_is_lost_get_no_new_one(servers: Servers, known: dict[str, str], status: str) -> None:
    servers.states["popsink"] = replace(STATE, tables=1, some=("a",))
    finding = run(checks.content, known={"database_password": "hush", **known})
    assert (finding.status, "playbooks/restore.yml" in finding.remedy) == (status, True)
