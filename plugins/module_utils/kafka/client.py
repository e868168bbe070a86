# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking another Kafka than the bundled broker, as one of its clients. Nothing is made in it."""

from __future__ import annotations

import importlib
import logging
import secrets
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import PopsinkError
from .connection import Connection, EndedError, NoBrokerError, SilentError, connected, in_bytes
from .login import PASSWORD_MECHANISMS, Login, Server
from .scram import NotScramError, Scram

#: What is installed for trying a topic.
LIBRARY = "kafka-python >= 3.0"

#: Keys of the protocol's requests, and versions of them that brokers from 1.0 on answer.
_METADATA, _METADATA_VERSION = 3, 1
_HANDSHAKE, _HANDSHAKE_VERSION = 17, 1
_VERSIONS, _VERSIONS_VERSION = 18, 0
_AUTHENTICATE, _AUTHENTICATE_VERSION = 36, 0

#: Answers to a login.
_UNSUPPORTED_MECHANISM, _ILLEGAL_STATE = 33, 34

_MILLISECONDS = 1000


class LoginError(PopsinkError):
    """The broker does not let the client in."""


class NotTriedError(PopsinkError):
    """Whether the broker lets the client in was not found out."""


class TopicsError(PopsinkError):
    """The broker makes no topic for the client.

    :ivar forbidden: whether because it may not have one.
    """

    def __init__(self, message: str, *, forbidden: bool) -> None:
        super().__init__(message)
        self.forbidden = forbidden


class NoLibraryError(PopsinkError):
    """What is needed to have a topic tried is not installed."""


def come_in(address: tuple[str, int], server: Server, login: Login, seconds: float) -> None:
    """Connect, be answered as a broker answers, log in, and be told of the cluster, as every client begins.

    The protocol is spoken here, and not by the library: that one often misses the answer to a wrong login, because the
    broker ends the connection right after it.

    :param address: where the server is reached: IP address and port.
    :raises NoBrokerError: no connection, another protocol, or no TLS.
    :raises UntrustedError: the broker's certificate.
    :raises ClientCertificateError: the client's.
    :raises LoginError: the broker does not let the client in.
    :raises NotTriedError: it may, or may not.
    """
    with connected(address, server, login.tls, seconds) as connection:
        try:
            connection.ask(_VERSIONS, _VERSIONS_VERSION, b"")
        except (EndedError, SilentError):
            # What does not understand a greeting ends the connection, or waits for more.
            or_else = "wants TLS" if login.tls is None else "does not take the client's certificate"
            raise NoBrokerError(f"{server} does not speak Kafka's protocol, or {or_else}.") from None
        try:
            if login.sasl:
                _log_in(connection, server, login)
            # No topics are asked for. Before a login that it wants, a broker answers nothing more.
            connection.ask(_METADATA, _METADATA_VERSION, struct.pack(">i", 0))
        except EndedError:
            if login.sasl:
                raise LoginError(f"{server} ends the connection when the client logs in, without a reason.") from None
            raise LoginError(
                f"{server} greets, and ends the connection of a client that does not log in: it wants SASL."
            ) from None
        except SilentError:
            raise NotTriedError(f"{server} greets, and then does not answer within {seconds:g} s.") from None


def speaks(plain: socket.socket, seconds: float) -> bool:
    """Whether who is at the other end of a connection answers a greeting as a broker does."""
    plain.settimeout(seconds)
    try:
        Connection(plain).ask(_VERSIONS, _VERSIONS_VERSION, b"")
    except (EndedError, SilentError, OSError):
        return False
    return True


