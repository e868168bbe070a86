"""A run with nothing to change changes nothing; a check run on an empty cluster shows what would come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.deployed import Deployed

from .conftest import Rollout
from .playbook import Playbook


@pytest.mark.parametrize("options", [(), ("--check",), ("--check", "--diff")], ids=" ".join)
def test_second_run_changes_nothing(rollout: Rollout, options: tuple[str, ...]) -> None:
    before = rollout.deployed.incarnations()
    run = rollout.playbook.run(*options)
    assert (run.code, run.changed) == (0, 0)
    assert rollout.deployed.incarnations() == before


def test_no_file_is_left_behind(rollout: Rollout, tmp_path: Path) -> None:
    """The Kubernetes client writes a kubeconfig's private key to a file for as long as it works."""
    run = rollout.playbook.run(settings={"TMPDIR": str(tmp_path)})
    assert run.code == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_check_on_an_empty_cluster_shows_what_would_come(fresh: Callable[[str], tuple[Playbook, Deployed]]) -> None:
    playbook, deployed = fresh("empty")
    run = playbook.run("--check", "--diff")
    assert run.code == 0
    assert run.changed_roles == {"secrets", "pull_secret", "storage", "release", "ingress"}
    for text in (
        "popsink_admin_password: generated and vaulted",
        "release popsink: not installed yet",
        "+  ingressUrl: https://",
        "Ingress/popsink-public: missing",
    ):
        assert text in run.output
    assert deployed.kubectl("get", "namespace", "empty", "--ignore-not-found") == ""
    assert not deployed.secrets_file.exists()
