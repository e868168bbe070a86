"""What the data plane says of itself to a neighbour, the broker."""

from __future__ import annotations

import pytest

from tests.lab.deployed import RELEASE, Deployed


@pytest.mark.parametrize("path", ["livez", "readyz", "healthchecks", "healthchecks/db", "healthchecks/k8s"])
def test_health_is_reported_inside_the_cluster(deployed: Deployed, path: str) -> None:
    # From the broker's pod: the way of a neighbour, through the Service and the cluster's DNS.
    program = f"import urllib.request; print(urllib.request.urlopen('http://{RELEASE}-data-plane/api/{path}').read())"
    assert "status" in deployed.inside(f"deployment/{RELEASE}-tansu", "python3", "-c", program)
