"""What an administrator sees of a server, and how the connection string is taken."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.administrator import Administrator
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.databases import DATA, KORA, Connection, creation


@pytest.mark.parametrize(
    ("there", "tables", "known", "locked"),
    [
        (["data"], 2, {}, "holds 2 tables"),
        (["data"], 1, {}, "holds 1 table"),
        (["data"], 0, {}, ""),
        (["data"], psycopg.OperationalError("FATAL: permission denied for database"), {}, "whether it is empty cannot"),
        (["data"], 2, {"connector_config_encryption_key": "known"}, ""),
        # Kora's schemas are not encrypted.
        (["kora"], 2, {}, ""),
        ([], 2, {}, ""),
    ],
)
def test_what_no_known_key_opens(
    there: list[str], tables: int | Exception, known: dict[str, str], locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def connect(**parameters: Any) -> Connection:
        asked.append(parameters["dbname"])
        if len(asked) > 1 and isinstance(tables, Exception):
            raise tables
        return Connection(tables, {}, {name: (name, "") for name in there})

    monkeypatch.setattr(psycopg, "connect", connect)
    with Administrator.connected(creation(DATA, KORA), "user=admin") as administrator:
        found = administrator.look(known).locked
    assert (locked in found, bool(found)) == (True, bool(locked))
    assert asked[1:] in ([], ["data"])


@pytest.mark.parametrize(
    "dsn",
    [
        "user=admin hush",
        # What libpq would take for the host is a part of the password.
        "postgresql://admin:Tr0ub@hush@127.0.0.1:1/postgres",
        "postgresql://admin:x@hush%2F@127.0.0.1:1/postgres",
        "user=admin host=x@hush",
        "user=admin host=hush/x",
    ],
)
def test_a_connection_string_that_is_none_is_not_shown(dsn: str) -> None:
    with pytest.raises(PopsinkError) as caught, Administrator.connected(creation(), dsn):
        pass
    assert "popsink_database_admin_dsn" in str(caught.value)
    assert "percent-encoded" in str(caught.value)
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"
