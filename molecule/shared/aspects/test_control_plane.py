"""A deployment that has a control plane, as that sees it."""

from __future__ import annotations

from tests.lab.deployed import Deployed


def test_control_plane_says_connected_and_worker_live(deployed: Deployed) -> None:
    known = deployed.at_control_plane()
    assert (known["state"], [worker["state"] for worker in known["workers"]]) == ("Connected", ["LIVE"])
