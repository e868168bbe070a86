# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking an object store, one signed request at a time, with the host's own proxies and certificate authorities."""

from __future__ import annotations

import http.client
import urllib.error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

from ..errors import PopsinkError
from ..http_request import advice, no_answer, server_of
from ..urls import web_url
from .bucket import Bucket, Keys, aws_domain, signed, url_of

#: Seconds to connect, and to wait for an answer.
_TIMEOUT = 10

#: As much as is read of an answer.
_LIMIT = 1 << 20

#: An answer that another attempt may better.
_BUSY = (500, 502, 503, 504)

#: Refusals that mean another time.
_LATER = (408, 429)


class StoreUnreachableError(PopsinkError):
    """The store did not answer.

    :ivar unresolved: whether its name is not known here.
    """

    def __init__(self, message: str, *, unresolved: bool = False) -> None:
        super().__init__(message)
        self.unresolved = unresolved


class RoleRefusedError(PopsinkError):
    """A role may not be taken on.

    :ivar variable: the input that names it.
    """

    def __init__(self, message: str, variable: str) -> None:
        super().__init__(message)
        self.variable = variable


class NoStoreUrlError(PopsinkError):
    """There is no asking at such a URL."""


@dataclass(frozen=True)
class Reply:
    """What a store said.

    :ivar headers: by name in small letters.
    :ivar document: the body where it is XML, without namespaces.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    document: ElementTree.Element | None = None

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """The store's own word for what is wrong, such as ``AccessDenied``."""
        return self.text("Code") or self.text("Error/Code") or f"HTTP {self.status}"

    def text(self, path: str) -> str:
        """What stands in an element of the document; empty where it is not there."""
        found = self.document.findtext(path) if self.document is not None else None
        return (found or "").strip()

    def is_a(self, name: str) -> bool:
        """Whether it is a document of this name."""
        return self.document is not None and self.document.tag == name


class StoreClient:
    """Asks about a bucket and what is in it, as the holder of some keys.

    :ivar bucket: which.
    """

    def __init__(self, bucket: Bucket, keys: Keys) -> None:
        self.bucket = bucket
        self._keys = keys
        self._url = url_of(bucket)

    def ask(self, method: str, key: str = "", query: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        """Ask about the bucket, or an object.

        :param key: of the object.
        :raises StoreUnreachableError: no answer.
        :raises NoStoreUrlError: no URL.
        """
        return _asked(method, f"{self._url}{_path(key)}{_query(query or {})}", self.bucket.region, self._keys, body)

    def list(self, prefix: str, count: int) -> Reply:
        """Ask for the first objects under a prefix."""
        return self.ask("GET", query={"list-type": "2", "max-keys": str(count), "prefix": prefix})


def keys_in(listing: Reply) -> list[str]:
    """Keys of the objects that a listing names."""
    if listing.document is None:
        return []
    return [element.text or "" for element in listing.document.iterfind("Contents/Key")]


def assume(role: str, region: str, keys: Keys) -> Keys:
    """Take on a role of AWS for a while.

    :param role: its ARN.
    :raises StoreUnreachableError: AWS does not answer.
    :raises RoleRefusedError: it refuses.
    """
    query = {
        "Action": "AssumeRole",
        "DurationSeconds": "900",
        "RoleArn": role,
        "RoleSessionName": "popsink-preflight",
        "Version": "2011-06-15",
    }
    url = f"https://sts.{region}.{aws_domain(region)}/{_query(query)}"
    reply = _asked("GET", url, region, keys, service="sts")
    return _taken(
        reply, "AssumeRoleResult", f"The broker's key may not take on the role {role}", "popsink_s3_assumed_role_arn"
    )


def assume_with_token(role: str, region: str, token: str, endpoint: str = "") -> Keys:
    """Take on a role for a while that trusts the holder of a token.

    :param role: its ARN.
    :param token: a JSON Web Token.
    :param endpoint: URL of an S3-compatible store, which gives out roles itself; empty for AWS.
    :raises StoreUnreachableError: no answer.
    :raises RoleRefusedError: the role is refused.
    """
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "DurationSeconds": "900",
        "RoleArn": role,
        "RoleSessionName": "popsink-preflight",
        "Version": "2011-06-15",
        "WebIdentityToken": token,
    }
    url = endpoint or f"https://sts.{region}.{aws_domain(region)}"
    if web_url(url) is None:
        raise _no_url(url)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = _sent("POST", f"{url.rstrip('/')}/", headers, _query(form).removeprefix("?").encode("ascii"))
    refused = f"The broker's service account may not take on the role {role}"
    return _taken(reply, "AssumeRoleWithWebIdentityResult", refused, "popsink_s3_irsa_role_arn")


