"""Names of images in their parts."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_name import image_name

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "host", "repository", "reference"),
    [
        ("nginx", "docker.io", "library/nginx", "latest"),
        ("nginx:1.25", "docker.io", "library/nginx", "1.25"),
        ("docker.io/nginx:1", "docker.io", "library/nginx", "1"),
        ("index.docker.io/bitnami/kafka:3", "docker.io", "bitnami/kafka", "3"),
        ("bitnami/kafka:3", "docker.io", "bitnami/kafka", "3"),
        ("ghcr.io/a/b/c:v1", "ghcr.io", "a/b/c", "v1"),
        ("localhost/a:1", "localhost", "a", "1"),
        ("registry:5000/a", "registry:5000", "a", "latest"),
        (f"ghcr.io/a@{DIGEST}", "ghcr.io", "a", DIGEST),
        (f"ghcr.io/a:1@{DIGEST}", "ghcr.io", "a", DIGEST),
    ],
)
def test_parts(text: str, host: str, repository: str, reference: str) -> None:
    image = image_name(text)
    assert image is not None
    assert (image.host, image.repository, image.reference) == (host, repository, reference)


@pytest.mark.parametrize(
    "text", ["", ":1", "ghcr.io/", "UPPER:1", "a b:1", "a:b c", "ghcr.io/a@sha256:short", "a/../b:1"]
)
def test_what_is_no_name(text: str) -> None:
    assert image_name(text) is None
