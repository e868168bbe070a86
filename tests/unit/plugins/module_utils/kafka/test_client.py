"""Asking another Kafka: a broker's greeting for real, the library as it behaves."""

from __future__ import annotations

import importlib
import logging
import socketserver
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    NoBrokerError,
    NoLibraryError,
    NotLetInError,
    TopicsError,
    greet,
    log_in,
    try_topic,
)
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

#: What a broker says first: length, the request's number, no error, no versions.
WELCOME = struct.pack(">iihi", 10, 7, 0, 0)


@contextmanager
def broker(answer: bytes = WELCOME, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                connection.recv(1024)
                connection.sendall(answer)
                connection.close()
            except OSError:
                self.request.close()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield Server("127.0.0.1", server.server_address[1])
        finally:
            server.shutdown()


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
    with broker() as server:
        greet(("127.0.0.1", server.port), server, None, 5)


def test_a_broker_greets_with_tls(tmp_path: Path) -> None:
    with broker(tls=served_with(tmp_path)) as server:
        greet(("127.0.0.1", server.port), server, tls_of(CERTIFICATE, "", ""), 5)


def test_a_broker_takes_a_client_by_its_certificate(tmp_path: Path) -> None:
    with broker(tls=served_with(tmp_path, wants_client=True)) as server:
        greet(("127.0.0.1", server.port), server, tls_of(CERTIFICATE, OTHER, OTHER_KEY), 5)


@pytest.mark.parametrize(
    ("answer", "secured", "client", "error", "words"),
    [
        (b"", False, None, NoBrokerError, "does not speak Kafka's protocol, or wants TLS"),
        (b"HTTP/1.1 400 Bad Request", False, None, NoBrokerError, "does not speak Kafka's protocol"),
        (WELCOME, True, None, NoBrokerError, "wants TLS"),
        (
            b"HTTP/1.1 400 Bad Request",
            True,
            (CERTIFICATE, "", ""),
            NoBrokerError,
            "does not speak Kafka's protocol, or does not take",
        ),
        (b"HTTP/1.1 400 Bad Request", False, (CERTIFICATE, "", ""), NoBrokerError, "does not speak TLS"),
        (WELCOME, True, (OTHER, "", ""), UntrustedError, "is not trusted"),
        (WELCOME, True, ("", "", ""), UntrustedError, "is not trusted"),
    ],
)
def test_what_is_wrong_with_a_greeting(
    tmp_path: Path,
    answer: bytes,
    secured: bool,
    client: tuple[str, str, str] | None,
    error: type[PopsinkError],
    words: str,
) -> None:
    tls = tls_of(*client) if client else None
    with broker(answer, served_with(tmp_path) if secured else None) as server, pytest.raises(error, match=words):
        greet(("127.0.0.1", server.port), server, tls, 5)


def test_a_broker_that_wants_a_certificate_says_so(tmp_path: Path) -> None:
    with broker(tls=served_with(tmp_path, wants_client=True)) as server, pytest.raises(ClientCertificateError):
        greet(("127.0.0.1", server.port), server, tls_of(CERTIFICATE, "", ""), 5)


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    with broker(tls=served_with(tmp_path)) as server, pytest.raises(UntrustedError, match=r"kafka\.example"):
        greet(("127.0.0.1", server.port), Server("kafka.example", server.port), tls_of(CERTIFICATE, "", ""), 5)


def test_a_closed_port_is_no_broker() -> None:
    with broker() as server:
        pass
    with pytest.raises(NoBrokerError, match="does not answer"):
        greet(("127.0.0.1", server.port), server, None, 5)


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
    SaslAuthenticationFailedError=kind("SaslAuthenticationFailedError", ANSWERED),
    UnsupportedSaslMechanismError=kind("UnsupportedSaslMechanismError", ANSWERED),
    IllegalSaslStateError=kind("IllegalSaslStateError", ANSWERED),
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


def test_a_client_comes_in_with_its_login_and_leaves(library: Library) -> None:
    log_in(SERVERS, SASL, 5)
    assert library.options["bootstrap_servers"] == ["a:9092", "[::1]:9093"]
    assert library.options["sasl_plain_password"] == "shown-password"
    assert (library.options["bootstrap_timeout_ms"], library.closed) == (5000, 1)


def test_without_sasl_no_password_is_given_away(library: Library) -> None:
    log_in(SERVERS, Login("PLAINTEXT", "PLAIN", "popsink", "shown-password"), 5)
    assert not [name for name in library.options if name.startswith("sasl")]


@pytest.mark.parametrize(
    ("login", "logged", "raised", "error", "words"),
    [
        (SASL, ["SaslAuthenticationFailedError"], TIMEOUT(), LoginError, "does not let the client in"),
        (SASL, [], ERRORS.SaslAuthenticationFailedError(), LoginError, "does not let the client in"),
        (SASL, ["UnsupportedSaslMechanismError"], TIMEOUT(), LoginError, "does not take this SASL mechanism"),
        (SASL, ["IllegalSaslStateError"], TIMEOUT(), LoginError, "or none at all"),
        (SASL, [], TIMEOUT(), NotLetInError, "does not let in"),
        (PLAIN, [], TIMEOUT(), NoBrokerError, "without a login"),
    ],
)
def test_a_client_that_does_not_come_in(
    library: Library, login: Login, logged: list[str], raised: Exception, error: type[PopsinkError], words: str
) -> None:
    library.logs, library.comes_in = [getattr(ERRORS, name)("shown-password") for name in logged], raised
    with pytest.raises(error, match=words) as caught:
        log_in(SERVERS, login, 5)
    assert "shown-password" not in str(caught.value)


def test_the_librarys_log_goes_nowhere(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    library.logs = [TIMEOUT("noise")]
    log_in(SERVERS, PLAIN, 5)
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
@pytest.mark.parametrize("use", [log_in, try_topic])
def test_a_library_that_is_missing_or_old_is_named(library: Library, version: str, use: Callable[..., None]) -> None:
    library.version = version
    with pytest.raises(NoLibraryError, match=f"{LIBRARY} is needed"):
        use(SERVERS, PLAIN, 5)
