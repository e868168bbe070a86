# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs that people type."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

#: The port that is meant where a URL names none, by its scheme.
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class WebUrl:
    """The parts of an ``http`` or ``https`` URL that matter here."""

    scheme: str
    host: str
    path: str
    port: int | None = None


def web_url(text: str) -> WebUrl | None:
    """The parts of a URL, or None where it lacks scheme or host or is none at all."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or " " in text.strip():
        return None
    return WebUrl(parts.scheme, host, parts.path, port)


def one_spelling(text: str) -> str:
    """A URL as every spelling of it becomes, without a login and a query; what is none stays as it is."""
    url = web_url(text)
    if url is None:
        return text
    port = url.port or PORTS[url.scheme]
    return f"{url.scheme}://{url.host.rstrip('.')}:{port}{url.path.rstrip('/')}"


def one_endpoint(endpoint: str) -> str:
    """An object store's endpoint as every spelling of it becomes; empty for AWS, where one may be named or left out."""
    return "" if is_aws(endpoint) else one_spelling(endpoint)


def is_aws(endpoint: str) -> bool:
    """Whether an object store is AWS's own, which an endpoint may name as well.

    :param endpoint: URL of an S3-compatible store; empty for AWS.
    """
    url = web_url(endpoint)
    return not endpoint or (url is not None and ".amazonaws." in url.host)
