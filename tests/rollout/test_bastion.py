"""The same inventory over SSH to a bastion: the modules run there, with the same result as on a local connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lab.deployed import RELEASE, forms_of

from .conftest import SMALL, Rollout
from .playbook import Playbook


@pytest.fixture
def over_ssh(rollout: Rollout, bastion: dict[str, Any], tmp_path: Path) -> Playbook:
    """The rolled out deployment, reached through the bastion."""
    return Playbook(rollout.deployed.name, tmp_path, {**SMALL, **bastion})


def test_second_run_changes_nothing(over_ssh: Playbook) -> None:
    run = over_ssh.run()
    assert (run.code, run.changed) == (0, 0)
    assert "works: " in run.output


def test_what_was_broken_is_mended(rollout: Rollout, over_ssh: Playbook) -> None:
    vaulted = rollout.deployed.vaulted
    rollout.deployed.kubectl("delete", "secret", f"{RELEASE}-vault-jwt", f"{RELEASE}-vault-image-pull")
    rollout.deployed.kubectl("scale", f"deployment/{RELEASE}-tansu", "--replicas=2")
    run = over_ssh.run("-vvv")
    assert run.code == 0
    assert run.changed_roles == {"secrets", "pull_secret", "release"}
    assert rollout.deployed.vaulted == vaulted
    assert rollout.deployed.secret(f"{RELEASE}-vault-jwt").popitem()[1] == vaulted["popsink_jwt_secret"]
    local = rollout.playbook.run()
    assert (local.code, local.changed) == (0, 0)


def test_lost_file_is_filled_without_showing_anything(rollout: Rollout, over_ssh: Playbook) -> None:
    vaulted = rollout.deployed.vaulted
    rollout.deployed.secrets_file.unlink()
    run = over_ssh.run("-vvv")
    assert (run.code, run.changed_roles) == (0, {"secrets"})
    assert rollout.deployed.vaulted == vaulted
    shown = {
        name
        for name, value in rollout.deployed.secret_values().items()
        if any(form in run.output for form in forms_of(value))
    }
    assert shown == set()


def test_without_pipelining_no_secret_leaves_the_controller(rollout: Rollout, over_ssh: Playbook) -> None:
    run = over_ssh.run(ansible_pipelining=False)
    assert run.code != 0
    assert run.changed == 0
    assert "ansible_pipelining" in run.output
