"""What one check has seen of a database outside of the chart, for the steps that follow."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import LoginError
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import State
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.databases import was_seen_empty
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Database

from tests.unit.plugins.sites import site

OWN = Database("the data plane", "db.example", 5432, "data", "data", "database_password", "popsink_database_")
KORA = Database(
    *("the schema registry", "db.example", 5432, "kora", "kora", "schema_registry_database_password"),
    "popsink_schema_registry_database_",
)
EMPTY, FULL = State("17.2", 17), State("17.2", 17, tables=3)


@pytest.mark.parametrize(
    ("databases", "seen", "empty"),
    [
        ([OWN], {OWN: EMPTY}, True),
        ([OWN, KORA], {OWN: EMPTY, KORA: FULL}, True),
        ([OWN], {OWN: FULL}, False),
        ([OWN, KORA], {OWN: FULL, KORA: EMPTY}, False),
        ([OWN], {}, False),
        ([OWN], {OWN: LoginError("no entry.")}, False),
        ([KORA], {KORA: EMPTY}, False),
        ([], {}, False),
    ],
    ids=[
        *("empty", "empty beside the registry's", "tables", "tables beside an empty one"),
        *("not looked at", "not let in", "the registry's alone", "bundled"),
    ],
)
def test_whether_the_data_planes_was_seen_empty(
    databases: list[Database], seen: dict[Database, State | PopsinkError], empty: bool
) -> None:
    there = site(databases=databases)
    for database, state in seen.items():

        def answer(state: State | PopsinkError = state) -> State:
            if isinstance(state, PopsinkError):
                raise state
            return state

        with suppress(PopsinkError):
            there.once(("database.state", database), answer)
    assert was_seen_empty(there) is empty
