"""Logins to Artifact Registry."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.images.artifact_registry import (
    is_artifact_registry,
    key_doubt,
    key_problem,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_name import ImageName
from ansible_collections.popsink.data_plane.plugins.module_utils.images.registry_login import Login

IMAGE = ImageName("europe-west1-docker.pkg.dev", "one/onprem/kora", "1")


def key(**changes: Any) -> str:
    """A service-account key."""
    whole = {"type": "service_account", "project_id": "one", "private_key": "hidden", "client_email": "pull@one"}
    return json.dumps({**whole, **changes})


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("user", "password", "problem", "doubt"),
    [
        ("_json_key", key(), "", ""),
        ("_json_key_base64", encoded(key()), "", ""),
        ("_json_key", "  \n" + key(), "", ""),
        ("_json_key", encoded(key()), "", "in the other form"),
        ("_json_key_base64", key(), "", "in the other form"),
        ("_json_key", key(project_id="two"), "", "pull@one is a service account of project two, not of one"),
        ("_json_key", key(type="authorized_user"), "JSON of type 'authorized_user'", None),
        ("_json_key", key(private_key="", client_email=None), "lacks private_key, client_email", None),
        ("_json_key", "hidden", "no service-account key", None),
        ("_json_key", "[1]", "no service-account key", None),
        ("_json_key", "{", "no service-account key", None),
        ("_json_key", "", "no service-account key", None),
        ("oauth2accesstoken", "hidden", "", "for an hour only"),
        ("somebody", "hidden", "", "no service account with a key"),
    ],
)
def test_a_login(user: str, password: str, problem: str, doubt: str | None) -> None:
    login = Login(IMAGE.host, user, password)
    said = key_problem(login) or ""
    assert (problem in said, bool(said)) == (True, bool(problem))
    if doubt is not None:
        doubted = key_doubt(login, IMAGE) or ""
        assert (doubt in doubted, bool(doubted)) == (True, bool(doubt))
        assert "hidden" not in doubted
    assert "hidden" not in said


@pytest.mark.parametrize(
    ("host", "is_one"),
    [("europe-west1-docker.pkg.dev", True), ("docker.io", False), ("europe-docker.pkg.dev.example", False)],
)
def test_which_registries_are_its(host: str, is_one: bool) -> None:
    assert is_artifact_registry(host) == is_one
