# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Getting the pinned chart, pulled once or from this host, and keeping it by its digest."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..command import find_program, run
from ..errors import PopsinkError
from ..login_file import login_file
from .archive import packed

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")

HELM_REMEDY = "Install Helm 3.8 or later on the host that reaches the cluster, or give its path in popsink_helm."

_REGISTRY = "oci://"

_REFERENCES = (
    "Give for instance oci://ghcr.io/popsink/charts/data-plane, or the absolute path of a packaged chart or of a "
    "chart's folder on the host that reaches the cluster."
)

#: Names of kept archives; the digest in them tells whether one is still what was put there.
_KEPT = re.compile(r"sha256-[0-9a-f]{64}\.tgz")

#: Folders in which a pull is under way, and the seconds after which one has been killed: Helm is given fewer.
_UNFINISHED, _ABANDONED = "pull-", 900

#: Docker Hub's logins stand under this name, whichever of its own a reference has.
_DOCKER_HUB, _DOCKER_LOGIN = ("docker.io", "index.docker.io", "registry-1.docker.io"), "https://index.docker.io/v1/"


#: How the names of the inputs begin that say where a deployment's own chart is.
INPUTS = "popsink_chart"


@dataclass(frozen=True)
class _Cause:
    """Why a pull failed.

    :ivar words: pattern of what Helm prints, in either case.
    :ivar remedy: what to do; ``{login}`` stands for where the login was taken from, and ``{inputs}`` for how the names
        of the inputs begin that say where the chart is.
    """

    words: str
    remedy: str


#: As Helm 3 and 4 word it. The first that is found counts.
_CAUSES = (
    _Cause(
        r"HTTP response to HTTPS client|first record does not look like a TLS handshake",
        "The registry does not speak HTTPS there: correct {inputs}_ref, or set {inputs}_plain_http to "
        "true where it is meant to be unencrypted.",
    ),
    _Cause(
        r"HTTP request to an HTTPS server|http://.*(?:400 Bad Request|status code 400\b)",
        "The registry takes no plain HTTP there: set {inputs}_plain_http to false.",
    ),
    _Cause(
        r"TLS config|append certificates|CA file",
        "Have popsink_chart_ca_file name a file of PEM certificates on the host that reaches the cluster.",
    ),
    _Cause(
        r"unknown authority|not trusted",
        "Put the certificate of the authority that signed the registry's into popsink_ca_certificates, or name a file "
        "with it, on the host that reaches the cluster, in popsink_chart_ca_file.",
    ),
    _Cause(
        r"x509: |certificate",
        "The registry's certificate is for another name or has expired: correct the host in {inputs}_ref, or "
        "have the certificate renewed; popsink_chart_ca_file is of no help there.",
    ),
    _Cause(
        r"no such host|name resolution|server misbehaving|lookup ",
        "Correct the host in {inputs}_ref, or name a mirror there that this host can resolve.",
    ),
    _Cause(
        r"connection refused|timeout|deadline exceeded|unreachable|no route|connection reset|proxyconnect|\bEOF\b",
        "Check host and port in {inputs}_ref, and that this host reaches them (or its HTTPS_PROXY); without a "
        "way there, name a mirror, or a file of this host, in {inputs}_ref.",
    ),
    _Cause(
        r"unauthorized|forbidden|denied|credential|authentication required|status code 40[13]\b",
        "Check {login}, and that {inputs}_ref names a chart that this user may pull.",
    ),
    _Cause(
        r"invalid.reference",
        f"{{inputs}}_ref is no reference. {_REFERENCES}",
    ),
    _Cause(
        r"not found|manifest.unknown|name.unknown|could not locate|unable to locate",
        "There is no such version at {inputs}_ref: check popsink_chart_version, and that a mirror holds it.",
    ),
)

_GENERAL = "Check popsink_chart_version, {inputs}_ref, and that this host reaches the registry."


@dataclass(frozen=True)
class Access:
    """How a registry is reached.

    :ivar plain_http: without TLS.
    :ivar username: empty for the login that Helm keeps for whoever runs it.
    :ivar password: that user's.
    :ivar ca_file: path of the CA certificates of the registry; empty for those of the system.
    :ivar inputs: how the names of the inputs begin that say where the chart is and whether there is TLS.
    """

    plain_http: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    inputs: str = INPUTS


