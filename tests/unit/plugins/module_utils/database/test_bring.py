"""Role and database brought: what is refused, and what must be of use."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database import bring
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bring import make, require_readable
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import LoginError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import State
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.databases import OURS, Connection, creation


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
