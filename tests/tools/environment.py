"""Make or refresh a Python environment of this checkout from its lock file; quick when there is nothing to do.

Runs with whatever `python3` the machine has, so it uses the standard library only.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "popsink-data-plane"


@dataclass(frozen=True)
class Environment:
    """Where it stands, what it is locked to, and the Python versions that its ansible-core supports, best first."""

    folder: str
    lock: str
    pythons: tuple[str, ...]
    #: Collections of it that the checkout's own ansible-core finds beside this one, by namespace.
    lends: tuple[str, ...] = ()


ENVIRONMENTS = {
    "newest": Environment(".venv", "requirements/dev.txt", ("3.13", "3.14", "3.12")),
    "oldest": Environment(".venv-oldest", "requirements/oldest.txt", ("3.12",)),
    "awx": Environment(".venv-awx", "requirements/awx.txt", ("3.13", "3.14", "3.12"), lends=("awx",)),
}


class Missing(Exception):
    """Something that this machine lacks; the message says what to install."""


def candidates(version: str) -> Iterator[str]:
    """Where an interpreter may be: on PATH, and pyenv's, which are not on it unless they are selected."""
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted((str(p) for p in pyenv.glob(f"versions/{version}.*/bin/python{version}")), reverse=True)


def real_path(python: str) -> str | None:
    """The interpreter behind a name: a pyenv shim exists even where the version that it stands for is not selected."""
    program = "import os, sys; print(os.path.realpath(sys.executable))"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def interpreter(versions: tuple[str, ...]) -> str:
    """The first interpreter that runs; PYTHON overrides the search."""
    chosen = os.environ.get("PYTHON")
    names = [chosen] if chosen else [name for version in versions for name in candidates(version)]
    for name in names:
        found = real_path(name)
        if found:
            return found
    wanted = " or ".join(versions)
    raise Missing(f"No Python {wanted} found: install one (pyenv install {versions[0]}), or name it with PYTHON=PATH.")


def uv(python: str) -> str:
    """The installer: the one on PATH, or a pinned one in a small environment of its own, kept in the cache."""
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    lock = ROOT / "requirements/bootstrap.txt"
    folder = CACHE / f"uv-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    program = folder / "bin/uv"
    if not program.exists():
        print("Installing uv into", folder, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        if subprocess.run([python, "-m", "venv", str(folder)], check=False).returncode:
            raise Missing(f"{python} cannot make an environment: install its venv module (Debian: python3-venv).")
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
        subprocess.run(pip, check=True)
    return str(program)


def refresh(environment: Environment) -> None:
    """Install what the lock says, no more and no less."""
    folder, lock = ROOT / environment.folder, ROOT / environment.lock
    stamp, python_link = folder / ".lock-sha256", folder / "bin/python"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    alive = python_link.exists() and real_path(str(python_link)) is not None
    if alive and stamp.exists() and stamp.read_text() == digest:
        lend(environment)
        return
    python = interpreter(environment.pythons)
    installer = uv(python)
    print(f"Installing {environment.lock} into {environment.folder}", flush=True)
    if not alive:
        subprocess.run([installer, "venv", "--quiet", "--clear", "--python", python, str(folder)], check=True)
    # Not compiled at once: of the collections' twenty thousand files, few are ever imported.
    sync = [installer, "pip", "sync", "--quiet", "--require-hashes"]
    subprocess.run([*sync, "--python", str(python_link), str(lock)], check=True)
    stamp.write_text(digest)
    lend(environment)


def lend(environment: Environment) -> None:
    """Links in collections/, where ansible.cfg has Ansible look first."""
    for namespace in environment.lends:
        (source,) = (ROOT / environment.folder).glob(f"lib/python3.*/site-packages/ansible_collections/{namespace}")
        link = ROOT / "collections/ansible_collections" / namespace
        if link.is_dir() and not link.is_symlink():
            # Whoever installed it here with ansible-galaxy has it.
            continue
        if not link.is_symlink() or link.resolve() != source.resolve():
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(source, link.parent))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*ENVIRONMENTS, "uv"], default="newest")
    name = parser.parse_args().name
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        with (CACHE / "environment.lock").open("w", encoding="utf-8") as lock:
            # Two makes at once would install into the same folder.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if name == "uv":
                print(uv(interpreter(ENVIRONMENTS["newest"].pythons)))
            else:
                refresh(ENVIRONMENTS[name])
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{Path(error.cmd[0]).name} failed, see above; once that is mended, run it again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
