"""What stands for the pod in which AWX runs a job: processes of its own, and a user whom nobody knows.

As on OpenShift: a random user of the group root, a home that cannot be written to, a temporary folder that nobody else
has, and of this machine only what an execution environment brings. When its first process ends, all others do.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .killing import started_by

#: As OpenShift chooses it for a namespace.
USER = 1000600000

#: Where the pod has the job's private data directory, and a home.
RUNNER, HOME = Path("/mnt/runner"), Path("/mnt/home")

#: Its own programs, beside those of Python's environment.
_BIN = Path("/mnt/bin")

#: A pod that is deleted is given that long.
_GRACE = 30


def start(folder: Path, project: Path, helm: Path, *command: str) -> subprocess.Popen[bytes]:
    """Start a program of Python's environment in a pod, with its input and output as pipes.

    :param folder: what is the pod's own: `runner` and `tmp`.
    :param project: the checkout, which the pod sees and cannot write to.
    """
    for name in ("runner", "tmp"):
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        os.chown(own, USER, 0)
    environment = Path(sys.prefix).resolve()
    # The interpreter that a virtual environment leads to may lie in somebody's home.
    needed = [environment, Path(sys.base_prefix).resolve()]
    variables = {"HOME": str(HOME), "PATH": f"{_BIN}:{environment / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    script = [shlex.join(argv) for argv in _mounts(folder, project, helm, needed)]
    script.append("exec " + shlex.join(_as_user(variables, environment / "bin" / command[0], *command[1:])))
    argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
    return subprocess.Popen(
        [*argv, "sh", "-euc", "\n".join(script)], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def delete(pod: subprocess.Popen[bytes]) -> None:
    """End it as the cluster ends a pod that is deleted: its first process is asked, and all are killed later."""
    for first in list(started_by(pod.pid))[:1]:
        with suppress(ProcessLookupError):
            os.kill(first, signal.SIGTERM)
    try:
        pod.wait(_GRACE)
    except subprocess.TimeoutExpired:
        pod.kill()
        pod.wait()


def _mounts(folder: Path, project: Path, helm: Path, needed: list[Path]) -> list[list[str]]:
    """What is mounted in place of the machine's own folders, in order."""
    closed = {inner for path in needed if (inner := _closed(path)) and not inner.is_relative_to("/tmp")}
    hidden = [Path("/tmp"), *sorted(closed)]
    behind = [path for path in needed if any(path.is_relative_to(place) for place in hidden)]
    kept = {path: f"/mnt/kept/{number}" for number, path in enumerate(behind)}
    return [
        ["mount", "-t", "tmpfs", "-o", "mode=755", "none", "/mnt"],
        ["mkdir", "-p", str(RUNNER), str(HOME), str(_BIN), "/mnt/tmp", *kept.values()],
        ["mount", "--bind", str(folder / "runner"), str(RUNNER)],
        ["mkdir", "-p", str(RUNNER / "project")],
        ["mount", "--bind", "-o", "ro", str(project), str(RUNNER / "project")],
        ["cp", str(helm), str(_BIN / "helm")],
        *(["mount", "--bind", str(path), place] for path, place in kept.items()),
        ["mount", "--bind", str(folder / "tmp"), "/mnt/tmp"],
        ["mount", "--move", "/mnt/tmp", "/tmp"],
        *(["mount", "-t", "tmpfs", "-o", "mode=755", "none", str(path)] for path in sorted(closed)),
        *(["mkdir", "-p", str(path)] for path in kept),
        *(["mount", "--move", place, str(path)] for path, place in kept.items()),
    ]


def _as_user(variables: Mapping[str, str], program: Path, *arguments: str) -> list[str]:
    argv = [
        "setpriv",
        f"--reuid={USER}",
        "--regid=0",
        "--clear-groups",
        "--no-new-privs",
        "env",
        "--ignore-environment",
    ]
    return [*argv, *(f"{name}={value}" for name, value in variables.items()), str(program), *arguments]


def _closed(path: Path) -> Path | None:
    """The uppermost folder on the way to a path that others cannot enter."""
    closed = [folder for folder in path.parents if not folder.stat().st_mode & 0o001]
    return closed[-1] if closed else None
