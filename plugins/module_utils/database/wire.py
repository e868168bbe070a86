# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said to a PostgreSQL server before any login: does it encrypt, and does it let in who does not."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import PopsinkError
from ..way import Address, Way
from .login import Login

#: Seconds to connect, and for an answer.
_CONNECT = 5

#: Requests of the frontend/backend protocol: their length, and the code of one for TLS and of version 3.0.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_VERSION = 196608


class NotReachedError(PopsinkError):
    """No PostgreSQL answered.

    :ivar anywhere: whether it is no matter of where it is asked from.
    """

    def __init__(self, message: str, *, anywhere: bool) -> None:
        super().__init__(message)
        self.anywhere = anywhere


def offers_tls(way: Way, host: str, port: int) -> bool:
    """Whether a server encrypts connections, asked as PostgreSQL's own clients do first of all.

    :raises NotReachedError: nothing answers as PostgreSQL does.
    :raises PopsinkError: the way does not lead there.
    """
    with _conversation(way, host, port) as connection:
        connection.sendall(_SSL_REQUEST)
        answer = connection.recv(1)
    if answer in (b"S", b"N"):
        return answer == b"S"
    raise _no_postgresql(host, port) if answer else _ended(way, host, port)


def refuses_open(way: Way, login: Login) -> bool:
    """Whether the server refuses a role because the connection is not encrypted. No password is sent."""
    words = b"".join(part.encode() + b"\0" for part in ("user", login.user, "database", login.database, ""))
    with _conversation(way, login.host, login.port) as connection:
        connection.sendall(struct.pack("!ii", len(words) + 8, _VERSION) + words)
        # An error, in place of the request to authenticate.
        return connection.recv(1) == b"E"


@contextmanager
def _conversation(way: Way, host: str, port: int) -> Iterator[socket.socket]:
    """A connection on which nothing was said yet.

    :raises NotReachedError: there is none, or what answers does not say what PostgreSQL would.
    """
    with way.to(host, port) as address, _connection(way, host, port, address) as connection:
        try:
            yield connection
        except TimeoutError as error:
            raise _no_postgresql(host, port) from error
        except OSError as error:
            raise _ended(way, host, port) from error


def _connection(way: Way, host: str, port: int, address: Address) -> socket.socket:
    try:
        return socket.create_connection((address.ip, address.port), timeout=_CONNECT)
    except ConnectionRefusedError as error:
        raise NotReachedError(f"{host}:{port} refuses connections {way.name}.", anywhere=True) from error
    except OSError as error:
        reason = f"no answer within {_CONNECT} seconds" if isinstance(error, TimeoutError) else error.strerror or error
        raise NotReachedError(f"{host}:{port} cannot be reached {way.name}: {reason}.", anywhere=False) from error


def _no_postgresql(host: str, port: int) -> NotReachedError:
    return NotReachedError(f"What listens at {host}:{port} does not answer as PostgreSQL does.", anywhere=True)


def _ended(way: Way, host: str, port: int) -> NotReachedError:
    """A load balancer or a firewall may do so to some, and not to others."""
    return NotReachedError(f"{host}:{port} ends connections {way.name} without an answer.", anywhere=False)
