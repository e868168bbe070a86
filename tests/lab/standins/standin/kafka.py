"""The one exchange of the Kafka protocol that tells a broker from any open port: ApiVersions."""

from __future__ import annotations

import socket
import struct

API_VERSIONS = 18
UNSUPPORTED_VERSION = 35
PLAINTEXT = "PLAINTEXT"


class KafkaError(OSError):
    """What answers is not a broker."""


def _receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise KafkaError("the connection was closed")
        data += part
    return data


def frame(connection: socket.socket) -> bytes:
    """The next request or answer."""
    (size,) = struct.unpack(">i", _receive(connection, 4))
    if not 8 <= size <= 1 << 20:
        raise KafkaError("not the Kafka protocol")
    return _receive(connection, size)


def address(bootstrap: str) -> tuple[str, int]:
    """Host and port of the first bootstrap server."""
    host, _colon, port = bootstrap.split(",")[0].strip().rpartition(":")
    if not host or not port.isdigit():
        raise KafkaError(f"not a bootstrap server: {bootstrap!r}")
    return host, int(port)


def check(bootstrap: str, protocol: str = PLAINTEXT, seconds: float = 5) -> None:
    """Raises OSError unless a broker answers. Behind TLS or SASL only the port is tried."""
    with socket.create_connection(address(bootstrap), timeout=seconds) as connection:
        if protocol != PLAINTEXT:
            return
        client = b"stand-in"
        request = struct.pack(">hhih", API_VERSIONS, 0, 7, len(client)) + client
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = frame(connection)
        if struct.unpack(">i", answer[:4]) != (7,):
            raise KafkaError("the broker answers another request")
