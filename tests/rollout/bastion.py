"""A bastion: this machine, reached over SSH."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .playbook import ROOT


@contextmanager
def ssh_server(folder: Path) -> Iterator[dict[str, Any]]:
    """An SSH server on loopback; gives the variables that lead to it, and ``server_pid``, the server's process."""
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
            "server_pid": server.pid,
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
