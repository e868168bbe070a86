"""One small deployment on the lab, rolled out once; the tests break it and have it mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.deployed import Deployed

from .bastion import ssh_server
from .other_kafka import Kafka, started
from .playbook import LAB, Playbook, Run, hand_out

#: One replica each: what is tested here does not depend on their number.
SMALL = {"popsink_replicas": 1, "popsink_broker_replicas": 1}


@dataclass(frozen=True)
class Rollout:
    """A deployment with the run that made it."""

    deployed: Deployed
    playbook: Playbook
    first: Run


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """A Kafka outside of the cluster."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def rollout(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Rollout:
    """Rolled out as talkatively as Ansible can, so that the output can be searched for secrets; one a worker."""
    name = "rollout" if worker_id == "master" else f"rollout-{worker_id}"
    return rolled_out(name, tmp_path_factory.mktemp("rollout"))


def rolled_out(
    name: str, folder: Path, environment: str = ".venv", variables: Mapping[str, Any] | None = None
) -> Rollout:
    """Roll a deployment out from nothing."""
    hand_out(name)
    deployed = Deployed(LAB, name)
    deployed.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait")
    deployed.secrets_file.unlink(missing_ok=True)
    playbook = Playbook(name, folder, {**SMALL, **(variables or {})}, environment)
    first = playbook.run("-vvv", "--diff")
    assert first.code == 0, first.output[-3000:]
    return Rollout(deployed, playbook, first)


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[str], tuple[Playbook, Deployed]]:
    """A deployment that was handed out, of which nothing is on the cluster."""

    def make(name: str) -> tuple[Playbook, Deployed]:
        hand_out(name)
        deployed = Deployed(LAB, name)
        deployed.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait")
        deployed.secrets_file.unlink(missing_ok=True)
        return Playbook(name, tmp_path, SMALL), deployed

    return make


@pytest.fixture(scope="session")
def bastion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The variables that lead to an SSH server on loopback."""
    with ssh_server(tmp_path_factory.mktemp("bastion")) as variables:
        yield variables
