"""What no two deployments may share."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED
from ansible_collections.popsink.data_plane.plugins.module_utils.fleet import ENCRYPTION_KEY, not_compared, shared


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ({}, []),
        ({"a": "1"}, []),
        ({"a": "1", "b": "2"}, []),
        ({"b": "1", "a": "1", "c": "2"}, ["a and b"]),
        ({"a": "1", "b": "2", "c": "1", "d": "2", "e": "1"}, ["a and c and e", "b and d"]),
    ],
)
def test_shared(values: dict[str, str], groups: list[str]) -> None:
    found = shared(ENCRYPTION_KEY, values)
    assert [finding.found.partition(" have the same ")[0] for finding in found] == groups
    assert {finding.status for finding in found} <= {FAIL}


def test_no_value_is_shown() -> None:
    assert "hidden" not in str(shared(ENCRYPTION_KEY, {"a": "hidden", "b": "hidden"}))


def test_what_was_not_compared_is_told() -> None:
    (finding,) = not_compared(ENCRYPTION_KEY, {"a": "no password opens it"})
    assert (finding.status, "of a is not compared: no password opens it" in finding.found) == (NOT_CHECKED, True)
