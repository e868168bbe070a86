# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins to image registries, as Kubernetes keeps them in a pull secret."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .image_name import DOCKER_HUB, ImageName

#: What Docker calls its registry in a login.
_DOCKER_HUB_LOGIN = "index.docker.io"


@dataclass(frozen=True)
class Login:
    """Who somebody is to a registry.

    :ivar registry: what it is for, as it was written.
    """

    registry: str
    user: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """Both as an HTTP header has them."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


def logins_of(docker_config: str) -> list[Login]:
    """The logins of a ``.dockerconfigjson``; what is none is left out."""
    try:
        entries = json.loads(docker_config).get("auths")
    except (ValueError, AttributeError):
        return []
    if not isinstance(entries, Mapping):
        return []
    return [login for name, entry in entries.items() if isinstance(entry, Mapping) and (login := _login(name, entry))]


def login_for(logins: list[Login], image: ImageName) -> Login | None:
    """The login with which an image is pulled: the one whose registry says most; None where none is for it."""
    fitting = [login for login in logins if _is_for(login.registry, image)]
    return max(fitting, key=lambda login: len(_place(login.registry)), default=None)


def _login(registry: str, entry: Mapping[str, Any]) -> Login | None:
    user, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if entry.get("auth"):
        try:
            # It wins over the other two, as for the kubelet.
            user, _colon, password = base64.b64decode(str(entry["auth"])).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return None
    return Login(registry, user, password) if user else None


def _place(registry: str) -> str:
    """Host and path, without what people write around them."""
    place = registry.partition("://")[2] or registry
    for end in ("/", "/v1", "/v2"):
        place = place.removesuffix(end)
    return place


def _is_for(registry: str, image: ImageName) -> bool:
    host, _slash, path = _place(registry).partition("/")
    if host == _DOCKER_HUB_LOGIN:
        host = DOCKER_HUB
    parts, wanted = host.split("."), image.host.split(".")
    # A star stands for a part of the host's name, as for the kubelet.
    same = len(parts) == len(wanted) and all(map(fnmatchcase, wanted, parts))
    return same and (not path or f"{image.repository}/".startswith(f"{path}/"))