def cache_folder() -> Path:
    """Where charts are kept, ``$XDG_CACHE_HOME/popsink`` or ``~/.cache/popsink``.

    Users of pods have no home, or one that is not theirs: they get a folder among the temporary files.

    :raises PopsinkError: that folder is somebody else's.
    """
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "popsink" / "charts"
    try:
        own = Path.home() / ".cache" / "popsink"
    except RuntimeError:
        return _temporary_folder() / "charts"
    # Path.exists() ends with an error where a folder on the way is closed.
    there = next(folder for folder in (own, *own.parents) if os.path.exists(folder))  # noqa: PTH110
    return (own if os.access(there, os.W_OK | os.X_OK) else _temporary_folder()) / "charts"


def _temporary_folder() -> Path:
    """A folder that others cannot have prepared, since charts are taken from it as they are."""
    folder = Path(tempfile.gettempdir()) / f"popsink-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PopsinkError(
            f"The folder {folder} for charts is not this user's alone.",
            remedy="Remove it, or set XDG_CACHE_HOME to another place.",
        )
    return folder


def is_local(ref: str) -> bool:
    """Whether a reference is a path on this host rather than a registry's."""
    return not ref.startswith(_REGISTRY)


def local_chart(ref: str, *, cache: Path, inputs: str = INPUTS) -> Path:
    """The archive of a chart that is on this host, copied into the cache; read each time, since it may have changed.

    :param ref: absolute path of a packaged chart, or of a chart's folder; ``~`` is this user's home.
    :param inputs: as in :class:`Access`.
    :raises PopsinkError: there is none, or it cannot be read.
    """
    _check_no_login(ref, inputs)
    path = Path(ref)
    with suppress(RuntimeError):
        path = path.expanduser()
    if not path.is_absolute():
        raise PopsinkError(
            f"{inputs}_ref is {ref!r}, which is neither a reference to a registry nor an absolute path.",
            remedy=_REFERENCES,
        )
    try:
        content = packed(path) if path.is_dir() else path.read_bytes()
    except OSError as error:
        raise PopsinkError(
            f"{inputs}_ref is {ref}, which cannot be read on the host that reaches the cluster: "
            f"{error.strerror or error}.",
            remedy=f"Copy the packaged chart, or its folder, there, or correct {inputs}_ref.",
        ) from error
    with _workplace(cache) as folder:
        return _keep(content, cache, folder)


def pulled_chart(ref: str, version: str, *, helm: str, cache: Path, access: Access | None = None) -> Path:
    """The archive of a registry's chart, from the cache where it is there.

    A version is taken to be what it was when it was first pulled: registries of releases do not change them.

    :param ref: ``oci://`` reference without version.
    :raises PopsinkError: no such version, no access, or no Helm.
    """
    access = access or Access()
    _check_version(version)
    _check_registry(ref, access)
    pointer = cache / "refs" / hashlib.sha256(f"{ref}@{version}".encode()).hexdigest()
    kept = _pointed_at(pointer, cache)
    if kept and _intact(kept):
        return kept
    try:
        return _pull(ref, version, find_program(helm, remedy=HELM_REMEDY), access, cache, pointer)
    except PopsinkError as error:
        if kept and kept.exists():
            raise PopsinkError(f"The kept chart {kept} is damaged, and pulling it again failed. {error}") from error
        raise


def _check_version(version: str) -> None:
    if not version:
        raise PopsinkError(
            "popsink_chart_version is not set.",
            remedy="Set it to the version that the control plane names for this deployment, "
            "for instance 0.1.0-alpha.205.",
        )
    if not _VERSION.fullmatch(version):
        raise PopsinkError(
            f"popsink_chart_version is {version!r}, which is not a version.",
            remedy="Give one exact version, for instance 0.1.0-alpha.205; ranges and latest are not taken.",
        )


def _check_registry(ref: str, access: Access) -> None:
    if is_local(ref):
        raise PopsinkError(f"{access.inputs}_ref is {ref!r}, which is no reference to a registry.", remedy=_REFERENCES)
    _check_no_login(ref, access.inputs)
    if bool(access.username) != bool(access.password):
        given, lacking = ("username", "password") if access.username else ("password", "username")
        raise PopsinkError(
            f"popsink_chart_{given} is set, and popsink_chart_{lacking} is not.",
            remedy="Set both, or neither to use the login that Helm keeps.",
        )
    if ":" in access.username:
        raise PopsinkError("popsink_chart_username has a colon in it, which no registry takes.", remedy="Correct it.")
    try:
        if access.ca_file:
            Path(access.ca_file).read_bytes()
    except OSError as error:
        raise PopsinkError(
            f"popsink_chart_ca_file is {access.ca_file}, which cannot be read on the host that reaches the cluster: "
            f"{error.strerror or error}.",
            remedy="Copy the certificate there, or correct the path.",
        ) from error


