# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to a server outside of the cluster, with the host's own proxies and certificate authorities."""

from __future__ import annotations

import http.client
import socket
import urllib.error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

#: Seconds to connect, and to wait for an answer.
_TIMEOUT = 15


@dataclass(frozen=True)
class Answer:
    """What a server said.

    :ivar status: HTTP status; redirects are not followed.
    :ivar headers: by name in small letters.
    """

    status: int
    headers: Mapping[str, str]


class NoAnswerError(Exception):
    """The server did not answer; the text says why.

    :ivar unresolved: whether its name is not known here.
    """

    def __init__(self, reason: object, *, unresolved: bool = False) -> None:
        super().__init__(str(reason))
        self.unresolved = unresolved


class NotAskedError(Exception):
    """The request cannot be made: its URL or a header is malformed. The text holds neither."""


def ask(method: str, url: str, headers: Mapping[str, str]) -> Answer:
    """Send a request without a body.

    :raises NoAnswerError: no connection, no trust, or no HTTP.
    :raises NotAskedError: a malformed URL or header.
    """
    # A netrc file would put its own login in place of the headers.
    try:
        response = open_url(
            url,
            method=method,
            headers=dict(headers),
            timeout=_TIMEOUT,
            follow_redirects="no",
            use_netrc=False,
            http_agent="popsink.data_plane",
        )
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers.items()))
    except (ValueError, http.client.InvalidURL) as error:
        # Their text is not passed on: it may show a header, and with it a token.
        raise NotAskedError(type(error).__name__) from None
    except (urllib.error.URLError, UrlConnectionError, SSLValidationError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise NoAnswerError(reason, unresolved=isinstance(reason, socket.gaierror)) from error
    with response:
        return Answer(response.status, _lower(response.headers.items()))


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
