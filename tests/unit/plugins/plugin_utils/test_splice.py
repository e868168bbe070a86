"""One entry of a YAML mapping changes as text; everything else stays as people wrote it."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.popsink.data_plane.plugins.plugin_utils.splice import spliced
from hypothesis import given
from hypothesis import strategies as st

ENTRY = "b: !vault |\n  new\n  lines\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\n", f"a: 1\n{ENTRY}"),
        ("b: 1\n", ENTRY),
        ("a: 1\nb: old\nc: 2\n", f"a: 1\n{ENTRY}c: 2\n"),
        ("# top\nb: !vault |\n  old\n\n# about c\nc: 2\n", f"# top\n{ENTRY}\n# about c\nc: 2\n"),
        ("b: old # why\nc: 2\n", f"{ENTRY}c: 2\n"),
        ("b:\n  - x\n  - y\nc: 2\n", f"{ENTRY}c: 2\n"),
        ("---\nb: 'old'\n", f"---\n{ENTRY}"),
        ("a:\n  b: inner\n", f"a:\n  b: inner\n{ENTRY}"),
        ("# nothing yet\n", f"# nothing yet\n{ENTRY}"),
    ],
    ids=["new", "only one", "between", "comments", "behind it", "list", "start mark", "same name inside", "empty"],
)
def test_an_entry_is_put_in_or_replaced(before: str, after: str) -> None:
    assert spliced(before, "b", ENTRY) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nb: !vault |\n  old\n  lines\n", "a: 1\n"),
        ("b: old\n\n# about c\nc: 2\n", "\n# about c\nc: 2\n"),
        ("a: 1\n", "a: 1\n"),
    ],
)
def test_an_entry_is_removed(before: str, after: str) -> None:
    assert spliced(before, "b", "") == after


KEYS = st.text("acdefgh_", min_size=1, max_size=8).filter(lambda key: yaml.safe_load(key) == key)


VALUES = st.one_of(st.integers(), st.text(max_size=30), st.lists(st.integers(), max_size=3))


@given(content=st.dictionaries(KEYS, VALUES))
def test_what_was_put_in_comes_out_without_a_trace(content: dict[str, object]) -> None:
    text = "# kept\n" + (yaml.safe_dump(content, allow_unicode=True) if content else "")
    assert spliced(spliced(text, "b", ENTRY), "b", "") == text


@given(content=st.dictionaries(KEYS, st.text(max_size=30), min_size=1), where=st.integers(0, 20))
def test_no_other_entry_changes(content: dict[str, str], where: int) -> None:
    items = list(content.items())
    items.insert(where % (len(items) + 1), ("b", "old"))
    changed = spliced(yaml.safe_dump(dict(items), sort_keys=False), "b", "b: new\n")
    assert list(yaml.safe_load(changed).items()) == [(key, "new" if key == "b" else value) for key, value in items]
