"""A large cluster: hundreds of nodes and thousands of pods cost hardly more than reading them."""

from __future__ import annotations

import statistics
import subprocess
import time
from pathlib import Path

import pytest

from tests.lab.kwok import simulated

from .looking import Place
from .playbook import LAB

pytestmark = pytest.mark.alone

NODES, PODS = 500, 2000

#: Seconds beyond what one kubectl takes to read the same.
MORE = 2.0


# Its nodes come and go in forty seconds, and building the program that plays them takes minutes.
@pytest.mark.long
def test_a_large_cluster(tmp_path: Path) -> None:
    place = Place(tmp_path)
    argv = [place.deployed.lab["kubectl"], f"--kubeconfig={place.deployed.lab['kubeconfig']}"]
    argv += ["get", "nodes,pods", "--all-namespaces", "--output=json"]
    read, looked, whole = [], [], []
    with simulated(LAB, nodes=NODES, pods=PODS):
        place.look()
        for _turn in range(3):
            began = time.monotonic()
            subprocess.run(argv, capture_output=True, check=True)
            read.append(time.monotonic() - began)
            began = time.monotonic()
            found = place.look()
            whole.append(time.monotonic() - began)
            looked.append(found.seconds)
            assert found.ids("fail") == set()
            assert f"of {NODES + 1} nodes" in found.findings["cluster.nodes"]["found"]
    place.clean()
    print(f"kubectl {read}, the checks {looked}, the whole run {whole}")
    assert statistics.median(looked) < statistics.median(read) + MORE
