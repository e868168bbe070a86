"""What is found at the public URL: by a real server on this machine, and by answers that none gives here."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import Answer, NoAnswerError
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.public_url import try_public_url
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.visitor import (
    Place,
    Visitor,
    presented,
    trusting,
    visitor,
)

from tests.unit.plugins.certificates import pair

URL = "https://popsink.example"
LOGIN = {"username": "someone", "password": "hidden"}
OK = Answer(200, {}, b'{"status": "ok"}')
PAGE = Answer(200, {}, b"<title>")
TOKEN = Answer(200, {}, b'{"access_token": "one-time"}')


def to(location: str, status: int = 302) -> Answer:
    return Answer(status, {"location": location})


class Answers:
    """One who is answered as was said before."""

    def __init__(self, **answers: Answer | NoAnswerError) -> None:
        self._answers = {"livez": OK, "login": PAGE, "token": TOKEN, **answers}
        self.asked: list[str] = []

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        name = "token" if method == "POST" else path.rpartition("/")[2]
        self.asked.append(name)
        assert (form is not None) == (method == "POST")
        answer = self._answers[name]
        if isinstance(answer, NoAnswerError):
            raise answer
        return answer


def look(
    answers: Answers, url: str = URL, *, restricted: bool = False, pem: str = "", address: str = "", ca: str = ""
) -> Finding:
    @contextmanager
    def visit(_place: Place) -> Iterator[Visitor]:
        yield cast("Visitor", answers)

    return try_public_url(
        Place(url, address, ca),
        "popsink-data-plane",
        LOGIN,
        restricted=restricted,
        visit=visit,
        shown=lambda _place: pem,
    )


@pytest.mark.parametrize(
    ("answers", "url", "status", "words", "remedy"),
    [
        ({}, URL, PASS, "can log in there", ""),
        ({}, "http://popsink.example", WARN, "no login was tried", "popsink_ingress_url"),
        ({"livez": Answer(502, {})}, URL, FAIL, "HTTP 502", "the Service popsink-data-plane, port 80"),
        ({"livez": Answer(503, {})}, URL, FAIL, "without ready pods", "popsink-data-plane"),
        ({"livez": Answer(404, {})}, URL, FAIL, "does not know its host", "popsink_ingress_class"),
        ({"livez": Answer(403, {})}, URL, WARN, "does not let this host in", "popsink_verify_public_url"),
        ({"livez": Answer(200, {}, b"<html>")}, URL, FAIL, "not the data plane", "popsink_public_address"),
        ({"livez": Answer(200, {}, b"[1]")}, URL, FAIL, "not the data plane", ""),
        ({"livez": Answer(418, {})}, URL, FAIL, "HTTP 418", ""),
        ({"livez": to("https://other.example/x")}, URL, FAIL, "redirected to other.example", "popsink_ingress_url"),
        (
            {"livez": to("https://popsink.example/api/livez", 308)},
            "http://popsink.example",
            FAIL,
            "redirected to https://",
            "popsink_ingress_url to https://popsink.example.",
        ),
        ({"login": to(f"{URL}/login")}, URL, FAIL, "leads to itself", "popsink_ingress_url"),
        ({"login": to("/login")}, URL, FAIL, "leads to itself", ""),
        ({"login": to("https://identity.example/")}, URL, PASS, "can log in", ""),
        ({"login": Answer(404, {})}, URL, PASS, "can log in", ""),
        ({"token": Answer(405, {})}, URL, FAIL, "HTTP 405, and it works inside", "POST"),
        ({"token": Answer(200, {}, b"{}")}, URL, FAIL, "HTTP 200", ""),
    ],
)
def test_an_answer_tells_where_the_url_leads(
    answers: dict[str, Answer], url: str, status: str, words: str, remedy: str
) -> None:
    finding = look(Answers(**answers), url)
    assert (finding.status, words in finding.found, remedy in finding.remedy) == (status, True, True)


def test_who_is_not_in_the_source_ranges_is_no_failure() -> None:
    finding = look(Answers(livez=Answer(403, {})), restricted=True)
    assert (finding.status, "popsink_ingress_source_ranges" in finding.found) == (WARN, True)


def test_no_password_goes_over_the_network_as_it_is() -> None:
    answers = Answers()
    look(answers, "http://popsink.example")
    assert answers.asked == ["livez", "login"]


@pytest.mark.parametrize(
    ("error", "address", "status", "words"),
    [
        (NoAnswerError("who?", unresolved=True), "", WARN, "its name is not known here"),
        (NoAnswerError("timed out"), "", WARN, "cannot be reached from here (timed out)"),
        (NoAnswerError("timed out"), "192.0.2.1", FAIL, "popsink_public_address 192.0.2.1"),
    ],
)
def test_no_way_from_here_is_no_failure(error: NoAnswerError, address: str, status: str, words: str) -> None:
    finding = look(Answers(livez=error), address=address)
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize(
    ("host", "reason", "ca", "status", "words"),
    [
        ("popsink.example", "self-signed certificate", "", WARN, "does not trust"),
        ("*.example", "self-signed certificate", "", WARN, "does not trust"),
        ("other.example", "self-signed certificate", "", FAIL, "is for other.example"),
        ("popsink.example", "self-signed certificate", "a CA", FAIL, "cannot be trusted"),
        ("popsink.example", "certificate has expired", "", FAIL, "has expired"),
        ("popsink.example", "certificate is not yet valid", "", FAIL, "not yet valid"),
        (None, "self-signed certificate", "", WARN, "does not trust"),
    ],
)
def test_a_certificate_that_is_not_trusted(host: str | None, reason: str, ca: str, status: str, words: str) -> None:
    pem = pair(host).certificate if host else ""
    finding = look(Answers(livez=NoAnswerError(reason, untrusted=True)), pem=pem, ca=ca)
    assert (finding.status, words in finding.found) == (status, True)


class _Handler(BaseHTTPRequestHandler):
    """Answers what it was asked, as JSON."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        said = json.dumps({"path": self.path, "host": self.headers["Host"], "body": body.decode()}).encode()
        self.send_response(302 if self.path.endswith("/away") else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@contextmanager
def server(folder: Path, *names: str) -> Iterator[tuple[str, str]]:
    """A server over TLS on this machine: its address, and its certificate, which nobody else signed."""
    made = pair(*names)
    (folder / "tls.pem").write_text(made.certificate + made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.server_address[1]}", made.certificate
    finally:
        listening.shutdown()
        listening.server_close()


def test_it_is_asked_at_the_address_under_the_url_s_name(tmp_path: Path) -> None:
    with server(tmp_path, "popsink.example") as (address, certificate):
        place = Place("https://popsink.example:8443/dp/", address, certificate)
        with visitor(place) as asking:
            answer = asking.ask("POST", "/api/x", {"a": "b c"})
            away = asking.ask("GET", "/away")
    asked = {"path": "/dp/api/x", "host": "popsink.example:8443", "body": "a=b+c"}
    assert (answer.status, json.loads(answer.body)) == (200, asked)
    assert (away.status, away.headers["location"]) == (302, "/elsewhere")


def test_a_certificate_of_nobody_s_is_told_and_shown(tmp_path: Path) -> None:
    with server(tmp_path, "popsink.example") as (address, certificate):
        place = Place(URL, address)
        with visitor(place) as asking, pytest.raises(NoAnswerError) as refused:
            asking.ask("GET", "/")
        assert refused.value.untrusted
        assert presented(place).split() == certificate.split()


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with server(tmp_path, "other.example") as (address, certificate):
        finding = try_public_url(Place(URL, address, certificate), "popsink-data-plane", LOGIN)
    assert (finding.status, "is for other.example" in finding.found) == (FAIL, True)


def test_what_browsers_take_is_taken() -> None:
    """A certificate whose only name is an alternative one is refused by strict checks for its form alone."""
    context = trusting("")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_a_name_that_nobody_knows_is_unresolved() -> None:
    with visitor(Place("https://nowhere.invalid")) as asking, pytest.raises(NoAnswerError) as refused:
        asking.ask("GET", "/")
    assert refused.value.unresolved


def test_where_nobody_listens_there_is_no_answer() -> None:
    place = Place(URL, "127.0.0.1:9")
    with visitor(place) as asking, pytest.raises(NoAnswerError) as refused:
        asking.ask("GET", "/")
    assert (refused.value.unresolved, refused.value.untrusted, presented(place)) == (False, False, "")


@pytest.mark.parametrize(("bypass", "where"), [("", "proxy.invalid"), ("popsink.example", "popsink.example")])
def test_proxies_of_this_host_count(monkeypatch: pytest.MonkeyPatch, bypass: str, where: str) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", bypass)
    with visitor(Place(URL)) as asking, pytest.raises(NoAnswerError) as refused:
        asking.ask("GET", "/")
    assert where in str(refused.value)
