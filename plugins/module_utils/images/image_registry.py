# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking an image registry whether an image can be pulled. Nothing of its content is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from ..http_request import Answer, NoAnswerError, NotAskedError, advice, ask
from .image_name import DOCKER_HUB, ImageName
from .registry_login import Login

#: What becomes of a pull.
PULLS, REFUSED, MISSING, FOREIGN, MALFORMED, UNKNOWN = "pulls", "refused", "missing", "foreign", "malformed", "unknown"

#: The platform of the nodes.
OS, ARCHITECTURE = "linux", "amd64"
PLATFORM = f"{OS}/{ARCHITECTURE}"

#: Manifests of one platform, and lists of them, as OCI and Docker write both.
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)

#: Bytes; registries take manifests of up to 4 MiB, and a configuration seldom has more than 50 KiB.
_MANIFEST_LIMIT, _CONFIG_LIMIT, _TOKEN_LIMIT = 4 << 20, 1 << 20, 1 << 20

_UNAUTHORISED = (401, 403)


@dataclass(frozen=True)
class Pull:
    """What would become of a pull.

    :ivar outcome: one of ``pulls``, ``refused``, ``missing``, ``foreign`` (none for the nodes' platform), ``malformed``
        (its name), ``unknown``.
    :ivar note: more about it, for people: a status, a platform, a reason.
    :ivar remedy: what to do, where the registry's silence tells.
    """

    outcome: str
    note: str = ""
    remedy: str = ""


class _Ended(Exception):
    """What was asked for has an answer."""

    def __init__(self, outcome: str, note: str) -> None:
        super().__init__(note)
        self.pull = Pull(outcome, note)


def home_of(host: str) -> str:
    """URL of the registry that images' names mean by a host."""
    return f"https://{'registry-1.docker.io' if host == DOCKER_HUB else host}"


class Registry:
    """One registry, asked for one image after the other, or for several at the same time."""

    def __init__(self, url: str, seconds: Callable[[], float]) -> None:
        """Prepare; nothing is asked yet.

        :param url: of the registry; a path in it is where images begin there.
        :param seconds: what one request may take, asked before each.
        """
        parts = urlsplit(url)
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._under = parts.path.strip("/").removeprefix("v2").strip("/")
        self._seconds = seconds

    def pull(self, image: ImageName, login: Login | None) -> Pull:
        """What would become of pulling an image.

        :param login: None to ask as nobody.
        """
        try:
            return self._pull(image, login)
        except _Ended as ended:
            return ended.pull
        except NoAnswerError as error:
            return Pull(UNKNOWN, f"{self._root} does not answer: {error}", advice(error, self._root))
        except NotAskedError as error:
            return Pull(UNKNOWN, f"{self._root} cannot be asked ({error})")

    def _pull(self, image: ImageName, login: Login | None) -> Pull:
        name = f"{self._under}/{image.repository}".strip("/")
        at = f"{self._root}/v2/{name}"
        manifest, headers = f"{at}/manifests/{image.reference}", {"Accept": _ACCEPT}
        answer = self._ask("HEAD", manifest, headers)
        if answer.status == 401:
            headers["Authorization"] = self._authorisation(answer.headers.get("www-authenticate", ""), name, login)
            answer = self._ask("HEAD", manifest, headers)
        _end_unless_there(answer)
        return self._fits(at, _json(self._ask("GET", manifest, headers, _MANIFEST_LIMIT)), headers)

    def _authorisation(self, challenge: str, name: str, login: Login | None) -> str:
        """The header that a registry wants."""
        scheme, _space, rest = challenge.partition(" ")
        fields = _fields(rest)
        if scheme.casefold() == "basic" and login:
            return login.basic
        if scheme.casefold() != "bearer" or not fields.get("realm"):
            raise _Ended(REFUSED, "HTTP 401")
        realm = urlsplit(fields["realm"])
        if realm.scheme != "https" and self._root.startswith("https:"):
            raise _Ended(UNKNOWN, f"{self._root} wants the login sent unencrypted, to {fields['realm']}")
        asked = {"service": fields.get("service", ""), "scope": fields.get("scope") or f"repository:{name}:pull"}
        query = urlencode([*parse_qsl(realm.query), *((key, value) for key, value in asked.items() if value)])
        headers = {"Authorization": login.basic} if login else {}
        answer = self._ask("GET", realm._replace(query=query).geturl(), headers, _TOKEN_LIMIT)
        _end_unless_there(answer, by="its token server", missing=UNKNOWN)
        given = _json(answer)
        token = given.get("token") or given.get("access_token")
        if not token:
            raise _Ended(UNKNOWN, "its token server gives no token")
        return f"Bearer {token}"

    def _fits(self, at: str, manifest: Mapping[str, Any], headers: Mapping[str, str]) -> Pull:
        """Whether the nodes can run it."""
        if "manifests" in manifest:
            listed = [
                entry.get("platform") or {} for entry in manifest["manifests"] or () if isinstance(entry, Mapping)
            ]
            # One without a platform is for any, or for who knows which.
            fits = any(_is_ours(platform) or not platform for platform in listed)
            return Pull(PULLS) if fits else Pull(FOREIGN, _platforms(listed))
        digest = (manifest.get("config") or {}).get("digest")
        if not digest:
            return Pull(PULLS)
        answer = self._ask("GET", f"{at}/blobs/{digest}", headers, _CONFIG_LIMIT)
        # Some registries lead to a store of their own for it, which is not followed; the manifest is what counts.
        platform = _json(answer)
        known = platform.get("os") and platform.get("architecture")
        return Pull(FOREIGN, _platforms([platform])) if known and not _is_ours(platform) else Pull(PULLS)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], limit: int = 0) -> Answer:
        return ask(method, url, headers, limit=limit, seconds=self._seconds())


def _end_unless_there(answer: Answer, *, by: str = "", missing: str = MISSING) -> None:
    if answer.status == 200:
        return
    note = " of ".join(filter(None, (f"HTTP {answer.status}", by)))
    raise _Ended(REFUSED if answer.status in _UNAUTHORISED else missing if answer.status == 404 else UNKNOWN, note)


def _fields(text: str) -> dict[str, str]:
    """``name="value"`` of a challenge, by names in small letters; none where it is written otherwise."""
    try:
        return {name.lower(): value for name, value in parse_keqv_list(parse_http_list(text)).items()}
    except ValueError:
        return {}


def _json(answer: Answer) -> dict[str, Any]:
    """The object in an answer; empty where it holds none."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _is_ours(platform: Mapping[str, Any]) -> bool:
    return platform.get("os") == OS and platform.get("architecture") == ARCHITECTURE


def _platforms(listed: list[Mapping[str, Any]]) -> str:
    named = (f"{platform.get('os')}/{platform.get('architecture')}" for platform in listed)
    # What stands beside an image, such as where it comes from, is listed as unknown.
    return ", ".join(dict.fromkeys(name for name in named if name != "unknown/unknown")) or "none"