def _check_no_login(ref: str, inputs: str) -> None:
    if "://" in ref and "@" in ref.partition("@sha256:")[0]:
        # Not shown: what stands before the sign may be a password.
        raise PopsinkError(
            f"{inputs}_ref holds a user's name or password.",
            remedy="Give them in popsink_chart_username and popsink_chart_password.",
        )


def _host(ref: str) -> str:
    return ref.removeprefix(_REGISTRY).partition("/")[0]


def _pointed_at(pointer: Path, cache: Path) -> Path | None:
    """The archive that was pulled for a reference, when any was."""
    try:
        name = pointer.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return cache / name if _KEPT.fullmatch(name) else None


def _intact(archive: Path) -> bool:
    """Whether a kept archive is there, and what its name says."""
    try:
        return archive.name == _name_of(archive.read_bytes())
    except OSError:
        return False


def _name_of(content: bytes) -> str:
    return f"sha256-{hashlib.sha256(content).hexdigest()}.tgz"


@contextmanager
def _workplace(cache: Path) -> Iterator[Path]:
    """A folder within the cache that only this user can enter, gone at the end."""
    try:
        (cache / "refs").mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        with tempfile.TemporaryDirectory(dir=cache, prefix=_UNFINISHED) as folder:
            yield Path(folder)
    except OSError as error:
        raise PopsinkError(
            f"The folder {cache} for charts cannot be written: {error.strerror or error}.",
            remedy="Make room or give write access there, or set XDG_CACHE_HOME to another place.",
        ) from error


def _sweep(cache: Path) -> None:
    """Remove what a killed run left; on systems without files in memory, a login may be among it."""
    for folder in cache.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                shutil.rmtree(folder)


def _pull(ref: str, version: str, helm: str, access: Access, cache: Path, pointer: Path) -> Path:
    with _workplace(cache) as folder:
        argv = [helm, "pull", ref, "--version", version, "--destination", str(folder)]
        with _options(ref, access, folder) as options:
            done = run([*argv, *options])
        pulled = list(folder.glob("*.tgz"))
        if done.returncode != 0 or len(pulled) != 1:
            raise _refusal(ref, version, access, done.stderr)
        archive = _keep(pulled[0].read_bytes(), cache, folder)
        _put(archive.name.encode(), pointer, folder)
    return archive


@contextmanager
def _options(ref: str, access: Access, folder: Path) -> Iterator[list[str]]:
    options = ["--plain-http"] if access.plain_http else []
    if access.ca_file:
        options += ["--ca-file", access.ca_file]
    if not access.username:
        yield options
        return
    # Helm 3 reads it twice, so that it cannot be its standard input; on the command line it would be seen.
    with login_file(json.dumps(_login(_host(ref), access)), folder) as login:
        yield [*options, "--registry-config", login]


def _login(host: str, access: Access) -> dict[str, dict[str, dict[str, str]]]:
    """What ``helm registry login`` would write."""
    encoded = base64.b64encode(f"{access.username}:{access.password}".encode()).decode()
    names = (host, _DOCKER_LOGIN) if host in _DOCKER_HUB else (host,)
    return {"auths": {name: {"auth": encoded} for name in names}}


def _refusal(ref: str, version: str, access: Access, stderr: str) -> PopsinkError:
    reason = _last_line(stderr)
    # What the reference itself is called says nothing of the cause.
    told = reason.replace(ref.removeprefix(_REGISTRY), "")
    remedy = next((cause.remedy for cause in _CAUSES if re.search(cause.words, told, re.IGNORECASE)), _GENERAL)
    login = (
        "popsink_chart_username and popsink_chart_password"
        if access.username
        else "the login of the host that reaches the cluster (helm registry login)"
        # They are for the registry of a deployment's own chart.
        + (", or set popsink_chart_username and popsink_chart_password" if access.inputs == INPUTS else "")
    )
    return PopsinkError(
        f"Chart {ref} {version} could not be pulled: {reason}.",
        remedy=remedy.replace("{login}", login).replace("{inputs}", access.inputs),
    )


def _keep(content: bytes, cache: Path, folder: Path) -> Path:
    """The archive in the cache, put there where it is not, or no longer what its name says."""
    archive = cache / _name_of(content)
    if not _intact(archive):
        _put(content, archive, folder)
    return archive


def _put(content: bytes, place: Path, folder: Path) -> None:
    """Write a file by renaming, so that two runs at once see whole files only."""
    written = folder / "written"
    written.write_bytes(content)
    written.replace(place)


def _last_line(text: str) -> str:
    """Helm's error; behind it there may be a trace of the program's calls."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("Error:")]
    return (errors or lines or ["Helm gave no reason"])[-1].rstrip(".")
