"""Asking another Kafka: a broker's greeting for real, the library as it behaves."""

from __future__ import annotations

import importlib
import logging
import socketserver
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.client import (
    LIBRARY,
    LoginError,
    NoLibraryError,
    NotTriedError,
    TopicsError,
    come_in,
    try_topic,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.connection import NoBrokerError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.login import (
    ClientCertificateError,
    Login,
    Server,
    UntrustedError,
    servers_in,
    tls_of,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PLAIN = Login("PLAINTEXT")
SASL = Login("SASL_PLAINTEXT", "PLAIN", "popsink", "shown-password")


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("a:9092", [Server("a", 9092)]),
        ("a:1, b.c:2", [Server("a", 1), Server("b.c", 2)]),
        ("[::1]:9092", [Server("::1", 9092)]),
        ("a", None),
        ("", None),
        ("a:9092,", None),
        (":9092", None),
        ("a:kafka", None),
        ("a:0", None),
        ("a:65536", None),
        ("kafka://a:9092", None),
    ],
)
def test_bootstrap_servers(text: str, servers: list[Server] | None) -> None:
    assert servers_in(text) == servers


def certificate() -> tuple[str, str]:
    """A certificate for 127.0.0.1 that is its own authority, and its key, in PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, pkcs8, serialization.NoEncryption())
    return made.public_bytes(pem).decode(), secret.decode()


CERTIFICATE, KEY = certificate()
OTHER, OTHER_KEY = certificate()

#: Keys of requests.
METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 3, 17, 18, 36
#: What a broker answers by the key of the request, less its number; an empty answer ends the connection.
#: By the kind of request: the answer, or a function of the request that gives it.
Answers = dict[int, Any]
OPEN: Answers = {VERSIONS: struct.pack(">hi", 0, 0), METADATA: struct.pack(">iii", 0, 0, 0)}


def refused(code: int, *mechanisms: bytes) -> bytes:
    """An answer to a handshake."""
    named = b"".join(struct.pack(">h", len(name)) + name for name in mechanisms)
    return struct.pack(">hi", code, len(mechanisms)) + named


def authenticated(code: int = 0, content: bytes = b"") -> bytes:
    return struct.pack(">hhi", code, -1, len(content)) + content


@contextmanager
def broker(answers: Answers | bytes, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that answers like this, whatever is asked where it is bytes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                while (head := connection.recv(4)) and len(head) == 4:
                    request = connection.recv(struct.unpack(">i", head)[0] & 0xFFFF)
                    if isinstance(answers, bytes):
                        connection.sendall(answers)
                        break
                    answer = answers.get(struct.unpack(">h", request[:2])[0], b"")
                    answer = answer if isinstance(answer, bytes) else answer(request)
                    if not answer:
                        break
                    connection.sendall(struct.pack(">i", len(answer) + 4) + request[4:8] + answer)
                connection.close()
            except (OSError, struct.error):
                self.request.close()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield Server("127.0.0.1", server.server_address[1])
        finally:
            server.shutdown()


def enter(server: Server, login: Login = PLAIN, seconds: float = 5) -> None:
    come_in(("127.0.0.1", server.port), server, login, seconds)


def secured(ca: str = "", certificate: str = "", key: str = "") -> Login:
    return Login("SSL", tls=tls_of(ca, certificate, key))


def served_with(folder: Path, *, wants_client: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    (folder / "pem").write_text(CERTIFICATE + KEY)
    context.load_cert_chain(folder / "pem")
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        # With TLS 1.3 a client is told only later, or not at all where the connection ends too soon.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=OTHER)
    return context


def test_a_broker_greets() -> None:
    with broker(OPEN) as server:
        enter(server)


def test_a_broker_greets_with_tls(tmp_path: Path) -> None:
    with broker(OPEN, tls=served_with(tmp_path)) as server:
        enter(server, secured(CERTIFICATE))


def test_a_broker_takes_a_client_by_its_certificate(tmp_path: Path) -> None:
    with broker(OPEN, tls=served_with(tmp_path, wants_client=True)) as server:
        enter(server, secured(CERTIFICATE, OTHER, OTHER_KEY))


HTTP = b"HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize(
    ("answer", "served", "client", "error", "words"),
    [
        (b"", False, None, NoBrokerError, "does not speak Kafka's protocol, or wants TLS"),
        (HTTP, False, None, NoBrokerError, "does not speak Kafka's protocol"),
        (OPEN, True, None, NoBrokerError, "wants TLS"),
        (HTTP, True, (CERTIFICATE, "", ""), NoBrokerError, "does not speak Kafka's protocol, or does not take"),
        (HTTP, False, (CERTIFICATE, "", ""), NoBrokerError, "does not speak TLS"),
        (OPEN, True, (OTHER, "", ""), UntrustedError, "is not trusted"),
        (OPEN, True, ("", "", ""), UntrustedError, "is not trusted"),
    ],
)
def test_what_is_wrong_with_a_greeting(
    tmp_path: Path,
    answer: Answers | bytes,
    served: bool,
    client: tuple[str, str, str] | None,
    error: type[PopsinkError],
    words: str,
) -> None:
    login = secured(*client) if client else PLAIN
    with broker(answer, served_with(tmp_path) if served else None) as server, pytest.raises(error, match=words):
        enter(server, login)


def test_a_broker_that_wants_a_certificate_says_so(tmp_path: Path) -> None:
    with broker(OPEN, tls=served_with(tmp_path, wants_client=True)) as server, pytest.raises(ClientCertificateError):
        enter(server, secured(CERTIFICATE))


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    with broker(OPEN, tls=served_with(tmp_path)) as server, pytest.raises(UntrustedError, match=r"kafka\.example"):
        come_in(("127.0.0.1", server.port), Server("kafka.example", server.port), secured(CERTIFICATE), 5)


def test_the_password_is_told_to_a_broker_that_takes_plain() -> None:
    heard = []

    def listen(request: bytes) -> bytes:
        heard.append(request)
        return authenticated()

    with broker({**OPEN, HANDSHAKE: refused(0, b"PLAIN"), AUTHENTICATE: listen}) as server:
        enter(server, SASL)
    assert heard[0].endswith(b"\0popsink\0shown-password")


def late(_request: bytes) -> bytes:
    time.sleep(1)
    return b""


@pytest.mark.parametrize(
    ("changes", "login", "error", "words"),
    [
        ({AUTHENTICATE: authenticated(58)}, SASL, LoginError, "refuses the login of popsink by PLAIN"),
        ({AUTHENTICATE: b""}, SASL, LoginError, "ends the connection when the client logs in"),
        ({HANDSHAKE: refused(34)}, SASL, LoginError, "takes no logins by SASL at this port"),
        (
            {HANDSHAKE: refused(33, b"GSSAPI", b"SCRAM-SHA-256")},
            SASL,
            LoginError,
            "does not take the SASL mechanism PLAIN; it takes GSSAPI, SCRAM-SHA-256",
        ),
        ({HANDSHAKE: refused(35)}, SASL, NotTriedError, "error 35"),
        ({}, replace(SASL, mechanism="OAUTHBEARER"), NotTriedError, "by it is not tried from here"),
        ({}, replace(SASL, password=""), NotTriedError, "popsink_kafka_sasl_password is not known"),
        ({METADATA: b""}, PLAIN, LoginError, "it wants SASL"),
        ({AUTHENTICATE: late}, SASL, NotTriedError, "does not answer within 0.5 s"),
        ({AUTHENTICATE: authenticated(0, b"nothing")}, replace(SASL, mechanism="SCRAM-SHA-256"), LoginError, "nobody"),
        ({AUTHENTICATE: b"\0"}, SASL, LoginError, "ends the connection"),
    ],
)
def test_a_client_that_does_not_come_in(changes: Answers, login: Login, error: type[PopsinkError], words: str) -> None:
    answers = {**OPEN, HANDSHAKE: refused(0), AUTHENTICATE: authenticated(), **changes}
    with broker(answers) as server, pytest.raises(error, match=words) as caught:
        enter(server, login, 0.5)
    assert "shown-password" not in str(caught.value)


def test_a_closed_port_is_no_broker() -> None:
    with broker(OPEN) as server:
        pass
    with pytest.raises(NoBrokerError, match="does not answer"):
        enter(server)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (("no certificate", "", ""), UntrustedError),
        ((CERTIFICATE, OTHER, KEY), ClientCertificateError),
        ((CERTIFICATE, OTHER, "no key"), ClientCertificateError),
        ((CERTIFICATE, "no certificate", KEY), ClientCertificateError),
    ],
)
def test_certificates_that_are_none(given: tuple[str, str, str], error: type[PopsinkError]) -> None:
    with pytest.raises(error):
        tls_of(*given)


@pytest.mark.parametrize("key", [OTHER_KEY, "no key"], ids=["a key", "none"])
def test_no_key_ever_stands_on_a_disk(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    seen: list[str] = []
    load = ssl.SSLContext.load_cert_chain

    def watched(self: ssl.SSLContext, file: str, **options: Any) -> None:
        seen.append(str(Path(file).readlink()))
        load(self, file, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    try:
        tls_of(CERTIFICATE, OTHER, key)
    except ClientCertificateError:
        assert key == "no key"
    assert [place.startswith("/memfd:") for place in seen] == [True]


class LibraryError(Exception):
    """As kafka.errors.KafkaError."""


def kind(name: str, *bases: type[Exception]) -> type[Exception]:
    return type(name, bases or (LibraryError,), {})


ANSWERED = kind("BrokerResponseError")
RETRIABLE = kind("RetriableError")
AUTHORIZATION = kind("AuthorizationError", ANSWERED)
ERRORS = SimpleNamespace(
    KafkaError=LibraryError,
    BrokerResponseError=ANSWERED,
    RetriableError=RETRIABLE,
    AuthorizationError=AUTHORIZATION,
)
TIMEOUT = kind("KafkaTimeoutError", RETRIABLE)


class Library:
    """kafka-python, as far as it is used.

    :ivar logs: errors that it logs while it tries to come in.
    :ivar comes_in: raises where it does not.
    :ivar creates: raises where no topic would be made.
    """

    def __init__(self) -> None:
        self.version = "3.0.12"
        self.logs: list[Exception] = []
        self.comes_in: Exception | None = None
        self.creates: Exception | None = None
        self.made: list[tuple[list[str], dict[str, Any]]] = []
        self.options: dict[str, Any] = {}
        self.closed = 0

    def module(self, name: str) -> Any:
        if not self.version:
            raise ModuleNotFoundError("No module named 'kafka'")
        return {
            "kafka": SimpleNamespace(__version__=self.version),
            "kafka.errors": ERRORS,
            "kafka.admin": SimpleNamespace(KafkaAdminClient=self.client),
        }[name]

    def client(self, **options: Any) -> Any:
        self.options = options
        for error in self.logs:
            logging.getLogger("kafka.net.manager").warning("Bootstrap connection to %s failed: %s", "a", error)
        if self.comes_in:
            raise self.comes_in
        return self

    def create_topics(self, topics: list[str], **options: Any) -> None:
        self.made.append((topics, options))
        if self.creates:
            raise self.creates

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    fake = Library()
    monkeypatch.setattr(importlib, "import_module", fake.module)
    return fake


SERVERS = [Server("a", 9092), Server("::1", 9093)]


def test_a_topic_is_tried_with_the_login(library: Library) -> None:
    try_topic(SERVERS, SASL, 5)
    assert library.options["bootstrap_servers"] == ["a:9092", "[::1]:9093"]
    assert library.options["sasl_plain_password"] == "shown-password"
    assert (library.options["bootstrap_timeout_ms"], library.closed) == (5000, 1)


def test_without_sasl_no_password_is_given_away(library: Library) -> None:
    try_topic(SERVERS, Login("PLAINTEXT", "PLAIN", "popsink", "shown-password"), 5)
    assert not [name for name in library.options if name.startswith("sasl")]


def test_brokers_that_do_not_answer_again_are_named(library: Library) -> None:
    library.comes_in = TIMEOUT()
    with pytest.raises(NoBrokerError, match="do not answer a further client"):
        try_topic(SERVERS, PLAIN, 5)


def test_the_librarys_log_goes_nowhere(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    library.logs = [TIMEOUT("noise")]
    try_topic(SERVERS, PLAIN, 5)
    assert caplog.records == []
    assert logging.getLogger("kafka").propagate


def test_a_topic_is_tried_and_not_made(library: Library) -> None:
    try_topic(SERVERS, PLAIN, 5)
    (([name], options),) = library.made
    assert name.startswith("popsink-preflight-")
    assert options["validate_only"] is True
    assert library.closed == 1


@pytest.mark.parametrize(
    ("raised", "error", "forbidden"),
    [
        (kind("TopicAuthorizationFailedError", AUTHORIZATION)(), TopicsError, True),
        (kind("ClusterAuthorizationFailedError", AUTHORIZATION)(), TopicsError, True),
        (kind("PolicyViolationError", ANSWERED)(), TopicsError, False),
        (TIMEOUT(), NoBrokerError, None),
        (kind("NodeNotReadyError", RETRIABLE)(), NoBrokerError, None),
        (kind("IncompatibleBrokerVersion")(), NoBrokerError, None),
    ],
)
def test_a_topic_that_would_not_be_made(
    library: Library, raised: Exception, error: type[PopsinkError], forbidden: bool | None
) -> None:
    library.creates = raised
    with pytest.raises(error, match=type(raised).__name__.removesuffix("Error")) as caught:
        try_topic(SERVERS, PLAIN, 5)
    assert getattr(caught.value, "forbidden", None) is forbidden
    assert library.closed == 1


@pytest.mark.parametrize("version", ["", "2.2.15"])
def test_a_library_that_is_missing_or_old_is_named(library: Library, version: str) -> None:
    library.version = version
    with pytest.raises(NoLibraryError, match=f"{LIBRARY} is needed"):
        try_topic(SERVERS, PLAIN, 5)
