"""What is made in a server outside of the chart, by what is there; and what is in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database_creation import (
    Administrator,
    Creation,
    Server,
    decided,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase, role_of

OURS, OTHERS = "popsink.data_plane: deployment one", "popsink.data_plane: deployment other"
DATA = WantedDatabase("data", "data", "data", "database_password")
KORA = WantedDatabase("kora", "kora", "kora", "schema_registry_database_password")
BESIDE = WantedDatabase("schemas", "data", "data", "database_password")
NOTHING = Server("admin")
MADE = Server("admin", roles={"data": OURS}, databases={"data": ("data", OURS)})
BY_HAND = Server("admin", roles={"data": ""}, databases={"data": ("data", "")})


def creation(*databases: WantedDatabase) -> Creation:
    return Creation("db.example", 5432, "one", list(databases or (DATA,)))


def steps(wanted: Creation, server: Server, refused: str | None = "") -> list[tuple[str, str]]:
    done, problems = decided(wanted, server, lambda _wanted: refused)
    assert problems == []
    return [(step.kind, step.name) for step in done]


@pytest.mark.parametrize(
    ("wanted", "server", "refused", "expected"),
    [
        (creation(), NOTHING, None, [("role", "data"), ("database", "data")]),
        (creation(), MADE, "", []),
        (creation(), MADE, None, []),
        (creation(), MADE, "28P01", [("password", "data")]),
        # The firewall's word says nothing of the password.
        (creation(), MADE, "28000", []),
        (creation(), BY_HAND, "", []),
        (creation(), replace(BY_HAND, databases={}), "3D000", [("database", "data")]),
        (creation(), replace(MADE, databases={}), "3D000", [("database", "data")]),
        (creation(), replace(MADE, databases={"data": ("data", "")}), "", [("finish", "data")]),
        # Somebody's own remark stays.
        (creation(), replace(MADE, databases={"data": ("data", "the records")}), "", []),
        (
            creation(DATA, KORA),
            NOTHING,
            None,
            [("role", "data"), ("role", "kora"), ("database", "data"), ("database", "kora")],
        ),
        (creation(DATA, KORA), MADE, "", [("role", "kora"), ("database", "kora")]),
        (creation(DATA, BESIDE), NOTHING, None, [("role", "data"), ("database", "data"), ("database", "schemas")]),
        # With nothing to make, no rights are needed.
        (creation(), replace(MADE, makes_roles=False, makes_databases=False, read_only=True), "", []),
    ],
)
def test_steps(wanted: Creation, server: Server, refused: str | None, expected: list[tuple[str, str]]) -> None:
    assert steps(wanted, server, refused) == expected


@pytest.mark.parametrize(
    ("server", "refused", "words"),
    [
        (replace(NOTHING, administrator="data"), None, "is the administrator of popsink_database_admin_dsn"),
        (replace(NOTHING, makes_roles=False), None, "may not make roles"),
        (replace(NOTHING, makes_databases=False), None, "may not make databases"),
        (replace(NOTHING, read_only=True), None, "takes no changes"),
        (replace(MADE, roles={"data": OTHERS}), "", "Role data was made for deployment other"),
        (replace(MADE, databases={"data": ("data", OTHERS)}), "", "Database data was made for deployment other"),
        (replace(MADE, databases={"data": ("somebody", "")}), "", "belongs to somebody, not to data"),
        (BY_HAND, "28P01", "it has another password"),
        (BY_HAND, None, "no password of it is known"),
    ],
)
def test_what_is_in_the_way(server: Server, refused: str | None, words: str) -> None:
    _steps, (problem,) = decided(creation(), server, lambda _wanted: refused)
    assert words in problem.found
    assert problem.remedy


@pytest.mark.parametrize(
    ("user", "host", "role"),
    [
        ("app", "db.example", "app"),
        ("app@db", "db.postgres.database.azure.com", "app"),
        ("app@db", "other.postgres.database.azure.com", "app@db"),
        ("app@db", "", "app@db"),
    ],
)
def test_role_of_a_login_name(user: str, host: str, role: str) -> None:
    assert role_of(user, host) == role


def test_a_connection_string_that_is_none_is_not_shown() -> None:
    with pytest.raises(PopsinkError) as caught, Administrator.connected(creation(), "user=admin hush"):
        pass
    assert "popsink_database_admin_dsn" in str(caught.value)
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"
