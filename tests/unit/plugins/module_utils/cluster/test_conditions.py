"""What objects say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.conditions import is_ready

READY = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        ({"conditions": [{"type": "PodScheduled", "status": "True"}, READY]}, True),
        ({"conditions": [{**READY, "status": "False"}]}, False),
        ({"conditions": [{"type": "PodScheduled", "status": "True"}]}, False),
        ({"conditions": None}, False),
        (None, False),
    ],
)
def test_is_ready(status: dict[str, Any] | None, ready: bool) -> None:
    assert is_ready({"status": status}) is ready
