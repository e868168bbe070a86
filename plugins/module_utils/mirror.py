# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copying chart and images: from where they are published to a registry or a folder, or from that folder to a registry.

Images are copied by skopeo, the chart by Helm. Logins are handed over in files in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .command import find_program, run
from .errors import PopsinkError
from .images.image_name import image_name
from .images.registry_login import Login, login_for
from .login_file import login_file
from .plan.mirror import mirrored

SKOPEO_REMEDY = "Install skopeo on the host that runs this (apt install skopeo), or give its path in popsink_skopeo."

#: What a folder holds: a list of its content, a folder with one for each image, and the chart's archive.
_CONTENT, _IMAGES = "mirror.json", "images"

#: Seconds for one image: they may have gigabytes.
_SECONDS = 3600.0


@dataclass(frozen=True)
class Chart:
    """The chart.

    :ivar repository: path in the registry that it was pulled from, without host.
    :ivar archive: on this host.
    """

    repository: str
    version: str
    archive: Path


@dataclass(frozen=True)
class Content:
    """What is copied: charts, and images by the names that they have where they are published."""

    charts: tuple[Chart, ...]
    images: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> Content:
        """What a folder holds.

        :raises PopsinkError: nothing that this collection put there.
        """
        try:
            said = json.loads((folder / _CONTENT).read_text("utf-8"))
            charts = (
                Chart(chart["repository"], chart["version"], folder / Path(chart["archive"]).name)
                for chart in said["charts"]
            )
            return cls(tuple(charts), tuple(said["images"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PopsinkError(
                f"popsink_mirror_folder {folder} holds no mirror that can be read ({type(error).__name__}).",
                remedy="Fill it first, where the images can be pulled: playbooks/mirror.yml without "
                "popsink_mirror_registry. Then bring the whole folder here.",
            ) from error

    def noted(self) -> str:
        """For :meth:`of`."""
        charts = [
            {"repository": chart.repository, "version": chart.version, "archive": archive_name(chart)}
            for chart in self.charts
        ]
        return json.dumps({"charts": charts, "images": list(self.images)}, indent=2) + "\n"

    def beside(self, other: Content) -> Content:
        """This and another, each thing once: deployments that share a folder do not have all in common."""
        charts = {(chart.repository, chart.version): chart for chart in (*other.charts, *self.charts)}
        return Content(tuple(charts.values()), tuple(dict.fromkeys((*other.images, *self.images))))


def archive_name(chart: Chart) -> str:
    """The name of the chart's archive in a folder."""
    return f"{chart.repository.rpartition('/')[2]}-{chart.version}.tgz"


@dataclass(frozen=True)
class Place:
    """An image somewhere, as skopeo takes it.

    :ivar login: None to ask as nobody.
    """

    reference: str
    login: Login | None = field(default=None, repr=False)
    plain_http: bool = False


Origin = Callable[[str], Place]


def published(logins: Sequence[Login], instead: Mapping[str, str]) -> Origin:
    """Images where their names say, or where this host asks for them.

    :param instead: URL by which a registry is asked from here, by its host.
    """

    def place(name: str) -> Place:
        image = image_name(name)
        if image is None:
            raise PopsinkError(f"{name} is no name of an image.", remedy="Correct popsink_mirror_images.")
        url = urlsplit(instead.get(image.host, f"https://{image.host}"))
        at = mirrored(name, f"{url.netloc}{url.path.rstrip('/')}")
        return Place(f"docker://{at}", login_for(list(logins), image), url.scheme == "http")

    return place


def in_folder(folder: Path) -> Origin:
    """Images in a folder.

    Each as it is: in an OCI layout, images of Docker's own format have to become others, with another digest.
    """
    return lambda name: Place(f"dir:{folder / _IMAGES / _folder_of(name)}")


def _folder_of(name: str) -> str:
    """Name of an image's folder: for people, in letters that every disk takes, and no other image's."""
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '_', name)[-100:]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def in_registry(registry: str, login: Login | None, *, plain_http: bool) -> Origin:
    """Images in a mirror."""
    return lambda name: Place(f"docker://{mirrored(name, registry)}", login, plain_http)


class Skopeo:
    """The program that copies images."""

    def __init__(self, program: str) -> None:
        """Find it.

        :raises PopsinkError: it is not there.
        """
        self._program = find_program(program, remedy=SKOPEO_REMEDY)

    def digest(self, place: Place) -> str:
        """Digest of what is there; empty where nothing is, or where it cannot be read."""
        return self.manifest(place)[0]

    def config_digests(self, place: Place) -> list[str]:
        """Digests of the layers of one manifest."""
        with suppress(ValueError, AttributeError):
            return [str(layer.get("digest")) for layer in json.loads(self.manifest(place)[1]).get("layers", ())]
        return []

    def manifest(self, place: Place) -> tuple[str, str]:
        """Digest and text of what is there; where it cannot be read, no digest, and what the program says of that."""
        with _authfile(place) as options:
            done = run([self._program, "inspect", "--raw", *_spelled(options, place, ""), place.reference])
        if done.returncode != 0:
            return "", done.stderr
        return f"sha256:{hashlib.sha256(done.stdout.encode()).hexdigest()}", done.stdout

    def copy(self, source: Place, target: Place) -> None:
        """Copy an image for all its platforms, as it is: whoever names it by its digest finds it.

        :raises PopsinkError: it could not be copied.
        """
        with _authfile(source) as mine, _authfile(target) as theirs:
            argv = [self._program, "copy", "--all", "--preserve-digests", "--quiet"]
            argv += [*_spelled(mine, source, "src-"), *_spelled(theirs, target, "dest-")]
            done = run([*argv, source.reference, target.reference], timeout=_SECONDS)
        if done.returncode != 0:
            raise PopsinkError(
                f"{source.reference} could not be copied to {target.reference}: "
                f"{_reason(done.stderr, source.login, target.login)}.",
                remedy="Check the login for either (popsink_image_pull_token, popsink_mirror_username), that this host "
                "reaches both, and popsink_mirror_plain_http.",
            )


def _reason(stderr: str, *logins: Login | None) -> str:
    """The last line of what a program says, without what is secret in it."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    last = (lines or ["no reason was given"])[-1]
    # With a time and a level before it.
    said = (last.partition("msg=")[2].strip('"') or last).replace('\\"', '"').rstrip(".")
    hidden = [
        word for login in logins if login for word in (login.basic.removeprefix("Basic "), login.password) if word
    ]
    for word in sorted(hidden, key=len, reverse=True):
        said = said.replace(word, "********")
    return re.sub(r"(?<=://)[^/@\s]+@", "********@", said)


def _spelled(authfile: str, place: Place, side: str) -> list[str]:
    """Options for one side of a copy."""
    found = [f"--{side}authfile={authfile}"] if authfile else []
    return [*found, f"--{side}tls-verify=false"] if place.plain_http else found


@contextmanager
def _authfile(place: Place) -> Iterator[str]:
    """A file with the login while the context lasts; one without any where there is none, and no path for a folder."""
    if not place.reference.startswith("docker://"):
        yield ""
        return
    host = place.reference.removeprefix("docker://").partition("/")[0]
    basic = place.login.basic.removeprefix("Basic ") if place.login else ""
    with login_file(json.dumps({"auths": {host: {"auth": basic}} if basic else {}})) as file:
        yield file


@dataclass(frozen=True)
class Mirror:
    """Where everything is brought to.

    :ivar registry: host and path; empty for a folder.
    :ivar folder: None for a registry.
    """

    skopeo: Skopeo
    helm: str
    registry: str = ""
    folder: Path | None = None
    login: Login | None = field(default=None, repr=False)
    plain_http: bool = False

    @property
    def title(self) -> str:
        """What it is called for people."""
        return self.registry or str(self.folder)

    def image(self, name: str) -> Place:
        """Where an image is brought to."""
        if self.folder is not None:
            return in_folder(self.folder)(name)
        return in_registry(self.registry, self.login, plain_http=self.plain_http)(name)

    def lacks_image(self, name: str, origin: Origin) -> bool:
        """Whether an image is not there, or is another.

        :raises PopsinkError: it cannot be read where it is published.
        """
        source, target = origin(name), self.image(name)
        wanted, said = self.skopeo.manifest(source)
        if not wanted:
            raise PopsinkError(
                f"{source.reference} cannot be read: {_reason(said, source.login)}.",
                remedy="Check popsink_image_pull_token, popsink_mirror_images, and that this host reaches it.",
            )
        return self.skopeo.digest(target) != wanted

    def lacks_chart(self, chart: Chart) -> bool:
        """Whether the chart is not there, or is another."""
        digest = f"sha256:{hashlib.sha256(chart.archive.read_bytes()).hexdigest()}"
        if self.folder is None:
            place = Place(f"docker://{self.chart_ref(chart)}:{chart.version}", self.login, self.plain_http)
            return digest not in self.skopeo.config_digests(place)
        file = self.folder / archive_name(chart)
        return not file.is_file() or f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" != digest

    def chart_ref(self, chart: Chart) -> str:
        """The chart's place in the registry, without scheme."""
        return f"{self.registry}/{chart.repository}"

    def take_chart(self, chart: Chart) -> None:
        """Bring the chart there.

        :raises PopsinkError: it could not be pushed.
        """
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / archive_name(chart)).write_bytes(chart.archive.read_bytes())
            return
        # Helm adds the chart's own name, and the version, itself.
        above = self.chart_ref(chart).rpartition("/")[0]
        with _authfile(Place(f"docker://{self.registry}", self.login)) as file:
            argv = [self.helm, "push", str(chart.archive), f"oci://{above}", f"--registry-config={file}"]
            done = run([*argv, "--plain-http"] if self.plain_http else argv, env=dict(os.environ))
        if done.returncode != 0:
            raise PopsinkError(
                f"The chart could not be pushed to oci://{above}: {_reason(done.stderr, self.login)}.",
                remedy="Check popsink_mirror_username and popsink_mirror_password, and popsink_mirror_plain_http.",
            )

    def lacks_note(self, content: Content) -> bool:
        """Whether a folder does not say what it holds, or says something else."""
        if self.folder is None:
            return False
        file = self.folder / _CONTENT
        return not file.is_file() or file.read_text("utf-8") != self._with_noted(self.folder, content).noted()

    def note(self, content: Content) -> None:
        """Write down what the folder holds, beside what it says already."""
        if self.folder is not None:
            (self.folder / _CONTENT).write_text(self._with_noted(self.folder, content).noted(), "utf-8")

    @staticmethod
    def _with_noted(folder: Path, content: Content) -> Content:
        # One that cannot be read says nothing, and is written anew.
        with suppress(PopsinkError):
            return content.beside(Content.of(folder))
        return content


def copy(content: Content, origin: Origin, mirror: Mirror, *, check: bool) -> list[str]:
    """Bring everything to a mirror that is not there. Gives a line for each thing that was, or would be, brought."""
    images = [name for name in content.images if mirror.lacks_image(name, origin)]
    charts = [chart for chart in content.charts if mirror.lacks_chart(chart)]
    if not check:
        for name in images:
            if mirror.folder is not None:
                (mirror.folder / _IMAGES).mkdir(parents=True, exist_ok=True)
            mirror.skopeo.copy(origin(name), mirror.image(name))
        for chart in charts:
            mirror.take_chart(chart)
    noted = mirror.lacks_note(content)
    if noted and not check:
        mirror.note(content)
    named = [*images, *(f"chart {chart.repository} {chart.version}" for chart in charts)]
    lines = [f"{name} - copied to {mirror.title}" for name in named]
    return [*lines, f"{_CONTENT} - written in {mirror.title}"] if noted else lines
