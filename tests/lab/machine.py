"""What the lab needs of the machine, and the Debian packages that bring it."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from .command import run
from .errors import LabError
from .lab import CACHE, locked
from .progress import say, step

ELSEWHERE = "Use a cluster of your own with inventories/example instead."

#: What must be there, and the package that brings it.
NEEDS = {
    "/usr/bin/etcd": "etcd-server",
    "/usr/bin/containerd": "containerd",
    "/usr/sbin/runc": "runc",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
    "/usr/bin/docker-registry": "docker-registry",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql-15",
    # For the tests with a pooler (postgresql_server.py).
    "/usr/sbin/pgbouncer": "pgbouncer",
    "/usr/bin/mmdebstrap": "mmdebstrap",
    "/usr/sbin/nft": "nftables",
    "/sbin/ip": "iproute2",
    # For the Kafka outside of the cluster: what runs it, and what fetches it.
    "/usr/lib/jvm/java-17-openjdk-amd64/bin/java": "openjdk-17-jre-headless",
    "/usr/bin/mvn": "maven",
    # For the tests that reach the cluster over a bastion, and for counting what a command starts.
    "/usr/sbin/sshd": "openssh-server",
    "/usr/bin/strace": "strace",
    # For tests: a forward proxy, and what copies images to a mirror.
    "/usr/bin/tinyproxy": "tinyproxy",
    "/usr/bin/skopeo": "skopeo",
    # For names that exist nowhere (names.py).
    "/usr/lib/x86_64-linux-gnu/libnss_wrapper.so": "libnss-wrapper",
}

POLICY = Path("/usr/sbin/policy-rc.d")


def check() -> None:
    """Refuse a machine on which the lab cannot run."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        this = f"{platform.system()} {platform.machine()}"
        raise LabError(f"The lab runs on Linux amd64 only, this is {this}. {ELSEWHERE}")
    if os.geteuid() != 0:
        raise LabError(f"The lab needs root (namespaces, mounts, containers). Start it with sudo. {ELSEWHERE}")
    for tool, package in (("go", "Go 1.26 or newer"), ("npm", "Node.js with npm")):
        if not shutil.which(tool):
            raise LabError(f"`{tool}` is missing: install {package}.")


def install_packages() -> None:
    """Install the Debian packages that are missing, and start none of their services."""
    missing = [package for needed, package in NEEDS.items() if not Path(needed).exists()]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise LabError(f"Missing: {' '.join(missing)} (names of Debian 12's packages). {ELSEWHERE}")
    with locked(CACHE / "packages.lock", waiting="another process is installing packages; waiting for it"):
        say(f"  installing Debian packages: {' '.join(missing)} (about a minute)")
        with step("Debian packages installed"):
            _install(missing)


def _install(packages: list[str]) -> None:
    had_policy = POLICY.exists()
    if not had_policy:
        # Debian's own way to say that an installation starts no service.
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], environment=quiet)
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], environment=quiet)
    finally:
        if not had_policy:
            POLICY.unlink()
    if Path("/run/systemd/system").exists():
        units = [
            f"{name}.service"
            for name in ("etcd", "containerd", "docker-registry", "postgresql", "pgbouncer", "ssh", "tinyproxy")
        ]
        # Not at the next boot either.
        run(["systemctl", "disable", *(unit for unit in units if Path("/lib/systemd/system", unit).exists())])
