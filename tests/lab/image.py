"""The container image of the stand-ins, and the pause image: layers as tar files, made without an engine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import rootfs
from .cache import artefact, digest
from .command import run
from .lab import CHECKOUT

STANDINS = CHECKOUT / "tests/lab/standins"
LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Blob:
    """Bytes in a file, named by their hash."""

    file: Path
    media_type: str

    @property
    def digest(self) -> str:
        known = self.file.with_name(self.file.name + ".sha256")
        if not known.exists():
            with self.file.open("rb") as content:
                known.write_text(f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}")
        return known.read_text()

    @property
    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.file.stat().st_size}


@dataclass(frozen=True)
class Image:
    """What a registry needs to serve it."""

    config: Blob
    layers: tuple[Blob, ...]

    @property
    def manifest(self) -> bytes:
        layers = [layer.descriptor for layer in self.layers]
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self.config.descriptor, "layers": layers}
        return json.dumps(content).encode()


def standins() -> Image:
    """Debian with Python, and the stand-ins on top."""
    base = Blob(rootfs.ensure(), LAYER)
    sources = [STANDINS] if STANDINS.is_dir() else []
    runtime = {
        "Entrypoint": ["/opt/standins/run"],
        "WorkingDir": "/",
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG=C.UTF-8",
            "PYTHONUNBUFFERED=1",
            "PYTHONDONTWRITEBYTECODE=1",
            "PYTHONPATH=/opt/standins",
        ],
    }

    def make(into: Path) -> None:
        _tar(into / "layer.tar", "opt/standins", STANDINS)
        _config(into / "config.json", runtime, [base, Blob(into / "layer.tar", LAYER)])

    made = artefact(
        "standins",
        digest([base.digest, json.dumps(runtime), *sources]),
        make,
        note="the image of the stand-ins (a second)",
    )
    return Image(Blob(made / "config.json", CONFIG), (base, Blob(made / "layer.tar", LAYER)))


def tansu(program: Path) -> Image:
    """The real broker, with the environment that the chart gives it; the chart's arguments are not looked at."""
    base = Blob(rootfs.ensure(), LAYER)
    runtime = {"Entrypoint": ["/opt/tansu/run"], "WorkingDir": "/"}
    # Its library for object stores knows the region by another name.
    entry = b'#!/bin/sh\nexport AWS_DEFAULT_REGION="$AWS_REGION"\nexec /opt/tansu/tansu broker\n'

    def make(into: Path) -> None:
        with tarfile.open(into / "layer.tar", "w") as tar:
            _add(tar, "opt/tansu/run", entry, 0o755)
            _add(tar, "opt/tansu/tansu", program.read_bytes(), 0o755)
        _config(into / "config.json", runtime, [base, Blob(into / "layer.tar", LAYER)])

    key = digest([base.digest, program, entry, json.dumps(runtime)])
    made = artefact("tansu-image", key, make, note="the image of the real Tansu (a second)")
    return Image(Blob(made / "config.json", CONFIG), (base, Blob(made / "layer.tar", LAYER)))


def pause(program: Path) -> Image:
    """A pod's first container."""
    runtime = {"Entrypoint": ["/pause"], "WorkingDir": "/"}

    def make(into: Path) -> None:
        with tarfile.open(into / "layer.tar", "w") as tar:
            _add(tar, "pause", program.read_bytes(), 0o755)
        _config(into / "config.json", runtime, [Blob(into / "layer.tar", LAYER)])

    made = artefact("pause-image", digest([program, json.dumps(runtime)]), make, note="the pause image (a second)")
    return Image(Blob(made / "config.json", CONFIG), (Blob(made / "layer.tar", LAYER),))


def busybox() -> Image:
    """A small shell with `nc`, as the public image of that name has it, made from Debian's package."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    runtime = {"Cmd": ["sh"], "Env": [f"PATH={path}"], "WorkingDir": "/"}
    accounts = {
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
        "etc/group": "root:x:0:\nnobody:x:65534:\n",
    }

    def make(into: Path) -> None:
        rootfs.extract("busybox-static", into / "package")
        program = into / "package/bin/busybox"
        applets = sorted({*run([program, "--list"]).split()} - {"busybox"})
        with tarfile.open(into / "layer.tar", "w") as tar:
            for folder, mode in (("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777), ("usr/bin", 0o755)):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, mode
                tar.addfile(entry)
            _add(tar, "bin/busybox", program.read_bytes(), 0o755)
            for link, target in (*((f"bin/{applet}", "busybox") for applet in applets), ("usr/bin/env", "/bin/env")):
                entry = tarfile.TarInfo(link)
                entry.type, entry.linkname = tarfile.SYMTYPE, target
                tar.addfile(entry)
            for name, text in accounts.items():
                _add(tar, name, text.encode(), 0o644)
        shutil.rmtree(into / "package")
        _config(into / "config.json", runtime, [Blob(into / "layer.tar", LAYER)])

    key = digest([rootfs.SUITE, json.dumps([runtime, accounts]), "busybox-static"])
    made = artefact("busybox-image", key, make, note="the image with busybox, from its Debian package (seconds)")
    return Image(Blob(made / "config.json", CONFIG), (Blob(made / "layer.tar", LAYER),))


def _config(file: Path, runtime: dict[str, Any], layers: list[Blob]) -> None:
    # Layers are not compressed, so that a layer's hash in the manifest is also that of its content here.
    content = {
        "architecture": "amd64",
        "os": "linux",
        "config": runtime,
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }
    file.write_text(json.dumps(content))


def _tar(file: Path, at: str, source: Path) -> None:
    with tarfile.open(file, "w") as tar:
        for path in sorted(source.rglob("*")) if source.is_dir() else []:
            if path.is_file() and "__pycache__" not in path.parts:
                _add(
                    tar,
                    f"{at}/{path.relative_to(source)}",
                    path.read_bytes(),
                    0o755 if os.access(path, os.X_OK) else 0o644,
                )


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
