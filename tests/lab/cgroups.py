"""The lab's own cgroup, beneath which the kubelet makes those of the pods. Versions 1 and 2 of the interface."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from .probe import wait

ROOT = Path("/sys/fs/cgroup")


def hierarchies() -> list[Path]:
    """One for each controller in version 1, a single one in version 2."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [
        folder
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.is_symlink() and (folder / "cgroup.procs").exists()
    ]


def make(name: str) -> None:
    for hierarchy in hierarchies():
        own = hierarchy / name
        own.mkdir(exist_ok=True)
        if (own / "cpuset.cpus").exists() and hierarchy != ROOT:
            # Version 1 starts a set of processors empty, and nothing can run in it.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                (own / setting).write_text((hierarchy / setting).read_text())
        if hierarchy == ROOT:
            for folder, controller in itertools.product((ROOT, own), ("cpu", "cpuset", "memory", "pids")):
                # The kubelet says which one it misses, if the machine does not give it.
                with contextlib.suppress(OSError):
                    (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def remains(name: str) -> list[Path]:
    """Its folders, innermost first."""
    return [
        folder for hierarchy in hierarchies() if (hierarchy / name).exists() for folder in _beneath(hierarchy / name)
    ]


def remove(name: str) -> bool:
    """Whether all are gone; processes that were killed a moment ago may still hold one."""
    return wait(lambda: _try_to_remove(name), 10)


def _try_to_remove(name: str) -> bool:
    for folder in remains(name):
        try:
            folder.rmdir()
        except OSError:
            return False
    return True


def _beneath(top: Path) -> Iterator[Path]:
    for folder, _subfolders, _files in os.walk(top, topdown=False):
        yield Path(folder)
