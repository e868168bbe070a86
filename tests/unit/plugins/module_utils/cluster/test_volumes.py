"""Volumes that an installation leaves behind."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.volumes import volumes_of


@pytest.mark.parametrize(
    ("name", "instance", "found"),
    [
        ("data-popsink-postgresql-0", "popsink", True),
        ("data-popsink-postgresql-0", None, True),
        ("cache", "popsink", True),
        ("cache", "other", False),
        ("data-other-postgresql-0", None, False),
    ],
)
def test_volumes_of(name: str, instance: str | None, found: bool) -> None:
    labels = {"app.kubernetes.io/instance": instance} if instance else None
    claim = {"metadata": {"name": name, "labels": labels}}
    assert volumes_of([claim], "popsink") == ([name] if found else [])
