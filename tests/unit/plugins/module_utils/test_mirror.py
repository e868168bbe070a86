"""Chart and images in a mirror: skopeo itself copies, between folders."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.images.registry_login import Login
from ansible_collections.popsink.data_plane.plugins.module_utils.mirror import (
    Chart,
    Content,
    Mirror,
    Place,
    Skopeo,
    copy,
    in_folder,
    published,
)

pytestmark = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")

#: Types of a manifest, a list of them, a configuration and a layer.
DOCKER = {
    "manifest": "application/vnd.docker.distribution.manifest.v2+json",
    "list": "application/vnd.docker.distribution.manifest.list.v2+json",
    "config": "application/vnd.docker.container.image.v1+json",
    "layer": "application/vnd.docker.image.rootfs.diff.tar.gzip",
}
OCI = {
    "manifest": "application/vnd.oci.image.manifest.v1+json",
    "list": "application/vnd.oci.image.index.v1+json",
    "config": "application/vnd.oci.image.config.v1+json",
    "layer": "application/vnd.oci.image.layer.v1.tar+gzip",
}
ONE, OTHER = "registry.example/popsink/app:1", "registry.example/popsink/app@sha256:" + "0" * 64


def put(folder: Path, content: bytes, type_: str) -> dict[str, Any]:
    """Put a blob there, and give what names it."""
    digest = hashlib.sha256(content).hexdigest()
    (folder / digest).write_bytes(content)
    return {"mediaType": type_, "size": len(content), "digest": f"sha256:{digest}"}


def manifest(folder: Path, types: dict[str, str], text: bytes, architecture: str) -> bytes:
    layer = put(folder, gzip.compress(text, mtime=0), types["layer"])
    layers = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(text).hexdigest()}"]}
    config = json.dumps({"architecture": architecture, "os": "linux", "rootfs": layers}).encode()
    said = {"schemaVersion": 2, "mediaType": types["manifest"], "config": put(folder, config, types["config"])}
    return json.dumps({**said, "layers": [layer]}).encode()


def image(folder: Path, types: dict[str, str], *architectures: str, text: bytes = b"") -> Path:
    """An image in a folder, for one platform or for several."""
    folder.mkdir()
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    made = [(name, manifest(folder, types, text or name.encode(), name)) for name in architectures]
    content = made[0][1]
    if len(made) > 1:
        listed = []
        for name, each in made:
            entry = put(folder, each, types["manifest"])
            (folder / entry["digest"].removeprefix("sha256:")).rename(
                folder / f"{entry['digest'].removeprefix('sha256:')}.manifest.json"
            )
            listed.append({**entry, "platform": {"architecture": name, "os": "linux"}})
        content = json.dumps({"schemaVersion": 2, "mediaType": types["list"], "manifests": listed}).encode()
    (folder / "manifest.json").write_bytes(content)
    return folder


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    archive = tmp_path / "any.tgz"
    archive.write_bytes(b"a chart")
    return Chart("popsink/charts/data-plane", "1.0.0", archive)


def mirror(folder: Path) -> Mirror:
    return Mirror(Skopeo("skopeo"), "helm", folder=folder)


@pytest.mark.parametrize("types", [DOCKER, OCI], ids=["docker", "oci"])
@pytest.mark.parametrize("architectures", [("amd64",), ("amd64", "arm64")], ids=["one platform", "two"])
def test_image_is_in_the_folder_as_it_was(
    tmp_path: Path, chart: Chart, types: dict[str, str], architectures: tuple[str, ...]
) -> None:
    source = image(tmp_path / "source", types, *architectures)
    content, target = Content((chart,), (ONE,)), mirror(tmp_path / "mirror")
    copy(content, lambda _name: Place(f"dir:{source}"), target, check=False)
    # From there as a site takes it, to the next place.
    copy(content, in_folder(tmp_path / "mirror"), mirror(tmp_path / "next"), check=False)
    for place in (target, mirror(tmp_path / "next")):
        digest = hashlib.sha256((source / "manifest.json").read_bytes()).hexdigest()
        assert place.skopeo.digest(place.image(ONE)) == f"sha256:{digest}"
    assert sorted(file.name for file in source.iterdir()) == sorted(
        file.name for file in Path(target.image(ONE).reference.removeprefix("dir:")).iterdir()
    )


def test_what_is_there_is_left_and_what_is_another_is_copied(tmp_path: Path, chart: Chart) -> None:
    places = {name: image(tmp_path / name[-1], DOCKER, "amd64", text=name.encode()) for name in (ONE, OTHER)}
    content, target = Content((chart,), (ONE, OTHER)), mirror(tmp_path / "mirror")

    def run(*, check: bool = False) -> list[str]:
        return copy(content, lambda name: Place(f"dir:{places[name]}"), target, check=check)

    lines = run(check=True)
    assert (len(lines), (tmp_path / "mirror").exists()) == (4, False)
    assert (run(), run()) == (lines, [])
    places[ONE] = image(tmp_path / "new", DOCKER, "amd64", text=b"new")
    assert run() == [f"{ONE} - copied to {tmp_path / 'mirror'}"]
    chart.archive.write_bytes(b"another chart")
    assert run() == [f"chart popsink/charts/data-plane 1.0.0 - copied to {tmp_path / 'mirror'}"]


def test_an_image_that_cannot_be_read_is_an_error(tmp_path: Path, chart: Chart) -> None:
    with pytest.raises(PopsinkError, match="popsink_image_pull_token"):
        copy(Content((chart,), (ONE,)), in_folder(tmp_path), mirror(tmp_path / "mirror"), check=False)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('level=fatal msg="reading manifest 1 in registry.example/a: manifest unknown"', "a: manifest unknown."),
        (
            'level=fatal msg="pinging registry.example: dial tcp: lookup registry.example: no such host"',
            "no such host.",
        ),
        (
            'level=warning msg="one"\nlevel=fatal msg="Get \\"https://r/v2/\\": EOF"',
            'cannot be read: Get "https://r/v2/": EOF.',
        ),
        ("a line of another kind", "cannot be read: a line of another kind."),
        ("", "no reason was given."),
        (
            'level=fatal msg="Get https://me:hidden-word@r/v2/: denied to hidden-word"',
            "https://********@r/v2/: denied to ********",
        ),
    ],
)
def test_why_an_image_cannot_be_read_is_told(tmp_path: Path, chart: Chart, said: str, words: str) -> None:
    program = tmp_path / "skopeo"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    program.chmod(0o755)
    to = Mirror(Skopeo(str(program)), "helm", folder=tmp_path / "mirror")
    source = Place("docker://registry.example/a:1", Login("registry.example", "me", "hidden-word"))
    with pytest.raises(PopsinkError) as caught:
        copy(Content((chart,), (ONE,)), lambda _name: source, to, check=False)
    assert (words in str(caught.value), "hidden-word" in str(caught.value)) == (True, False)


def test_folder_says_all_that_was_brought_there(tmp_path: Path, chart: Chart) -> None:
    source = image(tmp_path / "source", DOCKER, "amd64")
    newer = Chart(chart.repository, "2.0.0", chart.archive)
    target = mirror(tmp_path / "mirror")
    contents = [Content((chart,), (ONE,)), Content((newer,), (OTHER, ONE)), Content((chart,), (ONE,))]
    lines = [copy(content, lambda _name: Place(f"dir:{source}"), target, check=False) for content in contents]
    said = Content.of(tmp_path / "mirror")
    assert ([each.version for each in said.charts], said.images) == (["1.0.0", "2.0.0"], (ONE, OTHER))
    assert [len(some) for some in lines] == [3, 3, 0]
    # All of it goes on from there.
    brought = copy(said, in_folder(tmp_path / "mirror"), mirror(tmp_path / "next"), check=False)
    assert len(brought) == 5


def test_a_list_that_cannot_be_read_is_written_anew(tmp_path: Path, chart: Chart) -> None:
    (tmp_path / "mirror.json").write_text("{}")
    assert copy(Content((chart,), ()), in_folder(tmp_path), mirror(tmp_path), check=False)
    assert Content.of(tmp_path).charts == (Chart(chart.repository, "1.0.0", tmp_path / "data-plane-1.0.0.tgz"),)


@pytest.mark.parametrize("content", [None, "{}", '{"images": []}', "["])
def test_a_folder_that_holds_no_mirror_is_an_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "mirror.json").write_text(content)
    with pytest.raises(PopsinkError, match="popsink_mirror_folder"):
        Content.of(tmp_path)


@pytest.mark.parametrize(
    ("instead", "reference", "plain_http"),
    [
        pytest.param({}, "docker://registry.example/popsink/app:1", False, id="where its name says"),
        pytest.param(
            {"registry.example": "http://cache:5000"}, "docker://cache:5000/popsink/app:1", True, id="elsewhere"
        ),
    ],
)
def test_where_an_image_is_published(instead: dict[str, str], reference: str, plain_http: bool) -> None:
    place = published([], instead)(ONE)
    assert (place.reference, place.plain_http) == (reference, plain_http)
