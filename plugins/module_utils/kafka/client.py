# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking another Kafka than the bundled broker, as one of its clients. Nothing is made in it."""

from __future__ import annotations

import importlib
import logging
import secrets
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import PopsinkError
from .login import ClientCertificateError, Login, Server, UntrustedError

#: What is installed for it.
LIBRARY = "kafka-python >= 3.0"

#: The first request of every client, which a broker answers before it knows who asks: which versions do you speak?
_CORRELATION = 7
_BODY = struct.pack(">hhih", 18, 0, _CORRELATION, 7) + b"popsink"
_HELLO = struct.pack(">i", len(_BODY)) + _BODY

_MILLISECONDS = 1000


class NoBrokerError(PopsinkError):
    """There is no connection, or what answers is no broker that speaks so."""


class LoginError(PopsinkError):
    """The broker does not let the client in."""


class NotLetInError(PopsinkError):
    """The client was not let in, and it was not told why."""


class TopicsError(PopsinkError):
    """The broker makes no topic for the client.

    :ivar forbidden: whether because it may not have one.
    """

    def __init__(self, message: str, *, forbidden: bool) -> None:
        super().__init__(message)
        self.forbidden = forbidden


class NoLibraryError(PopsinkError):
    """What is needed to speak to a broker is not installed."""


def greet(address: tuple[str, int], server: Server, tls: ssl.SSLContext | None, seconds: float) -> None:
    """Connect as the first step of every client, and be answered as a broker answers.

    :param address: where the server is reached: IP address and port.
    :raises NoBrokerError: no connection, another protocol, or no TLS.
    :raises UntrustedError: the broker's certificate.
    :raises ClientCertificateError: the client's.
    """
    try:
        with socket.create_connection(address, timeout=seconds) as plain:
            if tls is None:
                _greeted(plain, server)
            else:
                with tls.wrap_socket(plain, server_hostname=server.host) as secured:
                    _greeted(secured, server)
    except ssl.SSLCertVerificationError as error:
        raise UntrustedError(f"The certificate of {server} is not trusted: {error.verify_message}.") from error
    except ssl.SSLError as error:
        reason = str(error.reason or error)
        if "ALERT" in reason and ("CERTIFICATE" in reason or "HANDSHAKE_FAILURE" in reason):
            raise ClientCertificateError(f"{server} does not take the client's certificate ({reason}).") from error
        raise NoBrokerError(f"{server} does not speak TLS ({reason}).") from error
    except OSError as error:
        raise NoBrokerError(f"{server} does not answer{' with TLS' if tls else ''}: {error}.") from error


def _greeted(connection: socket.socket, server: Server) -> None:
    answer = b""
    try:
        connection.sendall(_HELLO)
        while len(answer) < 8 and (part := connection.recv(8 - len(answer))):
            answer += part
    except (ConnectionError, TimeoutError):
        # What does not understand a greeting ends the connection, or waits for more.
        answer = b""
    if len(answer) == 8 and struct.unpack(">ii", answer)[1] == _CORRELATION:
        return
    or_else = "does not take the client's certificate" if isinstance(connection, ssl.SSLSocket) else "wants TLS"
    raise NoBrokerError(f"{server} does not speak Kafka's protocol, or {or_else}.")


def log_in(servers: list[Server], login: Login, seconds: float) -> None:
    """Come in, and be told of the brokers.

    :raises LoginError: a broker does not let the client in.
    :raises NotLetInError: the same, without a reason.
    :raises NoBrokerError: no broker answers a client that comes like this.
    :raises NoLibraryError: nothing speaks to brokers here.
    """
    with _client(servers, login, seconds):
        pass


def try_topic(servers: list[Server], login: Login, seconds: float) -> None:
    """Have a broker say whether it would make a topic, with its own defaults; it makes none.

    :raises TopicsError: it would not.
    :raises LoginError: a broker does not let the client in.
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
    with overheard() as heard:
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
            # While it tries again and again, the library tells the reason only to its log.
            raise _refusal([*heard, error], login, errors) from error
        try:
            yield client
        finally:
            client.close()


def _refusal(reasons: list[BaseException], login: Login, errors: Any) -> PopsinkError:
    for reason in reasons:
        if isinstance(reason, (errors.SaslAuthenticationFailedError, errors.AuthorizationError)):
            return LoginError(f"The broker does not let the client in ({word(reason)}).")
        if isinstance(reason, (errors.UnsupportedSaslMechanismError, errors.IllegalSaslStateError)):
            return LoginError(f"The broker does not take this SASL mechanism, or none at all ({word(reason)}).")
    if login.protocol.startswith("SASL_"):
        # Brokers that tell no reason hang up; others that are slow would look the same, so that it is no verdict.
        return NotLetInError("A broker greets, and then does not let in, or not in time, a client that logs in so.")
    return NoBrokerError("A broker greets, and then does not answer a client without a login.")


def word(error: BaseException) -> str:
    """The library's name for an error: its text may hold more than concerns anyone."""
    return type(error).__name__.removesuffix("Error")


@contextmanager
def overheard() -> Iterator[list[BaseException]]:
    """The errors that the library logs meanwhile, which go nowhere else."""
    heard: list[BaseException] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.extend(item for item in record.args or () if isinstance(item, BaseException))

    logger, ear = logging.getLogger("kafka"), Ear(logging.WARNING)
    spread, logger.propagate = logger.propagate, False
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = spread


def library(name: str) -> Any:
    """A module of the library, imported only where another Kafka is asked."""
    try:
        version = str(importlib.import_module("kafka").__version__)
        if int(version.partition(".")[0]) < 3:
            raise NoLibraryError(f"The Python library {LIBRARY} is needed here; installed is {version}.")
        return importlib.import_module(name)
    except ImportError as error:
        raise NoLibraryError(f"The Python library {LIBRARY} is needed here ({error}).") from error