def _taken(reply: Reply, document: str, refused: str, variable: str) -> Keys:
    """The keys of a role, or why there are none."""
    given = f"{document}/Credentials"
    taken = [reply.text(f"{given}/{name}") for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    if reply.good and all(taken):
        return Keys(*taken)
    if 400 <= reply.status < 500 and reply.status not in _LATER:
        raise RoleRefusedError(f"{refused} ({reply.code}).", variable)
    raise StoreUnreachableError(f"Whether a role may be taken on was not answered ({reply.code}).")


def _path(key: str) -> str:
    return f"/{quote(key, safe='/~')}" if key else ""


def _query(query: Mapping[str, str]) -> str:
    pairs = [f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items())]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _asked(method: str, url: str, region: str, keys: Keys, body: bytes = b"", *, service: str = "s3") -> Reply:
    """Ask, and once more where there was no answer, or none worth having."""
    if web_url(url) is None:
        raise _no_url(url)
    try:
        reply = _sent(method, url, signed(method, url, region, keys, body=body, service=service), body)
        if reply.status not in _BUSY:
            return reply
    except StoreUnreachableError as error:
        if error.unresolved or method == "PUT":
            # What was put without an answer would be there twice where the bucket has versions.
            raise
    return _sent(method, url, signed(method, url, region, keys, body=body, service=service), body)


def _sent(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    options: dict[str, Any] = {"data": body} if body else {}
    try:
        # A netrc file would put its own login in place of the signature.
        response = open_url(
            url,
            method=method,
            headers=dict(headers),
            timeout=_TIMEOUT,
            follow_redirects="no",
            use_netrc=False,
            decompress=False,
            http_agent="popsink.data_plane",
            **options,
        )
        with response:
            return _reply(response.status, response.headers.items(), response.read(_LIMIT))
    except urllib.error.HTTPError as error:
        return _reply(error.code, error.headers.items(), _rest(error))
    except (ValueError, http.client.InvalidURL):
        # Their text may show a header.
        raise _no_url(url) from None
    except (urllib.error.URLError, UrlConnectionError, SSLValidationError, http.client.HTTPException, OSError) as error:
        raise _unreachable(url, error) from error


def _no_url(url: str) -> NoStoreUrlError:
    return NoStoreUrlError(f"{url.partition('?')[0]} is no URL of an object store.")


def _unreachable(url: str, error: Exception) -> StoreUnreachableError:
    silent = no_answer(error)
    if silent.unresolved:
        host = urlsplit(url).hostname
        said = f"{host} cannot be resolved from here, as names of a cluster cannot: not checked from here."
        return StoreUnreachableError(said, unresolved=True)
    return StoreUnreachableError(f"{server_of(url)} does not answer: {silent}. {advice(silent, url)}".strip())


def _rest(error: urllib.error.HTTPError) -> bytes:
    try:
        return bytes(error.read(_LIMIT))
    except (OSError, http.client.HTTPException):
        return b""


def _reply(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Reply:
    return Reply(status, {name.lower(): value for name, value in headers}, body, _document(body))


def _document(body: bytes) -> ElementTree.Element | None:
    """XML without its namespaces; None for anything else, and for what declares entities, as no store does."""
    if not body.lstrip().startswith(b"<") or b"<!" in body:
        return None
    try:
        document = ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError:
        return None
    for element in document.iter():
        element.tag = element.tag.rpartition("}")[2]
    return document
