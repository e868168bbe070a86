"""Kinds of objects that others bring to a cluster: Traefik's own, the Gateway API's, and OpenShift's Route.

They come from the Go modules of their makers, pinned; none is kept in the repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .binaries import TRAEFIK
from .cache import artefact, digest
from .command import run
from .errors import LabError


@dataclass(frozen=True)
class Module:
    """Files of a Go module; `checksum` is the module's in Go's checksum database."""

    name: str
    version: str
    checksum: str
    files: tuple[str, ...]

    def documents(self, folder: Path) -> Iterator[dict[str, Any]]:
        # Outside of any module, so that none has a say.
        downloaded = json.loads(run(["go", "mod", "download", "-json", f"{self.name}@{self.version}"], cwd=folder))
        if downloaded["Sum"] != self.checksum:
            raise LabError(f"{self.name} {self.version} has the checksum {downloaded['Sum']}, not {self.checksum}")
        for pattern in self.files:
            for file in sorted(Path(downloaded["Dir"]).glob(pattern)):
                yield from (item for item in yaml.load_all(file.read_text(), yaml.CSafeLoader) if item)


MODULES = (
    Module(
        TRAEFIK.module,
        TRAEFIK.version,
        TRAEFIK.checksum,
        ("docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",),
    ),
    Module(
        "sigs.k8s.io/gateway-api",
        "v1.0.0",
        "h1:iPTStSv41+d9p0xFydll6d7f7MOBGuqXM6p2/zVYMAs=",
        ("config/crd/experimental/gateway.networking.k8s.io_*.yaml",),
    ),
    # With every field of a Route, those that a cluster of today has to be asked for included.
    Module(
        "github.com/openshift/api",
        "v0.0.0-20250207102212-9e59a77ed2e0",
        "h1:5n8BKML7fkmR4tz81WI0jc722rbta4t7pzT21lcd/Ec=",
        ("route/v1/zz_generated.crd-manifests/routes-CustomNoUpgrade.crd.yaml",),
    ),
)

#: Traefik 2 knows the Gateway API under this version alone, which no release of it serves beside v1.
OLD_GATEWAY = "v1alpha2"


def file() -> Path:
    """The kinds as one list for kubectl."""
    key = digest([Path(__file__), *(part for module in MODULES for part in (module.name, module.version))])
    return artefact("kinds", key, _make, note="kinds of Traefik, Gateway API and OpenShift") / "kinds.json"


def _make(into: Path) -> None:
    items = [_for_traefik(item) for module in MODULES for item in module.documents(into)]
    (into / "kinds.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def _for_traefik(kind: dict[str, Any]) -> dict[str, Any]:
    """A kind of the Gateway API's with its v1 under the old version's name, too."""
    versions = kind["spec"]["versions"]
    names = [version["name"] for version in versions]
    if kind["spec"]["group"] == "gateway.networking.k8s.io" and "v1" in names and OLD_GATEWAY not in names:
        versions.append({**versions[names.index("v1")], "name": OLD_GATEWAY, "storage": False})
    return kind
