"""Placeholders for secrets, and merging of parts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import warned
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import (
    Plan,
    PlannedSecret,
    literal,
    literals_in,
    with_literals,
)

TREE = {"a": literal("one"), "b": [{"c": literal("two")}, 3], "d": {}, "e": [], "f": "text"}


def test_literals_are_found_at_every_depth() -> None:
    assert literals_in(TREE) == {"one", "two"}


@pytest.mark.parametrize("values", [{}, [], {"a": {}}, {"a": []}, "text", 7, None])
def test_no_literals(values: Any) -> None:
    assert literals_in(values) == set()


def test_literals_are_replaced_at_every_depth() -> None:
    assert with_literals(TREE, {"one": "1", "two": "2"}) == {
        "a": "1",
        "b": [{"c": "2"}, 3],
        "d": {},
        "e": [],
        "f": "text",
    }


def test_a_later_part_wins_and_nothing_else_is_lost() -> None:
    one = Plan(
        values={"a": 1, "b": {"x": 1}},
        secrets=(PlannedSecret("s", "secrets", {}),),
        blocks={"jwt": "s"},
        manifests=({"m": 1},),
        findings=(warned("one", ""),),
    )
    two = Plan(
        values={"a": 2, "b": {"y": 2}},
        secrets=(PlannedSecret("t", "storage", {}),),
        absent=({"n": 1},),
        findings=(warned("two", ""),),
    )
    whole = Plan.of([one, two])
    assert whole.values == {"a": 2, "b": {"x": 1, "y": 2}}
    assert [secret.name for secret in whole.secrets] == ["s", "t"]
    assert whole.blocks == {"jwt": "s"}
    assert (whole.manifests, whole.absent) == (({"m": 1},), ({"n": 1},))
    assert [finding.id for finding in whole.findings] == ["one", "two"]


def test_a_role_finds_its_own_secrets() -> None:
    plan = Plan(secrets=(PlannedSecret("s", "secrets", {"k": "n"}), PlannedSecret("t", "storage", {})))
    assert plan.secrets_of("secrets") == [
        {"name": "s", "role": "secrets", "data": {"k": "n"}, "type": "Opaque", "variable": ""}
    ]
