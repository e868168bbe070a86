"""The first process inside the lab's namespaces: makes them a machine of their own, then becomes the supervisor.

`python -m tests.lab.init LAB_FOLDER`, started by the keeper. When this process ends, however it ends, the kernel
ends every other one in here and takes mounts, interfaces and firewall rules with them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import cgroups, inside, pki
from . import lab as labs
from .lab import CACHE, CHECKOUT, Lab
from .probe import wait

#: Folders in which programs leave things: in here they are the lab's own and empty, and vanish with it.
OWN = ("/run", "/tmp", "/var/lib", "/var/log", "/dev/shm")

#: Folders of the lab's state, and where programs find them.
STATE = {
    "volumes": inside.VOLUMES,
    "pod-logs": "/var/log",
    "kubelet": inside.KUBELET,
    "postgresql": inside.POSTGRESQL,
}


def main() -> None:
    root = Path(sys.argv[1])
    lab = labs.at(root)
    _mounts(lab)
    _network(lab)
    cgroups.make(lab.network.interface)
    os.chdir(CHECKOUT)
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(lab.config / "supervisor.conf")]
    os.execv(command[0], command)  # noqa: S606 (there is no shell on purpose)


def _mounts(lab: Lab) -> None:
    _mount("--make-rprivate", "/")
    _mount("-t", "proc", "proc", "/proc")
    kept = _keep([CHECKOUT, lab.root, CACHE, Path(sys.prefix), Path(sys.base_prefix)])
    for own in OWN:
        _mount("-t", "tmpfs", "-o", "mode=1777" if own in ("/tmp", "/dev/shm") else "mode=755", "lab", own)
    for handle, path in kept.items():
        path.mkdir(parents=True, exist_ok=True)
        # The kernel shall follow the handle; `mount` itself would follow its name, to the empty folder above it.
        _mount("--no-canonicalize", "--bind", f"/proc/self/fd/{handle}", str(path), keep=handle)
        os.close(handle)
    Path(inside.RUN).mkdir(mode=0o711)
    for folder, at in STATE.items():
        source = lab.state / folder
        source.mkdir(exist_ok=True)
        Path(at).mkdir(parents=True, exist_ok=True)
        _mount("--bind", str(source), at)
    resolver = Path("/etc/resolv.conf")
    if resolver.exists():
        # The host's servers are not reached from in here, and programs would wait for them.
        _mount("--bind", str(lab.config / "resolv.conf"), str(resolver.resolve()))
    shutil.chown(inside.POSTGRESQL, "postgres", "postgres")
    Path(inside.POSTGRESQL).chmod(0o700)


def _keep(wanted: list[Path]) -> dict[int, Path]:
    """Open those folders that are about to be covered, so that they can be put back at their places."""
    covered = {path for path in wanted if any(path.is_relative_to(own) for own in OWN)}
    outermost = sorted(path for path in covered if not any(other in path.parents for other in covered))
    return {os.open(path, os.O_PATH | os.O_DIRECTORY): path for path in outermost}


def _mount(*arguments: str, keep: int | None = None) -> None:
    subprocess.run(["mount", *arguments], check=True, pass_fds=() if keep is None else (keep,))


def _network(lab: Lab) -> None:
    subprocess.run(["hostname", pki.NODE], check=True)
    if not wait(Path("/proc/sys/net/ipv4/conf/eth0").exists, 10, every=0.01):
        sys.exit("the keeper made no network interface")
    for words in (
        "link set lo up",
        f"addr add {lab.network.node}/30 dev eth0",
        "link set eth0 up",
        f"route add default via {lab.network.host}",
    ):
        subprocess.run(["ip", *words.split()], check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


if __name__ == "__main__":
    main()
