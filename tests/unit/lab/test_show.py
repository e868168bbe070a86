"""What is told of a deployment after `make demo`."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.lab import inventory, show
from tests.lab.lab import CHECKOUT

SAMPLE = {"id": "1", "name": "sample", "state": "LIVE"}


@pytest.mark.parametrize(
    ("heartbeats", "workers", "words"),
    [
        (0, [], "0 heartbeats; no connector yet"),
        (1, [SAMPLE], "1 heartbeat; connectors (the stand-in makes one, sample): sample is LIVE"),
        (
            2,
            [SAMPLE, SAMPLE],
            "2 heartbeats; connectors (the stand-in makes one, sample): sample is LIVE, sample is LIVE",
        ),
    ],
)
def test_told(heartbeats: int, workers: list[dict[str, Any]], words: str) -> None:
    known = {"state": "Connected", "heartbeats": heartbeats, "workers": workers}
    assert show.told(known) == f"The control plane says Connected: {words}"


def test_the_demo_is_warned_of_no_name_that_the_lab_cannot_give_it() -> None:
    assert "hosts.yml" in inventory._SHARED
    hosts = yaml.safe_load((CHECKOUT / "inventories/lab/hosts.yml").read_text("utf-8"))
    demo = hosts["data_planes"]["hosts"]["demo"]
    assert demo["popsink_verify_public_url"] is False
    assert demo["popsink_preflight_checks"] == {"ingress.dns": "off"}
