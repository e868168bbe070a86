"""Suggestions for names that nobody knows."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.names import did_you_mean, nearest

KNOWN = ("popsink_bucket", "popsink_bucket_region", "ingressUrl", "replicaCount")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("popsink_buckett", "popsink_bucket"),
        ("popsink_bucket_regoin", "popsink_bucket_region"),
        ("ingressurl", "ingressUrl"),
        ("REPLICACOUNT", "replicaCount"),
        ("something", ""),
    ],
)
def test_nearest(name: str, found: str) -> None:
    assert nearest(name, KNOWN) == found


@pytest.mark.parametrize(("name", "question"), [("ingressurl", "Did you mean ingressUrl?"), ("something", "")])
def test_did_you_mean(name: str, question: str) -> None:
    assert did_you_mean(name, KNOWN) == question


def test_nearest_of_nothing() -> None:
    assert nearest("popsink_bucket", ()) == ""
