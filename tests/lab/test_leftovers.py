"""That a lab that ends, however it ends, leaves nothing on the machine, and comes back with what it held."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab import cgroups
from tests.lab.conftest import Kubectl
from tests.lab.lab import CHECKOUT, Lab, find
from tests.lab.probe import wait
from tests.lab.process import holders
from tests.lab.supervision import Supervisor

pytestmark = pytest.mark.long

NAME = f"leave{os.getpid()}"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.lab", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "LAB": NAME},
        capture_output=True,
        text=True,
        check=False,
    )


def traces(lab: Lab) -> list[str]:
    """Everything of a lab that can be seen from outside, but its files."""
    found = [f"interface {path.name}" for path in Path("/sys/class/net").glob(lab.network.interface)]
    found += [f"cgroup {path}" for path in cgroups.remains(lab.network.interface)]
    found += [f"mount {line}" for line in Path("/proc/self/mounts").read_text().splitlines() if str(lab.root) in line]
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{lab.root}/" in words or f"{lab.root} " in words:
            found.append(f"process {words}")
    return found


def machine() -> dict[str, object]:
    """What no lab may change on the host."""
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    routes = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
    folders = [Path(name) for name in ("/run", "/var/lib", "/var/log", "/opt", "/etc/cni")]
    return {
        "rules": rules,
        "routes": sorted(line for line in routes.splitlines() if "popsink-lab" not in line),
        "folders": {str(path): sorted(path.glob("*")) for path in folders},
        "namespaces": sorted(Path("/run/netns").glob("*")),
        "volumes": Path("/tmp/hostpath_pv").exists(),
    }


@pytest.fixture(scope="module")
def before() -> dict[str, object]:
    return machine()


@pytest.fixture(scope="module")
def lab(before: dict[str, object]) -> Iterator[Lab]:
    """A second lab, with a pod in it."""
    try:
        started = command("up")
        assert started.returncode == 0, started.stderr
        made = find(NAME)
        assert made
        deploy(made)
        yield made
    finally:
        command("destroy")


def deploy(lab: Lab) -> None:
    kubectl = Kubectl(lab, "default")
    kubectl("create", "deployment", "held", f"--image={lab.network.registry}/popsink/lab/pause:1")
    kubectl("rollout", "status", "deployment/held", "--timeout=60s")


def kill_init(lab: Lab) -> None:
    found = holders(lab)
    assert found
    found.init.send(signal.SIGKILL)


def kill_keeper_and_sweep(lab: Lab) -> None:
    found = holders(lab)
    assert found
    found.keeper.send(signal.SIGKILL)
    # Even the one that cleans up: what it would have removed, the next `down` does.
    assert wait(lambda: not found.init.alive, 5)
    assert command("down").returncode == 0


def stop(_lab: Lab) -> None:
    assert command("down").returncode == 0


@pytest.mark.parametrize("end", [stop, kill_init, kill_keeper_and_sweep])
def test_nothing_is_left_and_everything_comes_back(
    lab: Lab, before: dict[str, object], end: Callable[[Lab], None]
) -> None:
    assert command("up").returncode == 0
    kubectl = Kubectl(lab, "default")
    uid = kubectl.get("deployment", "held")["metadata"]["uid"]
    end(lab)
    wait(lambda: not traces(lab), 10)
    assert traces(lab) == []
    assert machine() == before

    assert command("up").returncode == 0
    assert kubectl.get("deployment", "held")["metadata"]["uid"] == uid
    assert wait(lambda: kubectl.get("deployment", "held")["status"].get("readyReplicas") == 1, 60)


def test_a_program_that_ends_is_named_with_its_log_and_started_again(lab: Lab) -> None:
    assert command("up").returncode == 0
    found = holders(lab)
    assert found
    supervisor = Supervisor(found.init.pid)
    before = next(process for process in supervisor.processes() if process.name == "minio")
    inside = ["nsenter", f"--target={found.init.pid}", "--pid", "--mount", "kill", "-9", str(before.pid)]
    subprocess.run(inside, check=True)
    assert wait(lambda: any(process.dead for process in supervisor.processes()), 5)

    status = command("status")
    assert status.returncode == 1
    assert "minio ended" in status.stdout
    again = command("up")
    assert again.returncode == 0
    assert "minio ended" in again.stdout
    assert json.loads(lab.description.read_text())["index"] == lab.index
    assert command("status").returncode == 0
