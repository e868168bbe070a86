"""Artefacts that are made once on a machine, and found again by a hash of what they are made from."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from .lab import CACHE, locked
from .progress import say, step


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """A short name for content: texts as they are, files and folders by what is in them."""
    total = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            total.update(hashlib.sha256(piece).digest())
    return total.hexdigest()[:16]


def artefact(name: str, key: str, make: Callable[[Path], None], *, note: str = "") -> Path:
    """The folder that `make` fills, from the cache when it is there. `note` says what is made and how long it takes."""
    ready = CACHE / f"{name}-{key}"
    if ready.exists():
        os.utime(ready)
        return ready
    with locked(CACHE / f"{name}.lock", waiting=f"another process is making {name}; waiting for it"):
        if ready.exists():
            return ready
        for unfinished in CACHE.glob(f".{name}-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        say(f"  making {note or name}")
        fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=CACHE))
        try:
            with step(f"{name} made"):
                make(fresh)
            fresh.rename(ready)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _forget_old(name, ready)
    return ready


def _forget_old(name: str, newest: Path) -> None:
    """Keep the last three: a switch between branches should not build anew, and the cache should not grow for ever."""
    others = [made for made in CACHE.glob(f"{name}-{'[0-9a-f]' * 16}") if made != newest]
    for made in sorted(others, key=lambda folder: folder.stat().st_mtime, reverse=True)[2:]:
        shutil.rmtree(made, ignore_errors=True)


def _pieces(part: str | bytes | Path) -> Iterable[bytes]:
    if isinstance(part, str):
        yield part.encode()
    elif isinstance(part, bytes):
        yield part
    elif part.is_dir():
        for file in sorted(part.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(part)).encode()
                yield str(file.stat().st_mode & 0o111).encode()
                yield file.read_bytes()
    else:
        yield part.read_bytes()
