"""A deployment that wants databases outside of the chart, and an administrator's connections to what is there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import Creation
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase

OURS, OTHERS = "popsink.data_plane: deployment one", "popsink.data_plane: deployment other"
DATA = WantedDatabase("data", "data", "data", "database_password")
KORA = WantedDatabase("kora", "kora", "kora", "schema_registry_database_password")


def creation(*databases: WantedDatabase) -> Creation:
    return Creation("db.example", 5432, "one", list(databases or (DATA,)), identified=True)


class Connection:
    """A session at one database of a server: what is in it, or why it is not let in."""

    def __init__(self, tables: int | Exception, roles: dict[str, str], databases: dict[str, tuple[str, str]]) -> None:
        self.tables, self.roles, self.databases = tables, roles, databases

    def execute(self, statement: str, _values: Any = ()) -> Any:
        rows: list[Any] = [("admin", True, True, True, False)]
        if "shobj_description(oid, 'pg_authid')" in statement:
            rows = list(self.roles.items())
        elif "from pg_database where datname = any" in statement:
            rows = [(name, *about) for name, about in self.databases.items()]
        elif "pg_class" in statement:
            rows = [(self.tables, [], [])]
        return SimpleNamespace(fetchone=lambda: rows[0], fetchall=lambda: rows)

    def close(self) -> None:
        pass
