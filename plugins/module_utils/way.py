# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to a server: from this host, or from inside the cluster."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from .errors import PopsinkError


class UnresolvedError(PopsinkError):
    """The name is not known on this way: from outside of a cluster, its own names are not."""


class UnreachableError(PopsinkError):
    """It was tried on the very way that the deployment's pods take, and nothing answers there."""


@dataclass(frozen=True)
class Address:
    """Where to connect to for a server, whatever its name is.

    :ivar ip: IPv4 or IPv6 address.
    """

    ip: str
    port: int


class Way(ABC):
    """A way to servers.

    :ivar name: for people, as the end of a sentence: ``from here``.
    """

    name: str

    @abstractmethod
    def to(self, host: str, port: int) -> AbstractContextManager[Address]:
        """Lead to a server while the context lasts.

        :raises UnresolvedError: its name is not known on this way, which says nothing about the deployment's own.
        :raises UnreachableError: the deployment would not reach it either.
        """


class Here(Way):
    """From the host that this runs on."""

    name = "from here"

    @contextmanager
    def to(self, host: str, port: int) -> Iterator[Address]:
        """Lead to a server; see :meth:`Way.to`."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise UnresolvedError(
                f"{host} cannot be resolved from here; it may be a name of the cluster. Not checked from here."
            ) from error
        yield Address(str(found[0][4][0]), port)
