"""Names that Kubernetes takes."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.naming import is_qualified_name


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("name", True),
        ("A.name_with-all", True),
        ("example.com/name", True),
        ("n" * 63, True),
        ("n" * 64, False),
        ("", False),
        ("/name", False),
        ("example.com/", False),
        ("Example.com/name", False),
        ("a/b/c", False),
        ("-name", False),
    ],
)
def test_names_of_labels_and_annotations(text: str, taken: bool) -> None:
    assert is_qualified_name(text) == taken
