"""The build context, as `make execution-environment` makes it, and what a build without Galaxy has in it instead."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import sys
import sysconfig
import tarfile
from pathlib import Path

import yaml

from tests.lab.cache import artefact, digest
from tests.lab.command import run
from tests.tools.environment import ROOT

#: Where the Makefile has it.
CONTEXT = ROOT / "dist/execution-environment/context"
#: What the definition refers to.
_SOURCES = ("execution-environment.yml", "requirements.yml", "requirements")
_TOOLS = Path(sys.executable).parent


def create(into: Path) -> Path:
    """The context of this checkout, in a folder in which nothing else is looked for."""
    for name in _SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, into / name)
    build_collection(ROOT, into / "dist/execution-environment/collection")
    run(
        [_TOOLS / "ansible-builder", "create", "--context", into / "context", "--output-filename", "Containerfile"],
        cwd=into,
    )
    return into / "context"


def build_collection(source: Path, into: Path) -> None:
    run([_TOOLS / "ansible-galaxy", "collection", "build", "--output-path", into], cwd=source)


def settled(archive: Path) -> None:
    """An archive has its time in it: take the earlier one in place of one with the same content."""
    with tarfile.open(archive) as packed:
        manifest = packed.extractfile("MANIFEST.json")
        assert manifest
        key = digest([manifest.read()])

    def make(into: Path) -> None:
        shutil.copy(archive, into)

    shutil.copy(artefact("collection", key, make) / archive.name, archive)


def without_galaxy(context: Path) -> None:
    """Have the collections of requirements.yml come from archives in the context.

    Galaxy is not reached where this collection is built. The archives hold what the locked package `ansible` carries of
    these collections, packed again, since it leaves out files that their own lists name.
    """
    file = context / "_build/requirements.yml"
    names = sorted(entry["name"] for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["collections"])

    def make(into: Path) -> None:
        for name in names:
            _packed(name, into)

    made = artefact(
        "collections",
        digest([importlib.metadata.version("ansible"), *names]),
        make,
        note="archives of the collections that Galaxy would give (seconds)",
    )
    shutil.copytree(made, context / "_build/collections")
    archives = [f"collections/{archive.name}" for archive in sorted(made.glob("*.tar.gz"))]
    file.write_text(json.dumps({"collections": [{"name": archive, "type": "file"} for archive in archives]}))


def _packed(name: str, into: Path) -> None:
    copy = into / name
    shutil.copytree(Path(sysconfig.get_path("purelib"), "ansible_collections", *name.split(".")), copy)
    manifest = json.loads((copy / "MANIFEST.json").read_text(encoding="utf-8"))
    for description in ("MANIFEST.json", "FILES.json"):
        (copy / description).unlink()
    (copy / "galaxy.yml").write_text(yaml.safe_dump(manifest["collection_info"]))
    build_collection(copy, into)
    shutil.rmtree(copy)
