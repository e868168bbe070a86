"""A bucket whose broker keeps to its prefix."""

from __future__ import annotations

from tests.lab.deployed import Deployed


def test_broker_keeps_its_objects_under_the_prefix(deployed: Deployed) -> None:
    keys = deployed.objects()
    assert keys
    assert [key for key in keys if not key.startswith("kafka/")] == []
