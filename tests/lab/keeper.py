"""The lab's one process outside: starts the namespaces, joins them to the host, and cleans up when they end.

`python -m tests.lab.keeper LAB_FOLDER`. If it is killed itself, the kernel ends the lab at once; then only empty
cgroups stay, and the next `up` or `down` removes them.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from . import cgroups
from . import lab as labs
from .lab import write
from .network import Network
from .probe import wait
from .process import started_at

PR_SET_PDEATHSIG = 1


def main() -> None:
    root = Path(sys.argv[1])
    lab = labs.at(root)
    # A terminal that closes, or a Ctrl-C for the command that started it, is not meant for the lab.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sweep(lab.network)
    launcher, init = _start(root)
    try:
        _join(lab.network, init)
        holders = {"keeper": os.getpid(), "init": init}
        write(
            lab.running, json.dumps({name: {"pid": pid, "started": started_at(pid)} for name, pid in holders.items()})
        )
        os.waitpid(launcher, 0)
    finally:
        _kill(launcher)
        sweep(lab.network)
        lab.running.unlink(missing_ok=True)


def sweep(network: Network) -> None:
    """Remove what the namespaces do not take with them."""
    # The kernel takes the interface a moment after the namespace's last process.
    wait(lambda: not Path("/sys/class/net", network.interface).exists(), 5)
    if Path("/sys/class/net", network.interface).exists():
        subprocess.run(["ip", "link", "delete", network.interface], check=False)
    cgroups.remove(network.interface)


def _start(root: Path) -> tuple[int, int]:
    """A launcher, which waits, and its child, the first process of the namespaces (its number as seen from here)."""
    reader, writer = os.pipe()
    launcher = os.fork()
    if launcher == 0:
        end_with_parent()
        os.unshare(os.CLONE_NEWPID)
        init = os.fork()
        if init == 0:
            end_with_parent()
            os.unshare(os.CLONE_NEWNS | os.CLONE_NEWNET | os.CLONE_NEWUTS | os.CLONE_NEWIPC)
            os.write(writer, b"\n")
            command = [sys.executable, "-m", "tests.lab.init", str(root)]
            os.execv(command[0], command)  # noqa: S606 (there is no shell on purpose)
        os.write(writer, str(init).encode())
        os.waitpid(init, 0)
        os._exit(0)
    os.close(writer)
    said = b""
    # The number and the line break come from two processes, in either order.
    while b"\n" not in said or not said.strip():
        piece = os.read(reader, 64)
        if not piece:
            sys.exit("the namespaces could not be made")
        said += piece
    return launcher, int(said)


def _join(network: Network, init: int) -> None:
    for words in (
        f"link add {network.interface} type veth peer name eth0 netns {init}",
        f"addr add {network.host}/30 dev {network.interface}",
        f"link set {network.interface} up",
        f"route add {network.pods} via {network.node}",
        f"route add {network.services} via {network.node}",
    ):
        subprocess.run(["ip", *words.split()], check=True)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends, even by kill -9."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
