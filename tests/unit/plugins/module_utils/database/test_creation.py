"""What is made in a server outside of the chart, by what is there; and what is in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import Creation, Server, decided
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.database import WantedDatabase, role_of

from tests.unit.plugins.databases import DATA, KORA, OTHERS, OURS, creation

BESIDE = WantedDatabase("schemas", "data", "data", "database_password")
NOTHING = Server("admin")
MADE = Server("admin", roles={"data": OURS}, databases={"data": ("data", OURS)})
BY_HAND = Server("admin", roles={"data": ""}, databases={"data": ("data", "")})


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
        (creation(), MADE, "3D000", []),
        (creation(), MADE, "42501", []),
        # The firewall's word says nothing of the password, and whether the role gets in is seen once all is made.
        (creation(), replace(MADE, databases={}), "no entry.", [("database", "data")]),
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
        (BY_HAND, "trop de connexions.", "does not let role data into database data: trop de connexions."),
        (MADE, "no pg_hba.conf entry.", "does not let role data into database data: no pg_hba.conf entry."),
        (BY_HAND, None, "no password of it is known"),
        (
            replace(MADE, locked="holds 2 tables"),
            "",
            "Database data at db.example:5432 holds 2 tables, and no encryption",
        ),
        # Without the key, not even the password is set again.
        (replace(MADE, locked="holds 1 table"), "28P01", "neither to the inventory nor to the cluster"),
    ],
)
def test_what_is_in_the_way(server: Server, refused: str | None, words: str) -> None:
    _steps, (problem,) = decided(creation(), server, lambda _wanted: refused)
    assert words in problem.found
    assert problem.remedy


@pytest.mark.parametrize(
    ("locked", "granted"), [("holds 2 tables", False), ("is there, whether it is empty cannot be told (no)", True)]
)
def test_how_an_administrator_comes_to_see_that_it_is_empty(locked: str, granted: bool) -> None:
    _steps, (problem,) = decided(creation(), replace(MADE, locked=locked), lambda _wanted: "")
    assert ("GRANT CONNECT ON DATABASE data TO admin" in problem.remedy) is granted


@pytest.mark.parametrize(("refused", "problems"), [("", 0), (None, 0), ("3D000", 0), ("28P01", 1)])
def test_no_password_is_set_again_for_a_deployment_without_an_id(refused: str | None, problems: int) -> None:
    nameless = replace(creation(), identified=False)
    steps, wrong = decided(nameless, MADE, lambda _wanted: refused)
    assert (steps, len(wrong)) == ([], problems)
    assert all("without a deploymentId" in problem.found for problem in wrong)


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
