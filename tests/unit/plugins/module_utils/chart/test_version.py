"""Chart versions."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.version import alpha


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("0.1.0-alpha.205", 205),
        ("0.1.0-alpha.2", 2),
        ("0.1.0-alpha.205+build.7", 205),
        ("0.1.0", None),
        ("0.1.0-beta.205", None),
        ("0.2.0-alpha.1", None),
        ("0.1.0-alpha.", None),
        ("", None),
    ],
)
def test_alpha(version: str, number: int | None) -> None:
    assert alpha(version) == number
