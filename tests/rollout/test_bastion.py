"""The same inventory over SSH to a bastion: the modules run there, with the same result as on a local connection."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.deployed import RELEASE, forms_of

from .conftest import SMALL, Rollout
from .playbook import ROOT, Playbook


@pytest.fixture(scope="module")
def bastion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """An SSH server on loopback; gives the variables that lead to it."""
    folder: Path = tmp_path_factory.mktemp("bastion")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
    )
    # Where the server drops its privileges to; Debian makes it when the service starts.
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"], stderr=subprocess.PIPE)
    try:
        _wait_for(port)
        yield {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(folder / "user"),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={folder}/known_hosts -o ControlPath=none",
            "ansible_python_interpreter": str(ROOT / ".venv/bin/python"),
        }
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _attempt in range(50):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("sshd does not listen")


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
