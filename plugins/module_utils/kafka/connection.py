# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One connection to a broker, and what is asked over it."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import PopsinkError
from .login import ClientCertificateError, Server, UntrustedError

#: Longest answer that is read; those that are asked for have a few hundred bytes.
_LONGEST = 1 << 20

_CLIENT = b"popsink"


class NoBrokerError(PopsinkError):
    """There is no connection, or what answers is no broker that speaks so."""


class SilentError(PopsinkError):
    """The server did not answer in time."""


class EndedError(PopsinkError):
    """The server ended the connection in place of an answer, or answers something else."""


class Connection:
    """Requests of Kafka's protocol, each answered before the next."""

    def __init__(self, plain: socket.socket) -> None:
        self._socket = plain
        self._correlation = 0

    def ask(self, key: int, version: int, body: bytes) -> Answer:
        """Ask one question.

        :param key: of the API.
        :param body: of a version whose request and response have plain headers.
        :raises SilentError: no answer in time.
        :raises EndedError: none at all, or no broker's.
        :raises ssl.SSLError: what TLS has to say, and with TLS 1.3 says only now.
        """
        self._correlation += 1
        head = struct.pack(">hhi", key, version, self._correlation)
        request = head + in_bytes(_CLIENT, ">h") + body
        try:
            self._socket.sendall(in_bytes(request))
            (length,) = struct.unpack(">i", self._exactly(4))
            if not 4 <= length <= _LONGEST:
                raise EndedError("something else answers")
            answer = self._exactly(length)
        except TimeoutError:
            raise SilentError("no answer in time") from None
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            raise EndedError("the connection was ended") from None
        if struct.unpack(">i", answer[:4]) != (self._correlation,):
            raise EndedError("something else answers")
        return Answer(answer[4:])

    def _exactly(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            part = self._socket.recv(count - len(received))
            if not part:
                raise EndedError("the connection was ended")
            received += part
        return received


class Answer:
    """What was answered, read from its begin."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def number(self, form: str = ">h") -> int:
        """The next number.

        :param form: of struct.
        """
        size = struct.calcsize(form)
        if len(self._rest) < size:
            raise EndedError("the answer is cut off")
        (value,) = struct.unpack(form, self._rest[:size])
        self._rest = self._rest[size:]
        return int(value)

    def bytes(self, form: str = ">i") -> bytes:
        """The next bytes or text, empty where it is null.

        :param form: of its length.
        """
        length = max(0, self.number(form))
        if len(self._rest) < length:
            raise EndedError("the answer is cut off")
        value, self._rest = self._rest[:length], self._rest[length:]
        return value


def in_bytes(content: bytes, form: str = ">i") -> bytes:
    """As bytes or text stand in a message: with their length.

    :param form: of the length.
    """
    return struct.pack(form, len(content)) + content


@contextmanager
def connected(
    address: tuple[str, int], server: Server, tls: ssl.SSLContext | None, seconds: float
) -> Iterator[Connection]:
    """Connect, with TLS if there is a context for it.

    :param address: where the server is reached: IP address and port.
    :param seconds: for each step.
    :raises NoBrokerError: no connection, or no TLS.
    :raises UntrustedError: the broker's certificate.
    :raises ClientCertificateError: the client's.
    """
    try:
        with socket.create_connection(address, timeout=seconds) as plain:
            if tls is None:
                yield Connection(plain)
            else:
                with tls.wrap_socket(plain, server_hostname=server.host) as secured:
                    yield Connection(secured)
    except ssl.SSLCertVerificationError as error:
        raise UntrustedError(f"The certificate of {server} is not trusted: {error.verify_message}.") from error
    except ssl.SSLError as error:
        reason = str(error.reason or error)
        if "ALERT" in reason and ("CERTIFICATE" in reason or "HANDSHAKE_FAILURE" in reason):
            raise ClientCertificateError(f"{server} does not take the client's certificate ({reason}).") from error
        raise NoBrokerError(f"{server} does not speak TLS ({reason}).") from error
    except OSError as error:
        raise NoBrokerError(f"{server} does not answer{' with TLS' if tls else ''}: {error}.") from error
