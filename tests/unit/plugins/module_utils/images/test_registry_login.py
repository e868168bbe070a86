"""Which login of a pull secret is taken for an image."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_name import image_name
from ansible_collections.popsink.data_plane.plugins.module_utils.images.registry_login import login_for, logins_of


def config(**users: str) -> str:
    """Logins by registry; the password is the user's name."""
    return json.dumps({"auths": {name: {"username": user, "password": user} for name, user in users.items()}})


@pytest.mark.parametrize(
    ("registry", "image", "taken"),
    [
        ("ghcr.io", "ghcr.io/a:1", True),
        ("https://ghcr.io", "ghcr.io/a:1", True),
        ("https://ghcr.io/v2/", "ghcr.io/a:1", True),
        ("ghcr.io", "quay.io/a:1", False),
        ("ghcr.io:443", "ghcr.io/a:1", False),
        ("https://index.docker.io/v1/", "nginx", True),
        ("docker.io", "bitnami/kafka", True),
        ("*.pkg.dev", "europe-west1-docker.pkg.dev/a/b:1", True),
        ("*.pkg", "europe-west1-docker.pkg.dev/a/b:1", False),
        ("*.dev", "europe-west1-docker.pkg.dev/a/b:1", False),
        ("pkg.dev", "europe-west1-docker.pkg.dev/a/b:1", False),
        ("ghcr.io/a", "ghcr.io/a/b:1", True),
        ("ghcr.io/a", "ghcr.io/ab/c:1", False),
    ],
)
def test_what_a_login_is_for(registry: str, image: str, taken: bool) -> None:
    name = image_name(image)
    assert name is not None
    assert (login_for(logins_of(config(**{registry: "me"})), name) is not None) == taken


def test_the_login_that_says_most_is_taken() -> None:
    name = image_name("ghcr.io/a/b:1")
    assert name is not None
    login = login_for(logins_of(config(**{"*.io": "any", "ghcr.io/a": "path", "ghcr.io": "host"})), name)
    assert login is not None
    assert (login.user, login.password) == ("path", "path")


@pytest.mark.parametrize(
    ("entry", "user", "password"),
    [
        ({"username": "u", "password": "p"}, "u", "p"),
        ({"auth": base64.b64encode(b"u:p:q").decode()}, "u", "p:q"),
        ({"auth": base64.b64encode(b"u:p").decode(), "username": "x", "password": "y"}, "u", "p"),
    ],
)
def test_how_logins_are_written(entry: dict[str, Any], user: str, password: str) -> None:
    (login,) = logins_of(json.dumps({"auths": {"ghcr.io": entry}}))
    assert (login.user, login.password) == (user, password)


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]", "{}", '{"auths": []}', '{"auths": {"a": null}}', '{"auths": {"a": {}}}',
     '{"auths": {"a": {"auth": "%"}}}', '{"auths": {"a": {"auth": "/w=="}}}'],
)  # fmt: skip
def test_what_is_no_login(text: str) -> None:
    assert logins_of(text) == []


def test_a_password_is_not_shown() -> None:
    assert "hidden" not in repr(logins_of('{"auths": {"a": {"username": "u", "password": "hidden"}}}'))
