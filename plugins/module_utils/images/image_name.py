# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of images, as manifests write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Where images are whose name has no registry.
DOCKER_HUB = "docker.io"

_DOCKER_HUB_ALSO = ("index.docker.io", "registry-1.docker.io")

#: As registries define them: words in a row, and such rows as a path.
_ROW = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_ROW}(?:/{_ROW})*")
_REFERENCE = re.compile(r"\w[\w.-]{0,127}|[a-z0-9]+:[0-9a-f]{32,}", re.ASCII)


@dataclass(frozen=True)
class ImageName:
    """An image's name in its parts.

    :ivar host: of the registry, with its port where it has one.
    :ivar repository: path there.
    :ivar reference: digest, or else tag.
    """

    host: str
    repository: str
    reference: str


def image_name(text: str) -> ImageName | None:
    """The parts of a name, or None where it is none."""
    first, slash, rest = text.partition("/")
    named = bool(slash) and ("." in first or ":" in first or first == "localhost")
    host, path = (first, rest) if named else (DOCKER_HUB, text)
    path, _at, digest = path.partition("@")
    repository, _colon, tag = path.partition(":")
    if host in (DOCKER_HUB, *_DOCKER_HUB_ALSO):
        host = DOCKER_HUB
        repository = repository if "/" in repository else f"library/{repository}"
    reference = digest or tag or "latest"
    if not _REPOSITORY.fullmatch(repository) or not _REFERENCE.fullmatch(reference):
        return None
    return ImageName(host, repository, reference)
