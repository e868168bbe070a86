# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins to Google Artifact Registry, where Popsink keeps its images: the key of a service account as a password."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from .image_name import ImageName
from .registry_login import Login

#: Users under which the key of a service account is the password, as it is or in base64.
RAW, ENCODED = "_json_key", "_json_key_base64"

_HOSTS = "-docker.pkg.dev"
_NEEDED = ("project_id", "private_key", "client_email")


def is_artifact_registry(host: str) -> bool:
    """Whether a registry is one of Artifact Registry's."""
    return host.endswith(_HOSTS)


def key_problem(login: Login) -> str | None:
    """What is wrong with a login wherever it is used, as the end of a sentence without the key; None if nothing."""
    if login.user not in (RAW, ENCODED):
        return None
    key = _key(login.password)
    if key is None:
        return f"{login.user} has a password that is no service-account key"
    if key.get("type") != "service_account":
        return f"{login.user} has a password that is JSON of type {str(key.get('type'))!r}, not a service-account key"
    lacking = [name for name in _NEEDED if not key.get(name)]
    return f"{login.user} has a service-account key that lacks {', '.join(lacking)}" if lacking else None


def key_doubt(login: Login, image: ImageName) -> str | None:
    """Why a login may not do for an image, though it might, as the end of a sentence; None where nothing says so."""
    if login.user not in (RAW, ENCODED):
        lasts = "for an hour only" if login.user == "oauth2accesstoken" else "for who knows how long"
        return f"{login.user} is no service account with a key, so it may be let in {lasts}"
    key, project = _key(login.password) or {}, image.repository.partition("/")[0]
    if (login.user == RAW) != login.password.lstrip().startswith("{"):
        return f"{login.user} has a key in the other form: {RAW} takes JSON, {ENCODED} base64 of it"
    if key.get("project_id") != project:
        return f"{key.get('client_email')} is a service account of project {key.get('project_id')}, not of {project}"
    return None


def _key(password: str) -> dict[str, Any] | None:
    """The key in a password, None where it has none."""
    text = password
    if not text.lstrip().startswith("{"):
        try:
            text = base64.b64decode(password).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
    try:
        key = json.loads(text)
    except ValueError:
        return None
    return key if isinstance(key, dict) else None
