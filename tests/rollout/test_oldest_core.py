"""The oldest ansible-core that is claimed does the same."""

from __future__ import annotations

import pytest

from .conftest import rolled_out


def test_rollout_and_second_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    rollout = rolled_out("oldest", tmp_path_factory.mktemp("oldest"), environment=".venv-oldest")
    assert rollout.deployed.at_control_plane()["state"] == "Connected"
    shown = [name for name, value in rollout.deployed.secret_values().items() if value in rollout.first.output]
    assert shown == []
    second = rollout.playbook.run()
    assert (second.code, second.changed) == (0, 0)
