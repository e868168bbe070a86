"""One request: what is read of its answer, and why there is none."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import NoAnswerError, advice, ask

from tests.unit.plugins.certificates import DAY, Pair, pair


class Server(BaseHTTPRequestHandler):
    """Answers with ten bytes, or leads elsewhere."""

    def do_GET(self) -> None:
        self.send_response(307 if self.path == "/away" else 200)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Any]:
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path | None = None, certificate: Pair | None = None) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
        servers.append(server)
        if folder and certificate:
            (folder / "both.pem").write_text(certificate.certificate + certificate.key)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "both.pem")
            # Whoever does not shake hands is nobody whom the next has to wait for.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("limit", "body"), [(0, b""), (4, b"0123"), (100, b"0123456789")])
def test_as_much_of_the_body_as_is_asked_for(serve: Any, limit: int, body: bytes) -> None:
    assert ask("GET", serve(), {}, limit=limit).body == body


def test_a_redirect_is_not_followed(serve: Any) -> None:
    answer = ask("GET", f"{serve()}/away", {}, limit=10)
    assert (answer.status, answer.headers["location"], answer.body) == (307, "/", b"")


NOW = datetime.datetime.now(datetime.timezone.utc)


@pytest.mark.parametrize(
    ("certificate", "trusted", "untrusted"),
    [
        pytest.param(pair("127.0.0.1"), False, True, id="made by nobody that is trusted"),
        pytest.param(pair("other.example"), True, False, id="for another host"),
        pytest.param(pair("127.0.0.2"), True, False, id="for another address"),
        pytest.param(pair("127.0.0.1", begins=NOW - 2 * DAY, ends=NOW - DAY), True, False, id="ended"),
        pytest.param(pair("127.0.0.1", begins=NOW + DAY, ends=NOW + 2 * DAY), True, False, id="not valid yet"),
    ],
)
def test_a_lack_of_trust_is_told_from_what_else_is_wrong_with_a_certificate(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: Pair, trusted: bool, untrusted: bool
) -> None:
    url = serve(tmp_path, certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    with pytest.raises(NoAnswerError) as caught:
        ask("GET", url, {})
    assert caught.value.untrusted == untrusted


def test_who_made_an_untrusted_certificate_belongs_to_the_authorities(serve: Any, tmp_path: Path) -> None:
    url = serve(tmp_path, pair("127.0.0.1"))
    with pytest.raises(NoAnswerError) as caught:
        ask("GET", url, {})
    assert "popsink_ca_certificates" in advice(caught.value, url, "Check the network.")


@pytest.mark.parametrize(
    ("tls", "scheme", "words"), [(True, "http", "https:// in place of http://"), (False, "https", "may speak no TLS")]
)
def test_the_other_scheme_is_suggested(serve: Any, tmp_path: Path, tls: bool, scheme: str, words: str) -> None:
    server = serve(tmp_path, pair("127.0.0.1") if tls else None).partition("://")[2]
    with pytest.raises(NoAnswerError) as caught:
        ask("GET", f"{scheme}://{server}", {})
    said = advice(caught.value, f"{scheme}://{server}", "Check the network.")
    assert (server in said, words in said, said.endswith("Check the network.")) == (True, True, True)


@pytest.mark.parametrize(
    ("reason", "url", "words"),
    [
        (
            "Remote end closed connection without response",
            "http://store.example:9000",
            "at store.example:9000 may speak TLS",
        ),
        ("Remote end closed connection without response", "http://store.example", "at store.example:80 may speak TLS"),
        ("Remote end closed connection without response", "https://store.example", ""),
        (
            "[SSL: WRONG_VERSION_NUMBER] wrong version number",
            "https://store.example",
            "store.example:443 may speak no TLS",
        ),
        ("[Errno 111] Connection refused", "http://store.example", ""),
    ],
)
def test_advice_for_a_reason(reason: str, url: str, words: str) -> None:
    said = advice(NoAnswerError(reason), url)
    assert words in said if words else not said


def test_authorities_of_ssl_cert_file_are_trusted(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = serve(tmp_path, pair("127.0.0.1"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    assert ask("GET", url, {}).status == 200


def test_the_environments_proxy_is_used(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", serve())
    assert ask("GET", "http://nowhere.invalid/", {}).status == 200
