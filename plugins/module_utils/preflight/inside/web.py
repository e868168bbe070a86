# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP requests that take a way of their own to the server, and are otherwise as any other."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from ...http_request import Answer, NoAnswerError, NotAskedError
from ...urls import PORTS, web_url
from ...way import Address, UnresolvedError, Way

#: Seconds to connect, and to wait for an answer.
_TIMEOUT = 15


def server_of(url: str) -> tuple[str, int]:
    """Host and port of a URL.

    :raises NotAskedError: it is none.
    """
    if web_url(url) is None:
        raise NotAskedError("no URL")
    parts = urlsplit(url.strip())
    return str(parts.hostname), parts.port or PORTS[parts.scheme]


def ask_on(way: Way, method: str, url: str, headers: Mapping[str, str]) -> Answer:
    """Send a request without a body; see :func:`..http_request.ask`, whose errors are raised.

    Proxies of this host do not count: the deployment's pods do not have them.

    :raises UnreachableError: nothing answers there.
    """
    host, port = server_of(url)
    try:
        with way.to(host, port) as address:
            return _asked(address, method, url, headers)
    except UnresolvedError as error:
        raise NoAnswerError(error, unresolved=True) from error


def _asked(address: Address, method: str, url: str, headers: Mapping[str, str]) -> Answer:
    # The Kubernetes client brings it along, without which there is no way to begin with.
    import urllib3
    from urllib3.exceptions import HTTPError

    parts = urlsplit(url.strip())
    host = str(parts.hostname)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address.ip,
            address.port,
            ssl_context=ssl.create_default_context(),
            server_hostname=host,
            assert_hostname=host,
            timeout=_TIMEOUT,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address.ip, address.port, timeout=_TIMEOUT)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    with pool:
        try:
            answer = pool.request(
                method,
                path,
                headers={**headers, "Host": parts.netloc},
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise NoAnswerError(reason, untrusted=isinstance(reason, ssl.SSLCertVerificationError)) from error
        # The body is nobody's concern, and may be large.
        answer.release_conn()
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()})
