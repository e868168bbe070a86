"""Kubernetes quantities."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.quantity import quantity
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", Decimal("0.5")),
        ("0.5", Decimal("0.5")),
        (4, Decimal(4)),
        ("4", Decimal(4)),
        ("16Gi", Decimal(16 * 1024**3)),
        ("16384Mi", Decimal(16 * 1024**3)),
        ("16G", Decimal(16 * 1000**3)),
        ("64k", Decimal(64000)),
        ("-1", Decimal(-1)),
        ("", None),
        ("Gi", None),
        ("16GB", None),
        ("16 Gi", None),
        ("1.2.3", None),
        ("memory", None),
        (None, None),
        (True, None),
        ("²", None),
    ],
)
def test_quantity(text: Any, number: Decimal | None) -> None:
    assert quantity(text) == number


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert quantity(text) is None or isinstance(quantity(text), Decimal)
