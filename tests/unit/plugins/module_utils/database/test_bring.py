"""Role and database brought: what is refused, and what must be of use."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database import bring
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bring import make, require_readable
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import Login, LoginError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import State
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.databases import OURS, Connection, creation


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (State("17.2", 17, tables=0), ""),
        (State("17.2", 17, tables=1), "holds 1 table, and no encryption key"),
        (LoginError("no pg_hba.conf entry."), "may hold tables, which its role cannot look for .* entry\\)"),
        (PopsinkError("db.example cannot be resolved from here."), "popsink_preflight_inside"),
    ],
    ids=["empty", "tables", "not let in", "not reached"],
)
def test_where_nothing_is_made_the_role_itself_looks(
    seen: State | PopsinkError, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(login: Login) -> State:
        asked.append((login.user, login.database, login.password))
        if isinstance(seen, PopsinkError):
            raise seen
        return seen

    monkeypatch.setattr(bring, "offers_tls", lambda *_where: False)
    monkeypatch.setattr(bring, "ask", lambda _way, login, **_tls: ask(login))
    with pytest.raises(PopsinkError, match=words) if words else nullcontext():
        require_readable(replace(creation(), made=False), {"database_password": "hush"})
    assert asked == [("data", "data", "hush")]


@pytest.mark.parametrize(("tables", "refused"), [(0, False), (3, True)])
def test_a_new_key_is_refused_where_there_are_tables(
    tables: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg, "connect", lambda **_options: Connection(tables, {}, {"data": ("data", OURS)}))
    known = {"database_admin_dsn": "user=admin"}
    with pytest.raises(PopsinkError, match="bundle") if refused else nullcontext():
        require_readable(creation(), known)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (LoginError("too many connections for role."), "does not let role data into database data: too many"),
        (LoginError("Passwort falsch."), "does not let role data into database data: Passwort falsch."),
        (State("17.2", 17, may_create=False), "may not create tables in database data"),
        (State("17.2", 17), ""),
    ],
)
def test_what_is_there_must_be_usable_though_nothing_is_made(
    answer: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_arguments: Any, **_options: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    there = Connection(0, {"data": OURS}, {"data": ("data", OURS)})
    monkeypatch.setattr(psycopg, "connect", lambda **_options: there)
    monkeypatch.setattr(bring, "offers_tls", lambda *_arguments: True)
    monkeypatch.setattr(bring, "ask", ask)
    known = {"database_admin_dsn": "user=admin", "database_password": "hush"}
    with pytest.raises(PopsinkError, match=words) if words else nullcontext():
        assert make(creation(), known) == []