def _log_in(connection: Connection, server: Server, login: Login) -> None:
    answer = connection.ask(_HANDSHAKE, _HANDSHAKE_VERSION, in_bytes(login.mechanism.encode(), ">h"))
    code = answer.number()
    if code == _UNSUPPORTED_MECHANISM:
        offered = ", ".join(_short(answer.bytes(">h")) for _each in range(min(answer.number(">i"), 10)))
        raise LoginError(f"{server} does not take the SASL mechanism {login.mechanism}; it takes {offered or 'none'}.")
    if code == _ILLEGAL_STATE:
        raise LoginError(f"{server} takes no logins by SASL at this port.")
    if code:
        raise NotTriedError(f"{server} does not take a login by {login.mechanism} (error {code} of the protocol).")
    if login.mechanism not in PASSWORD_MECHANISMS:
        raise NotTriedError(f"{server} offers {login.mechanism}; logging in by it is not tried from here.")
    if not login.password:
        raise NotTriedError(f"{server} offers {login.mechanism}; popsink_kafka_sasl_password is not known here.")

    def told(message: bytes) -> bytes:
        answer = connection.ask(_AUTHENTICATE, _AUTHENTICATE_VERSION, in_bytes(message))
        code, _words, content = answer.number(), answer.bytes(">h"), answer.bytes()
        if code:
            raise LoginError(f"{server} refuses the login of {login.username} by {login.mechanism}.")
        return content

    if login.mechanism == "PLAIN":
        told(b"\0".join([b"", login.username.encode(), login.password.encode()]))
        return
    scram = Scram(login.mechanism, login.username, login.password)
    try:
        scram.verify(told(scram.final(told(scram.first()))))
    except NotScramError as error:
        raise LoginError(f"{server} logs nobody in by {login.mechanism}: {error}.") from error


def _short(text: bytes) -> str:
    """A name that a server gives, as far as it is one."""
    return "".join(letter for letter in text[:40].decode("ascii", "replace") if letter.isalnum() or letter in "-_")


def try_topic(servers: list[Server], login: Login, seconds: float) -> None:
    """Have a broker say whether it would make a topic, with its own defaults; it makes none.

    :raises TopicsError: it would not.
    :raises NoBrokerError: the broker that makes topics does not answer.
    :raises NoLibraryError: nothing speaks to brokers here.
    """
    name = f"popsink-preflight-{secrets.token_hex(4)}"
    errors = library("kafka.errors")
    with _client(servers, login, seconds) as client:
        try:
            client.create_topics([name], timeout_ms=int(seconds * _MILLISECONDS), validate_only=True)
        except errors.AuthorizationError as error:
            raise TopicsError(f"The client may not create topic {name} ({word(error)}).", forbidden=True) from error
        except errors.RetriableError as error:
            raise NoBrokerError(f"The broker that makes topics does not answer from here ({word(error)}).") from error
        except errors.BrokerResponseError as error:
            raise TopicsError(f"The broker would not make a topic ({word(error)}).", forbidden=False) from error
        except errors.KafkaError as error:
            raise NoBrokerError(f"The broker that makes topics was not asked ({word(error)}).") from error


@contextmanager
def _client(servers: list[Server], login: Login, seconds: float) -> Iterator[Any]:
    """A client of the library's, once it is let in."""
    admin, errors = library("kafka.admin"), library("kafka.errors")
    limit = int(seconds * _MILLISECONDS)
    with unheard():
        try:
            client = admin.KafkaAdminClient(
                bootstrap_servers=[f"[{server.host}]:{server.port}" if ":" in server.host else str(server)
                                   for server in servers],
                client_id="popsink-preflight",
                bootstrap_timeout_ms=limit,
                request_timeout_ms=limit,
                **login.options,
            )  # fmt: skip
        except errors.KafkaError as error:
            raise NoBrokerError(f"The brokers do not answer a further client in time ({word(error)}).") from error
        try:
            yield client
        finally:
            client.close()


@contextmanager
def unheard() -> Iterator[None]:
    """While it lasts, what the library logs goes nowhere: at its most talkative it logs passwords."""
    logger, deaf = logging.getLogger("kafka"), logging.NullHandler()
    spread, logger.propagate = logger.propagate, False
    logger.addHandler(deaf)
    try:
        yield
    finally:
        logger.removeHandler(deaf)
        logger.propagate = spread


def word(error: BaseException) -> str:
    """The library's name for an error: its text may hold more than concerns anyone."""
    return type(error).__name__.removesuffix("Error")


def library(name: str) -> Any:
    """A module of the library, imported only where another Kafka is asked."""
    try:
        version = str(importlib.import_module("kafka").__version__)
        if int(version.partition(".")[0]) < 3:
            raise NoLibraryError(f"The Python library {LIBRARY} is needed here; installed is {version}.")
        return importlib.import_module(name)
    except ImportError as error:
        raise NoLibraryError(f"The Python library {LIBRARY} is needed here ({error}).") from error
