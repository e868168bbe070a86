"""The lab's registry: pushing images and charts."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from . import chart_source
from .binaries import TANSU
from .command import run
from .config import BUSYBOX, IMAGES_PATH, OPEN_PATH, PAUSE_IMAGE, PUBLIC_HOST
from .errors import LabError
from .image import MANIFEST, Blob, Image
from .lab import CACHE, Lab, write
from .services.registry_token import PUSHER, signer

CHARTS_PATH = "popsink/charts"
#: The chart's own tag is the stand-in's.
TANSU_TAG = f"{TANSU.version}-open-source"


class Registry:
    """Its HTTP interface, as the lab's own pushing user."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._connection = http.client.HTTPConnection(lab.network.registry, timeout=60)
        self._signer = signer(lab)

    def push(self, image: Image, repository: str, tags: list[str], blobs_from: str = "") -> None:
        """Upload what the registry lacks; blobs that another repository has are only linked."""
        for blob in (*image.layers, image.config):
            if not self._has(repository, blob):
                self._upload(repository, blob, blobs_from)
        for tag in tags:
            self._ask("PUT", repository, f"/manifests/{tag}", 201, body=image.manifest, kind=MANIFEST)

    def _has(self, repository: str, blob: Blob) -> bool:
        return self._ask("HEAD", repository, f"/blobs/{blob.digest}", 200, 404)[0] == 200

    def _upload(self, repository: str, blob: Blob, blobs_from: str) -> None:
        mount = f"?mount={blob.digest}&from={blobs_from}" if blobs_from else ""
        status, location = self._ask("POST", repository, f"/blobs/uploads/{mount}", 201, 202, also=blobs_from)
        if status == 201:
            return
        parts = urlsplit(location)
        with blob.file.open("rb") as content:
            target = f"{parts.path}?{parts.query}&digest={blob.digest}"
            self._ask("PUT", repository, target, 201, body=content, size=blob.file.stat().st_size)

    def _ask(
        self,
        method: str,
        repository: str,
        path: str,
        *expected: int,
        body: bytes | IO[bytes] | None = None,
        kind: str = "application/octet-stream",
        size: int | None = None,
        also: str = "",
    ) -> tuple[int, str]:
        """Status and Location of the answer."""
        names = [name for name in (repository, also) if name]
        access = [{"type": "repository", "name": name, "actions": ["pull", "push"]} for name in names]
        headers = {"Authorization": f"Bearer {self._signer.token(PUSHER, access)}", "Content-Type": kind}
        if size is not None:
            headers["Content-Length"] = str(size)
        target = path if path.startswith("/v2/") else f"/v2/{repository}{path}"
        self._connection.request(method, target, body=body, headers=headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status not in expected:
            raise LabError(f"The registry answered {answer.status} to {method} {target}: {said[:300]!r}")
        return answer.status, answer.headers.get("Location", "")


def push_open(lab: Lab, pause: Image, busybox: Image) -> None:
    """The images that are pulled without a login."""
    registry = Registry(lab)
    public = f"{OPEN_PATH}/{BUSYBOX.removeprefix(f'{PUBLIC_HOST}/')}"
    for image, name in ((pause, PAUSE_IMAGE), (busybox, public)):
        repository, tag = name.split(":")
        registry.push(image, repository, [tag])


def push_tansu(lab: Lab, image: Image) -> None:
    """The real broker, beside its stand-ins under a tag of its own."""
    Registry(lab).push(image, f"{IMAGES_PATH}/tansu", [TANSU_TAG], blobs_from=f"{IMAGES_PATH}/data-plane")


def push_images(lab: Lab, image: Image) -> list[str]:
    """Every image of the charts is this one. Returns the names that changed."""
    names = chart_source.images()
    wanted = json.dumps([image.manifest.decode(), names])
    pushed = lab.state / "pushed-images.json"
    if pushed.exists() and pushed.read_text() == wanted:
        return []
    tags: dict[str, list[str]] = {}
    for name in names:
        repository, _colon, tag = name.rpartition(":")
        tags.setdefault(f"{IMAGES_PATH}/{repository}", []).append(tag)
    registry, first = Registry(lab), ""
    for repository, its_tags in tags.items():
        registry.push(image, repository, its_tags, blobs_from=first)
        first = first or repository
    write(pushed, wanted)
    return names


def push_charts(lab: Lab, helm: Path) -> list[str]:
    """Returns the files that were pushed: all when their source changed since the last time, else none."""
    key = chart_source.key()
    pushed = lab.state / "pushed-charts"
    if not key or (pushed.exists() and pushed.read_text() == key):
        return []
    account = base64.b64encode(f"{PUSHER}:{lab.secret('registry push')}".encode()).decode()
    login = lab.config / "registry-login.json"
    write(login, json.dumps({"auths": {lab.network.registry: {"auth": account}}}))
    package = chart_source.package()
    charts = sorted(package.rglob("*.tgz"))
    for chart in charts:
        variant = str(chart.parent.relative_to(package))
        target = f"oci://{lab.network.registry}/{CHARTS_PATH}" + ("" if variant == "." else f"/{variant}")
        run([helm, "push", "--plain-http", f"--registry-config={login}", chart, target])
    # Published versions stay as they are, and the collection keeps them; these change with their source.
    shutil.rmtree(CACHE.parent / "popsink/charts/refs", ignore_errors=True)
    write(pushed, key)
    return [str(chart.relative_to(package)) for chart in charts]
