"""The Debian file system of the stand-ins' image, made by mmdebstrap from the machine's own package sources."""

from __future__ import annotations

import re
from pathlib import Path

from .cache import artefact, digest
from .command import run
from .errors import LabError
from .lab import CHECKOUT

SUITE = "bookworm"
PACKAGES = CHECKOUT / "tests/lab/standins/packages.txt"
PYTHON = "/usr/lib/python3/dist-packages"

#: Two thirds of the size, and nothing that the stand-ins use: manuals, the compiler that PostgreSQL can do without,
#: and the descriptions of all of the cloud's services but the object store.
LEFT_OUT = (
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/lib/x86_64-linux-gnu/libLLVM*",
    "path-exclude=/usr/lib/x86_64-linux-gnu/libz3*",
    "path-exclude=/usr/lib/postgresql/15/lib/bitcode/*",
    "path-exclude=/usr/lib/postgresql/15/lib/llvmjit*",
    f"path-exclude={PYTHON}/botocore/data/*/*",
    f"path-include={PYTHON}/botocore/data/s3/*",
    f"path-include={PYTHON}/botocore/data/sts/*",
)

#: State of the packages' installation, which containers do not need.
CLEAN = (
    'rm -rf "$1"/var/lib/postgresql/* "$1"/etc/postgresql/* "$1"/var/log/* "$1"/var/cache/* "$1"/var/lib/apt/lists/*'
    ' "$1"/usr/share/i18n/locales "$1"/usr/lib/x86_64-linux-gnu/gconv "$1"/usr/lib/python3.11/__pycache__'
)


def ensure() -> Path:
    """The tar file of the file system."""
    key = digest([SUITE, *LEFT_OUT, CLEAN, *packages()])
    made = artefact("rootfs", key, _make, note="the Debian file system of the stand-ins' image (a minute, then kept)")
    return made / "rootfs.tar"


def minimal(suite: str) -> Path:
    """The folder of a Debian release as small as it comes, as images of it have it."""
    made = artefact(
        f"debian-{suite}",
        digest([suite]),
        lambda into: _bootstrap(suite, into / "root"),
        note=f"a file system with Debian {suite} (half a minute, then kept)",
    )
    return made / "root"


def _bootstrap(suite: str, into: Path) -> None:
    run(["mmdebstrap", "--variant=minbase", suite, into, "-"], stdin=_sources(suite))


def extract(package: str, into: Path) -> None:
    """Unpack one package, installing nothing."""
    run(["mmdebstrap", "--variant=extract", f"--include={package}", SUITE, into, "-"], stdin=_sources())


def packages() -> list[str]:
    """The names in the stand-ins' list."""
    lines = PACKAGES.read_text().splitlines() if PACKAGES.exists() else ["python3"]
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def _make(into: Path) -> None:
    options = [f"--dpkgopt={option}" for option in LEFT_OUT]
    include = f"--include={','.join(packages())}"
    run(
        [
            "mmdebstrap",
            "--variant=minbase",
            include,
            *options,
            f"--customize-hook={CLEAN}",
            SUITE,
            into / "rootfs.tar",
            "-",
        ],
        stdin=_sources(),
    )


def _sources(suite: str = SUITE) -> str:
    """The machine's Debian sources, in one of the two forms that apt knows; for another release, the same places."""
    folder = Path("/etc/apt")
    stanzas = [
        stanza
        for file in sorted(folder.glob("sources.list.d/*.sources"))
        for stanza in re.split(r"\n\s*\n", file.read_text())
        if SUITE in stanza and re.search(r"^URIs:.*debian", stanza, re.MULTILINE)
    ]
    if stanzas:
        return "\n\n".join(stanzas).replace(SUITE, suite) + "\n"
    lines = [
        line
        for file in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]
        if file.exists()
        for line in file.read_text().splitlines()
        if re.match(rf"deb\s.*debian.*\s{SUITE}", line)
    ]
    if not lines:
        raise LabError(f"The machine's apt sources name no Debian {SUITE}; the lab needs them and Debian 12.")
    return "\n".join(lines).replace(SUITE, suite) + "\n"
