# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking at the public URL, as a browser would: by DNS and this host's proxies, or at an address that is given."""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..http_request import Answer, NoAnswerError
from ..urls import PORTS

#: Seconds to connect, and to wait for an answer.
_CONNECT = 3
_TIMEOUT = 10

#: Bytes of a body that are read.
_LIMIT = 65536


@dataclass(frozen=True)
class Place:
    """Where the data plane is reached from outside.

    :ivar url: the public URL.
    :ivar address: ``ADDRESS`` or ``ADDRESS:PORT`` in the place of what DNS says; empty for that.
    :ivar ca: certificate in PEM of a CA that is trusted besides this host's own; empty for none.
    """

    url: str
    address: str = ""
    ca: str = ""

    @property
    def host(self) -> str:
        """Its host."""
        return str(urlsplit(self.url).hostname)

    @property
    def server(self) -> tuple[str, int]:
        """Host or address, and port, to connect to."""
        parts = urlsplit(self.url)
        port = parts.port or PORTS[parts.scheme]
        if not self.address:
            return self.host, port
        given = urlsplit(f"//{self.address}")
        return str(given.hostname), given.port or port


class Visitor:
    """Asks at one place; connections are kept for the next question."""

    def __init__(self, place: Place, pool: Any) -> None:
        self._base = urlsplit(place.url)
        self._pool = pool
        # Such a pool has one server, and takes paths alone.
        self._direct = bool(place.address)

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Send a request; redirects are not followed.

        :param path: below the public URL.
        :raises NoAnswerError: no connection, no trust, or no HTTP.
        """
        from urllib3.exceptions import HTTPError

        url = f"{self._base.path.rstrip('/')}{path}"
        if not self._direct:
            url = f"{self._base.scheme}://{self._base.netloc}{url}"
        # Without it the address would be told to the server as the host.
        headers = {"Host": self._base.netloc, "User-Agent": "popsink.data_plane"}
        try:
            if form is None:
                answer = self._pool.request(method, url, headers=headers, preload_content=False)
            else:
                answer = self._pool.request(
                    method, url, headers=headers, fields=dict(form), encode_multipart=False, preload_content=False
                )
            body = answer.read(_LIMIT)
            answer.release_conn()
        except (HTTPError, OSError) as error:
            raise _no_answer(error) from error
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)


@contextmanager
def visitor(place: Place) -> Iterator[Visitor]:
    """Asks there while the context lasts."""
    # The Kubernetes client brings it along.
    import urllib3

    context = trusting(place.ca)
    options: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=_CONNECT, read=_TIMEOUT),
        "retries": urllib3.Retry(0, redirect=False, raise_on_redirect=False),
    }
    parts = urlsplit(place.url)
    pool: Any
    if place.address:
        host, port = place.server
        if parts.scheme == "https":
            name = place.host
            pool = urllib3.HTTPSConnectionPool(
                host, port, ssl_context=context, server_hostname=name, assert_hostname=name, **options
            )
        else:
            pool = urllib3.HTTPConnectionPool(host, port, **options)
    elif proxy := _proxy(place):
        pool = urllib3.ProxyManager(proxy, ssl_context=context, **options)
    else:
        pool = urllib3.PoolManager(ssl_context=context, **options)
    with pool:
        yield Visitor(place, pool)


def trusting(ca: str) -> ssl.SSLContext:
    """What this host trusts, and a CA besides; as browsers do, whatever a certificate's form."""
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ca:
        context.load_verify_locations(cadata=ca)
    return context


def presented(place: Place) -> str:
    """The certificate that is shown there, in PEM, trusted or not; empty where none is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    # Only looked at: nothing is said on this connection.
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(place.server, timeout=_CONNECT) as connection,
            context.wrap_socket(connection, server_hostname=place.host) as wrapped,
        ):
            shown = wrapped.getpeercert(binary_form=True)
    except OSError:
        return ""
    return ssl.DER_cert_to_PEM_cert(shown) if shown else ""


def _proxy(place: Place) -> str:
    if urllib.request.proxy_bypass(place.host):
        return ""
    return str(urllib.request.getproxies().get(urlsplit(place.url).scheme) or "")


def _no_answer(error: Exception) -> NoAnswerError:
    """What is wrong, out of the errors in which it is wrapped."""
    from urllib3.exceptions import NameResolutionError, ProxyError

    # The request itself was good, so that it is no retry that failed.
    reason: Any = getattr(error, "reason", None) or error
    if isinstance(reason, ProxyError):
        return NoAnswerError(reason)
    unresolved = isinstance(reason, NameResolutionError)
    # What is wrong with a certificate is a ValueError, by whichever of the two libraries it was found.
    inner = next((part for part in getattr(reason, "args", ()) if isinstance(part, (ssl.SSLError, ValueError))), None)
    if inner is not None:
        reason = inner
    return NoAnswerError(reason, unresolved=unresolved, untrusted=isinstance(reason, ValueError))
