"""What a client asks of brokers: those that want a login or TLS get a record, the chart's own is greeted."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standin import environment

API_VERSIONS = 18
UNSUPPORTED_VERSION = 35
PLAINTEXT = "PLAINTEXT"


class KafkaError(OSError):
    """What answers is not a broker, or one that does not do what is asked."""


@dataclass(frozen=True)
class Settings:
    """A broker and the way in, as the chart tells the data plane, and that its workers.

    The names of the fields are those of the variables, less what they all begin with.
    """

    bootstrap_server: str
    security_protocol: str = PLAINTEXT
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    ca_cert: str = ""
    cert: str = ""
    key: str = field(default="", repr=False)

    PREFIX = "DEFAULT_KAFKA_"
    SECRET = ("sasl_password", "key")

    @classmethod
    def from_environment(cls) -> Settings:
        environment.required(f"{cls.PREFIX}BOOTSTRAP_SERVER")
        given = {name: environment.optional(f"{cls.PREFIX}{name.upper()}") for name in cls.__dataclass_fields__}
        return cls(**{name: value for name, value in given.items() if value})

    def variables(self) -> dict[str, str]:
        """As they stand in the environment."""
        return {f"{self.PREFIX}{name.upper()}": getattr(self, name) for name in self.__dataclass_fields__}

    def options(self) -> dict[str, Any]:
        """As the client library takes them."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_server.split(","),
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.startswith("SASL_"):
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        if self.security_protocol.endswith("SSL"):
            options["ssl_context"] = self._tls()
        return options

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.ca_cert or None)
        if self.cert:
            # Python reads them from files only.
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(f"{self.cert}\n{self.key}\n")
                file.flush()
                context.load_cert_chain(file.name)
        return context


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


def check(bootstrap: str, seconds: float = 5) -> None:
    """Raises OSError unless a broker answers."""
    with socket.create_connection(address(bootstrap), timeout=seconds) as connection:
        client = b"stand-in"
        request = struct.pack(">hhih", API_VERSIONS, 0, 7, len(client)) + client
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = frame(connection)
    if struct.unpack(">i", answer[:4]) != (7,):
        raise KafkaError("the broker answers another request")


def use(settings: Settings, topic: str, value: str) -> bool:
    """Use the broker as a data plane does; says whether a record was kept. Raises OSError where it cannot be used."""
    if settings.security_protocol == PLAINTEXT:
        # Not every broker makes a topic because somebody writes to it, as the chart's.
        check(settings.bootstrap_server)
        return False
    exchange(settings, topic, value)
    return True


def exchange(settings: Settings, topic: str, value: str, seconds: float = 10) -> None:
    """Write a record, and read that very one. Raises OSError."""
    # Only where there is a real broker is there a library for it.
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.errors import KafkaError as LibraryError

    milliseconds = int(seconds * 1000)
    with _heard() as said:
        try:
            options = settings.options()
            producer = KafkaProducer(**options, acks="all", max_block_ms=milliseconds)
            try:
                written = producer.send(topic, value.encode()).get(seconds)
            finally:
                producer.close(1)
            consumer = KafkaConsumer(**options, consumer_timeout_ms=milliseconds)
            try:
                consumer.assign([TopicPartition(topic, written.partition)])
                consumer.seek(TopicPartition(topic, written.partition), written.offset)
                read = next(consumer, None)
            finally:
                consumer.close()
        except LibraryError as problem:
            # This library does not tell why a broker hangs up while somebody logs in; others do.
            if any("<authenticating>" in line for line in said):
                raise KafkaError(f"SASL authentication failed for {settings.sasl_username}") from problem
            raise KafkaError(f"{type(problem).__name__} {problem}") from problem
        if read is None or read.value != value.encode():
            raise KafkaError(f"a record of topic {topic} does not come back")


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What the library logs meanwhile, which goes nowhere else."""
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("kafka")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
