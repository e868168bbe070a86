# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to a server outside of the cluster, with the host's own proxies and certificate authorities."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

from .urls import PORTS

#: Seconds to connect, and to wait for an answer.
_TIMEOUT = 15

_TRUST = (
    "Put the certificate of the authority that made it, a proxy's own where one reads along, into "
    "popsink_ca_certificates; the data plane then trusts it, too."
)

#: What is heard where a server speaks TLS and is asked without, by the URL's scheme, or the other way round; a server
#: may close the connection without a word, or send what TLS calls an alert.
_OTHER_SCHEMES = {
    "http": (
        r"closed connection without response|\\?x15\\?x03|\x15\x03",
        "may speak TLS: https:// in place of http://",
    ),
    "https": (
        r"wrong.version.number|record.layer.failure|packet.length.too.long|http.request",
        "may speak no TLS: http:// in place of https://",
    ),
}

#: What can be wrong with a certificate besides who made it, as OpenSSL numbers it: it is not valid yet, has ended, or
#: is for another name or address.
_NOT_A_MATTER_OF_TRUST = (9, 10, 62, 64)


@dataclass(frozen=True)
class Answer:
    """What a server said.

    :ivar status: HTTP status; redirects are not followed.
    :ivar headers: by name in small letters.
    :ivar body: as much as was asked for, of an answer that is no error.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class NoAnswerError(Exception):
    """The server did not answer; the text says why.

    :ivar unresolved: whether its name is not known here.
    :ivar untrusted: whether this host does not trust who made its certificate.
    """

    def __init__(self, reason: object, *, unresolved: bool = False, untrusted: bool = False) -> None:
        super().__init__(str(reason))
        self.unresolved = unresolved
        self.untrusted = untrusted


class NotAskedError(Exception):
    """The request cannot be made: its URL or a header is malformed. The text holds neither."""


def ask(method: str, url: str, headers: Mapping[str, str], *, limit: int = 0, seconds: float = _TIMEOUT) -> Answer:
    """Send a request without a body.

    Proxies are those of the environment (``https_proxy``, ``no_proxy``). Trusted are the authorities of the host's own
    store, or those that ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name in its place, and those in ``/etc/ansible``.

    :param limit: bytes of the answer's body that are read.
    :param seconds: to connect, and to wait for an answer; at most the usual.
    :raises NoAnswerError: no connection, no trust, or no HTTP.
    :raises NotAskedError: a malformed URL or header.
    """
    # A netrc file would put its own login in place of the headers.
    try:
        response = open_url(
            url,
            method=method,
            headers=dict(headers),
            timeout=min(seconds, _TIMEOUT),
            follow_redirects="no",
            use_netrc=False,
            http_agent="popsink.data_plane",
        )
        with response:
            body = response.read(limit) if limit else b""
            return Answer(response.status, _lower(response.headers.items()), body)
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers.items()))
    except (ValueError, http.client.InvalidURL) as error:
        # Their text is not passed on: it may show a header, and with it a token.
        raise NotAskedError(type(error).__name__) from None
    except (urllib.error.URLError, UrlConnectionError, SSLValidationError, http.client.HTTPException, OSError) as error:
        raise no_answer(error) from error


def no_answer(error: Exception) -> NoAnswerError:
    """What a request ended with, as the reason for which there is no answer."""
    reason = getattr(error, "reason", None) or error
    return NoAnswerError(reason, unresolved=isinstance(reason, socket.gaierror), untrusted=_is_untrusted(reason))


def advice(error: NoAnswerError, url: str, otherwise: str = "") -> str:
    """What to do where a server did not answer.

    :param url: that was asked for.
    :param otherwise: where the reason says no more, or not for certain.
    """
    if error.untrusted:
        return _TRUST
    words, said = _OTHER_SCHEMES.get(urlsplit(url.strip()).scheme, ("", ""))
    if words and re.search(words, str(error), re.IGNORECASE):
        return f"What listens at {server_of(url)} {said}. {otherwise}".strip()
    return otherwise


def server_of(url: str) -> str:
    """Host and port of a URL, for people."""
    parts = urlsplit(url.strip())
    port = parts.port or PORTS.get(parts.scheme)
    return f"{parts.hostname}:{port}"


def _is_untrusted(reason: object) -> bool:
    return isinstance(reason, ssl.SSLCertVerificationError) and reason.verify_code not in _NOT_A_MATTER_OF_TRUST


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
