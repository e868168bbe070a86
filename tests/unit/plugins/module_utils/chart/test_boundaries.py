"""The table of what is known by version: each row's edges."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.boundaries import BOUNDARIES, about, holds

#: Subject, first and last chart for which it holds. From the vendor's release notes, not from the table.
EDGES: tuple[tuple[str, int | None, int | None], ...] = (
    ("version.broken", None, 43),
    ("version.migration_lock", 44, 86),
    ("version.old", 87, 134),
    ("version.arm64", 63, 65),
    ("version.new", 206, None),
    ("tasks.run_twice", None, 62),
    ("broker.takes_postgresql", None, 131),
    ("broker.takes_azure", 178, None),
    ("broker.wants_identity", None, 38),
    ("registry.login_in_workers", 60, 64),
    ("kafka.environment_first", 45, None),
    ("database.takes_oracle", 113, 127),
    ("network_policies", 127, None),
    ("interface.websockets", None, 134),
    ("admin.fallback", None, 133),
)
CASES = [
    *((subject, last, True) for subject, _first, last in EDGES if last is not None),
    *((subject, last + 1, False) for subject, _first, last in EDGES if last is not None),
    *((subject, first, True) for subject, first, _last in EDGES if first is not None),
    *((subject, first - 1, False) for subject, first, _last in EDGES if first is not None),
    *((subject, 1, True) for subject, first, _last in EDGES if first is None),
    *((subject, 9999, True) for subject, _first, last in EDGES if last is None),
]


@pytest.mark.parametrize(("subject", "number", "result"), CASES)
def test_edge(subject: str, number: int, result: bool) -> None:
    assert holds(subject, f"0.1.0-alpha.{number}") == result


def test_every_row_has_its_edges_here() -> None:
    assert {row.subject for row in BOUNDARIES} == {subject for subject, _first, _last in EDGES}


@pytest.mark.parametrize(("subject", "_first", "last"), EDGES)
def test_another_form_of_version_is_newer_than_all(subject: str, _first: int | None, last: int | None) -> None:
    assert holds(subject, "1.0.0") == (last is None)


def test_a_subject_that_nobody_knows_is_a_mistake_of_the_code() -> None:
    with pytest.raises(KeyError):
        holds("broker.typo", "0.1.0-alpha.205")


@pytest.mark.parametrize(
    ("number", "subjects"),
    [
        (43, ["version.broken"]),
        (60, ["version.migration_lock"]),
        (134, ["version.old"]),
        (135, []),
        (205, []),
        (206, ["version.new"]),
    ],
)
def test_about(number: int, subjects: list[str]) -> None:
    assert [row.subject for row in about(f"0.1.0-alpha.{number}")] == subjects


def test_what_is_a_finding_by_itself_has_a_remedy() -> None:
    assert [row.subject for row in BOUNDARIES if row.severity and not row.remedy] == []
