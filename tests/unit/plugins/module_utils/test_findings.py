"""The report that people read."""

from __future__ import annotations

from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    ORDER,
    WIDTH,
    Finding,
    failed,
    failures,
    not_checked,
    passed,
    table,
    warned,
    worst_first,
)
from hypothesis import given
from hypothesis import strategies as st

ONE_OF_EACH = [
    passed("a.pass", "it is there"),
    warned("b.warn", "it is old", "Renew it."),
    not_checked("c.unknown", "nobody answered"),
    failed("d.fail", "it is missing", "Make it."),
]
WORDS = st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=300)
#: A pod's name, the longest id, has 63 characters at most.
IDS = st.text(alphabet="abcdefghij-./", min_size=1, max_size=67)


def test_worst_first() -> None:
    assert [finding.id for finding in worst_first(ONE_OF_EACH)] == ["d.fail", "b.warn", "c.unknown", "a.pass"]


def test_equally_bad_ones_keep_their_order() -> None:
    findings = [failed("z", "one"), failed("a", "two"), failed("m", "three")]
    assert [finding.id for finding in worst_first(findings)] == ["z", "a", "m"]


def test_only_a_failure_ends_the_run() -> None:
    assert [finding.id for finding in failures(ONE_OF_EACH)] == ["d.fail"]


def test_table() -> None:
    assert table(ONE_OF_EACH).splitlines() == [
        "FAIL         d.fail     it is missing",
        "                        -> Make it.",
        "WARN         b.warn     it is old",
        "                        -> Renew it.",
        "NOT CHECKED  c.unknown  nobody answered",
        "PASS         a.pass     it is there",
    ]


def test_table_of_nothing() -> None:
    assert table([]) == ""


@given(st.lists(st.builds(Finding, id=IDS, status=st.sampled_from(ORDER), found=WORDS, remedy=WORDS), max_size=4))
def test_table_fits_a_terminal(findings: list[Finding]) -> None:
    assert [line for line in table(findings).splitlines() if len(line) > WIDTH] == []


@given(WORDS)
def test_table_loses_no_word(text: str) -> None:
    shown = "".join(table([failed("id", text)]).split())
    assert shown == "FAILid" + "".join(text.split())
