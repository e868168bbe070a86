"""What is to be made in a server outside of the chart: whether it can be, and what else is said meanwhile."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import Problem, Step
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import TlsError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import State
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight import databases
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import database, database_creation
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Database, DatabaseTls
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import checks_of

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import site

WANTED = WantedDatabase("popsink", "popsink", "popsink", "database_password")
OF_KORA = WantedDatabase("kora", "kora", "kora", "schema_registry_database_password")
MADE = Database(
    "the data plane", "db.example", 5432, "popsink", "popsink", "database_password", "popsink_database_", made=True
)
CREATION = {"host": "db.example", "port": 5432, "deployment": "one", "databases": [asdict(WANTED)],
            "sslmode": "prefer", "ca_cert": "", "client_cert": ""}  # fmt: skip
KNOWN = {"database_admin_dsn": "user=admin", "database_password": "hush"}
STEPS = [Step("role", "popsink", WANTED), Step("database", "popsink", WANTED)]
#: Those that ask the database itself.
ASKING = [check.id for check in checks_of([database]) if check.id != "database.reachable"]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The findings, by what the administrator sees and what the role is answered."""

    def findings(seen: Any, answer: Any = None, tls: DatabaseTls | None = None) -> dict[str, Finding]:
        def outlook(_creation: Any, known: Any) -> Any:
            assert known == KNOWN
            if isinstance(seen, Exception):
                raise seen
            return seen

        def ask(*_arguments: Any, **_options: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer or State("17.2", 17, limits={"max_connections": 97})

        monkeypatch.setattr(databases, "outlook", outlook)
        monkeypatch.setattr(databases, "ask", ask)
        monkeypatch.setattr(databases, "offers_tls", lambda *_arguments: True)
        monkeypatch.setattr(database, "refuses_open", lambda *_arguments: False)
        there = site(FakeCluster(), known=KNOWN, databases=[MADE], creation=CREATION, database_tls=tls or DatabaseTls())
        return {check.id: check.run(there) for check in checks_of([database, database_creation])}

    return findings


def statuses(found: dict[str, Finding]) -> set[str]:
    return {found[check].status for check in ASKING}


def test_what_is_made_need_not_be_there(look: Any) -> None:
    found = look((STEPS, []))
    assert found["database.create"].status == PASS
    assert "role popsink: made" in found["database.create"].found
    assert statuses(found) == {PASS}


def test_what_is_there_is_looked_at(look: Any) -> None:
    found = look(([], []), State("17.2", 17, read_only=True, limits={"max_connections": 97}))
    assert (found["database.create"].status, found["database.tables"].status) == (PASS, FAIL)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ((STEPS, [Problem("Role admin may not make roles.", "Name one.")]), "may not make roles"),
        (PopsinkError("The server does not let the administrator in."), "does not let the administrator in"),
    ],
)
def test_what_cannot_be_made_is_told_once(look: Any, seen: Any, words: str) -> None:
    found = look(seen)
    assert (found["database.create"].status, words in found["database.create"].found) == (FAIL, True)
    assert statuses(found) == {NOT_CHECKED}


def test_a_certificate_that_does_not_fit_is_told_once(look: Any) -> None:
    found = look(([], []), TlsError("db.example:5432", "SSL error: certificate verify failed."))
    assert (found["database.tls"].status, "popsink_database_ca_cert" in found["database.tls"].remedy) == (FAIL, True)
    assert {found[check].status for check in ASKING if check != "database.tls"} == {NOT_CHECKED}


def test_encryption_that_is_turned_off_is_told(look: Any) -> None:
    open_state = replace(State("17.2", 17, limits={"max_connections": 97}), encrypted=False)
    found = look(([], []), open_state, DatabaseTls("disable"))
    assert (found["database.tls"].status, "popsink_database_sslmode" in found["database.tls"].found) == (WARN, True)


@pytest.mark.parametrize(
    ("steps", "hidden"),
    [
        ([Step("role", "popsink", WANTED)], True),
        ([Step("password", "popsink", WANTED)], True),
        ([Step("database", "popsink", WANTED)], True),
        ([Step("finish", "popsink", WANTED)], False),
        ([Step("role", "kora", OF_KORA), Step("database", "kora", OF_KORA)], False),
    ],
    ids=["role", "password", "database", "finish", "another's"],
)
def test_what_is_made_of_another_hides_nothing(look: Any, steps: list[Step], hidden: bool) -> None:
    full = State("17.2", 17, tables=3, some=("a",), limits={"max_connections": 97})
    assert look((steps, []), full)["database.content"].status == (PASS if hidden else FAIL)
