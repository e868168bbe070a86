"""A root file system of layers, and programs in it: what a container engine does, without one.

A program gets mounts and process numbers of its own, so that nothing stays behind however it ends. It has the machine's
network, since steps that build an image fetch packages.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: The layers become one folder; then the machine's devices and resolver, and what else is bound.
_MOUNTS = """
set -eu
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER/layer,workdir=$UPPER/work" "$UPPER/root"
mount --rbind /dev "$UPPER/root/dev"
mount -t proc proc "$UPPER/root/proc"
mount -t tmpfs tmpfs "$UPPER/root/run"
bind() { mkdir -p "${2%/*}"; if [ -d "$1" ]; then mkdir -p "$2"; else touch "$2"; fi; mount --bind "$1" "$2"; }
bind /etc/resolv.conf "$UPPER/root/etc/resolv.conf"
"""

#: The path of a container in which nobody set one.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Root:
    """Folders of layers, the topmost first. Nothing is ever written to them."""

    layers: tuple[Path, ...]

    def start(
        self,
        argv: Sequence[str],
        above: Path,
        *,
        environment: Mapping[str, str],
        folder: str = "/",
        user: str = "0:0",
        binds: Mapping[Path, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a program in it.

        :param above: an empty folder on this machine; `layer` in it takes what is written.
        :param user: user and group, as numbers.
        :param binds: files and folders of this machine, and where they are found inside.
        """
        for name in ("layer", "work", "root"):
            (above / name).mkdir(parents=True, exist_ok=True)
        bound = "".join(f'bind "$BIND{i}" "$UPPER/root{at}"\n' for i, at in enumerate((binds or {}).values()))
        names = {f"BIND{i}": str(path) for i, path in enumerate(binds or {})}
        places = {"LOWER": ":".join(map(str, self.layers)), "UPPER": str(above), **names}
        # `env` clears what is for the mounts alone.
        inside = ["env", "-i", f"PATH={PATH}", *(f"{name}={value}" for name, value in environment.items())]
        enter = 'exec chroot --userspec="$0" --groups= "$UPPER/root" "$@"'
        command = [*inside, "sh", "-c", 'mkdir -p "$0" && cd "$0" && exec "$@"', folder, *argv]
        return subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"),
                *("sh", "-c", f"{_MOUNTS}{bound}{enter}", user, *command),
            ],
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
