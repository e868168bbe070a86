# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pulling the pinned chart once, and keeping it by its digest."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from ..command import find_program, run
from ..errors import PopsinkError

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")

HELM_REMEDY = "Install Helm 3.8 or later on the host that reaches the cluster, or give its path in popsink_helm."


def cache_folder() -> Path:
    """Where charts are kept, ``$XDG_CACHE_HOME/popsink`` or ``~/.cache/popsink``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "popsink" / "charts"


def pulled_chart(ref: str, version: str, *, helm: str, plain_http: bool = False, cache: Path) -> Path:
    """The chart's archive, from the cache where it is there.

    A version is taken to be what it was when it was first pulled: registries of releases do not change them.

    :param ref: ``oci://`` reference without version.
    :raises PopsinkError: no such version, no access, or no Helm.
    """
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
    if ref.startswith("-"):
        raise PopsinkError(
            f"popsink_chart_ref is {ref!r}, which is no reference to a chart.",
            remedy="Give for instance oci://ghcr.io/popsink/charts/data-plane.",
        )
    pointer = cache / "refs" / hashlib.sha256(f"{ref}@{version}".encode()).hexdigest()
    try:
        archive = cache / pointer.read_text("ascii").strip()
        if archive.is_file():
            return archive
    except (FileNotFoundError, NotADirectoryError):
        pass
    return _pull(ref, version, find_program(helm, remedy=HELM_REMEDY), plain_http, cache, pointer)


def _pull(ref: str, version: str, helm: str, plain_http: bool, cache: Path, pointer: Path) -> Path:
    try:
        pointer.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PopsinkError(
            f"The folder {pointer.parent} for pulled charts cannot be made: {error.strerror or error}.",
            remedy="Make room or give write access there, or set XDG_CACHE_HOME to another place.",
        ) from error
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        argv = [helm, "pull", ref, "--version", version, "--destination", folder]
        done = run([*argv, "--plain-http"] if plain_http else argv)
        pulled = list(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or len(pulled) != 1:
            raise PopsinkError(
                f"Chart {ref} {version} could not be pulled: {_last_line(done.stderr)}.",
                remedy="Check popsink_chart_version, popsink_chart_ref, and that this host reaches the registry.",
            )
        name = f"sha256-{hashlib.sha256(pulled[0].read_bytes()).hexdigest()}.tgz"
        # Both are put into place by renaming, so that two runs at once see whole files only.
        pulled[0].replace(cache / name)
        written = Path(folder) / "pointer"
        written.write_text(name, "ascii")
        written.replace(pointer)
    return cache / name


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "Helm gave no reason"
