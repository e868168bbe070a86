# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token with which Popsink's images are pulled: a service account's JSON, in whatever form it was handed in."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

#: The user that a service account's key is the password of.
KEY_USER = "_json_key"


def service_account_of(token: Any) -> dict[str, Any] | None:
    """A pull token as the service account's JSON object; None when none is given.

    :param token: a mapping, or JSON or base64 of it as text.
    :raises PopsinkError: what is given is something else.
    """
    if token in (None, ""):
        return None
    problem = ""
    if isinstance(token, str):
        token, problem = _json_object(token)
    elif not isinstance(token, dict):
        problem = f"is of type {type(token).__name__}"
    if not problem and token.get("type") != "service_account":
        problem = f"is JSON of type {str(token.get('type'))!r}"
    if not problem:
        lacking = [key for key in ("project_id", "private_key", "client_email") if not token.get(key)]
        problem = f"lacks {', '.join(lacking)}" if lacking else ""
    if problem:
        raise PopsinkError(
            f"popsink_image_pull_token is not a service-account key: it {problem}.",
            remedy="Ask Popsink for the service-account JSON of the registry, or name an existing pull secret "
            "with popsink_image_pull_mode: existing and popsink_image_pull_secret.",
        )
    return dict(token)


def docker_config_of(registry: Any, user: str, password: str) -> str:
    """A login at a registry, as Kubernetes stores it: a container runtime looks it up by the host."""
    login = {
        "username": user,
        "password": password,
        "auth": base64.b64encode(f"{user}:{password}".encode()).decode("ascii"),
    }
    return json.dumps({"auths": {str(registry).partition("/")[0]: login}})


def same_account(one: Any, other: Any) -> bool:
    """Whether two pull tokens are the same, however each is written."""
    return bool(_parsed(one) == _parsed(other))


def _parsed(token: Any) -> Any:
    return (_json_object(token)[0] or token.strip()) if isinstance(token, str) else token


def _json_object(text: str) -> tuple[dict[str, Any], str]:
    """JSON given as text or as base64, and what is wrong with it."""
    for candidate in (text, _decoded(text)):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        return (value, "") if isinstance(value, dict) else ({}, f"is JSON of type {type(value).__name__}")
    return {}, "is neither JSON nor base64 of JSON"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
