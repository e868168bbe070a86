"""One lab: its name, its index, and where its files are."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import network
from .errors import LabError
from .network import Network

#: The checkout.
CHECKOUT = Path(__file__).resolve().parents[2]
#: What is built once and kept across checkouts.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "popsink-lab"


@contextmanager
def locked(file: Path, *, waiting: str = "") -> Iterator[None]:
    """Hold a lock file; says what it waits for when another process has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                print(waiting, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write(file: Path, text: str, mode: int = 0o600) -> bool:
    """Write a file at once or not at all; says whether its text changed."""
    if file.exists() and file.read_text() == text:
        file.chmod(mode)
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as handle:
        handle.write(text)
    new.rename(file)
    return True


@dataclass(frozen=True)
class Lab:
    """Files of a lab. What is under `state` outlives a stop; `config` and `logs` are written anew."""

    name: str
    root: Path
    index: int

    @property
    def network(self) -> Network:
        return Network(self.index)

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def pki(self) -> Path:
        return self.state / "pki"

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def pull_token(self) -> Path:
        return self.root / "gar.json"

    @property
    def description(self) -> Path:
        return self.root / "lab.json"

    @property
    def running(self) -> Path:
        """Which processes hold the lab, while it runs."""
        return self.root / "running.json"

    def secret(self, name: str) -> str:
        """A random text, made when it is first asked for."""
        file = self.state / "secrets.json"
        known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(24)
            write(file, json.dumps(known, indent=2))
        return known[name]


def at(root: Path) -> Lab:
    """The lab whose files are in this folder, for programs that are handed it and need no name."""
    return Lab("", root, int((root / "state" / "index").read_text()))


def folder(name: str) -> Path:
    """Where the files of a lab of this name are."""
    if not re.fullmatch(r"[a-z0-9-]{0,20}", name):
        raise LabError(f"LAB={name}: a lab's name is up to 20 small letters, digits and hyphens")
    return CHECKOUT / (f".lab-{name}" if name else ".lab")


def find(name: str) -> Lab | None:
    """The lab of this name, if it was ever started."""
    root = folder(name)
    index = root / "state" / "index"
    return Lab(name, root, int(index.read_text())) if index.exists() else None


def find_or_make(name: str) -> Lab:
    """The lab of this name; a new one gets an index that no other lab on this machine has, running or stopped."""
    with locked(CACHE / "labs.lock"):
        register = CACHE / "labs.json"
        known: dict[str, str] = json.loads(register.read_text()) if register.exists() else {}
        taken = {index: root for index, root in known.items() if _has_index(Path(root), index)}
        lab = find(name) or _make(name, taken)
        owner = taken.setdefault(str(lab.index), str(lab.root))
        if owner != str(lab.root):
            raise LabError(f"{lab.root} is a copy of {owner}, and has its addresses. Remove one of them.")
        write(register, json.dumps(taken, indent=2))
    return lab


def _make(name: str, taken: dict[str, str]) -> Lab:
    free = [i for i in range(network.LIMIT) if str(i) not in taken and not _interface(i).exists()]
    if not free:
        raise LabError(f"{network.LIMIT} labs exist on this machine, no more fit: {', '.join(taken.values())}")
    root = folder(name)
    for made in (root, root / "state"):
        made.mkdir(mode=0o700, exist_ok=True)
        made.chmod(0o700)
    write(root / "state" / "index", str(free[0]))
    return Lab(name, root, free[0])


def _has_index(root: Path, index: str) -> bool:
    file = root / "state" / "index"
    return file.exists() and file.read_text() == index


def _interface(index: int) -> Path:
    return Path("/sys/class/net") / Network(index).interface
