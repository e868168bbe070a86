"""Asking a registry, with one that answers as it is told."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import Answer, NoAnswerError
from ansible_collections.popsink.data_plane.plugins.module_utils.images import image_registry
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_name import ImageName
from ansible_collections.popsink.data_plane.plugins.module_utils.images.image_registry import (
    FOREIGN,
    MISSING,
    PULLS,
    REFUSED,
    UNKNOWN,
    Registry,
    home_of,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.images.registry_login import Login

LOGIN = Login("any", "user", "hidden-password")
BASIC = "Basic " + base64.b64encode(b"user:hidden-password").decode()
INDEX = "application/vnd.oci.image.index.v1+json"


def platform(name: str) -> dict[str, Any]:
    system, _slash, architecture = name.partition("/")
    return {"digest": "sha256:1", "platform": {"os": system, "architecture": architecture}}


#: By tag.
MANIFESTS: dict[str, Any] = {
    "both": {"manifests": [platform("linux/arm64"), platform("linux/amd64"), platform("unknown/unknown")]},
    "arm64": {"manifests": [platform("linux/arm64"), platform("unknown/unknown")]},
    "windows": {"manifests": [platform("windows/amd64")]},
    "nobody": {"manifests": [{"digest": "sha256:1"}]},
    "none": {"manifests": []},
    "single": {"config": {"digest": "linux-amd64"}},
    "single-arm64": {"config": {"digest": "linux-arm64"}},
    "elsewhere": {"config": {"digest": "redirected"}},
    "bare": {"config": None},
    "odd": [],
}


class Server(BaseHTTPRequestHandler):
    """The repository says how the registry is: ``open``, ``basic``, ``bearer``, ``forbidden``, or a status.

    A tag that is not in the table is not there.
    """

    seen: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            self.token()
        else:
            self.answer()

    def answer(self) -> None:
        self.seen.append((f"{self.command} {self.path}", self.headers.get("Authorization") or ""))
        _root, _v2, *repository, what, reference = self.path.split("/")
        kind = repository[-1]
        if kind.isdecimal():
            self.say(int(kind))
        elif kind == "basic" and self.headers.get("Authorization") != BASIC:
            self.say(401, headers={"WWW-Authenticate": 'Basic realm="here"'})
        elif kind.startswith("bearer") and self.headers.get("Authorization") != f"Bearer {'/'.join(repository)}":
            realm = f"http://{self.headers['Host']}/token?kept=yes"
            scope = f',scope="repository:{"/".join(repository)}:pull,told"' if kind == "bearer" else ""
            self.say(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}",service="a, b"{scope}'})
        elif kind == "forbidden":
            self.say(403)
        elif what == "blobs":
            system, _dash, architecture = reference.partition("-")
            status = 307 if reference == "redirected" else 200
            self.say(status, {"os": system, "architecture": architecture}, {"Location": "http://127.0.0.1:1/"})
        elif reference in MANIFESTS and INDEX in (self.headers.get("Accept") or ""):
            self.say(200, MANIFESTS[reference])
        else:
            self.say(404)

    def token(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        self.seen.append((f"GET /token {sorted(asked.items())}", self.headers.get("Authorization") or ""))
        if self.headers.get("Authorization") != BASIC:
            self.say(401)
        else:
            self.say(200, {"access_token": asked["scope"][0].split(":")[1]})

    def say(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    Server.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def registry(url: str) -> Registry:
    return Registry(url, lambda: 5.0)


@pytest.mark.parametrize(
    ("repository", "tag", "outcome", "note"),
    [
        ("open", "both", PULLS, ""),
        ("open", "nobody", PULLS, ""),
        ("open", "single", PULLS, ""),
        ("open", "elsewhere", PULLS, ""),
        ("open", "bare", PULLS, ""),
        ("open", "odd", PULLS, ""),
        ("open", "arm64", FOREIGN, "linux/arm64"),
        ("open", "windows", FOREIGN, "windows/amd64"),
        ("open", "none", FOREIGN, "none"),
        ("open", "single-arm64", FOREIGN, "linux/arm64"),
        ("open", "absent", MISSING, "HTTP 404"),
        ("deep/er/basic", "both", PULLS, ""),
        ("deep/er/bearer", "both", PULLS, ""),
        ("deep/er/bearer-without-scope", "single-arm64", FOREIGN, "linux/arm64"),
        ("bearer", "absent", MISSING, "HTTP 404"),
        ("forbidden", "both", REFUSED, "HTTP 403"),
        ("401", "both", REFUSED, "HTTP 401"),
        ("429", "both", UNKNOWN, "HTTP 429"),
        ("500", "both", UNKNOWN, "HTTP 500"),
        ("302", "both", UNKNOWN, "HTTP 302"),
    ],
)
def test_a_pull(url: str, repository: str, tag: str, outcome: str, note: str) -> None:
    found = registry(url).pull(ImageName("any", repository, tag), LOGIN)
    assert (found.outcome, found.note) == (outcome, note)


@pytest.mark.parametrize(
    ("repository", "login", "note"),
    [
        ("bearer", Login("any", "user", "wrong"), "HTTP 401 of its token server"),
        ("bearer", None, "HTTP 401 of its token server"),
        ("basic", Login("any", "user", "wrong"), "HTTP 401"),
        ("basic", None, "HTTP 401"),
    ],
)
def test_a_login_that_is_refused(url: str, repository: str, login: Login | None, note: str) -> None:
    found = registry(url).pull(ImageName("any", repository, "both"), login)
    assert (found.outcome, found.note) == (REFUSED, note)


def test_what_is_asked(url: str) -> None:
    Server.seen.clear()
    registry(url).pull(ImageName("any", "a/bearer", "both"), LOGIN)
    query = "[('kept', ['yes']), ('scope', ['repository:a/bearer:pull,told']), ('service', ['a, b'])]"
    manifest = "/v2/a/bearer/manifests/both"
    assert Server.seen == [
        (f"HEAD {manifest}", ""),
        (f"GET /token {query}", BASIC),
        (f"HEAD {manifest}", "Bearer a/bearer"),
        (f"GET {manifest}", "Bearer a/bearer"),
    ]


@pytest.mark.parametrize("path", ["/proxy", "/proxy/", "/v2/proxy"])
def test_a_mirror_may_have_them_under_a_path(url: str, path: str) -> None:
    Server.seen.clear()
    assert registry(f"{url}{path}").pull(ImageName("any", "a/open", "absent"), None).outcome == MISSING
    assert Server.seen == [("HEAD /v2/proxy/a/open/manifests/absent", "")]


def test_a_netrc_file_takes_no_part(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login user password from-netrc")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Server.seen.clear()
    registry(url).pull(ImageName("any", "open", "absent"), None)
    assert Server.seen == [("HEAD /v2/open/manifests/absent", "")]


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        found = registry(address).pull(ImageName("any", "open", "both"), LOGIN)
    assert (found.outcome, found.note.startswith(f"{address} does not answer")) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("https://registry.example:5000", NoAnswerError("self-signed", untrusted=True), "popsink_ca_certificates"),
        ("http://registry.example:5000", NoAnswerError("closed connection without response"), "may speak TLS"),
        ("http://registry.example:5000", NoAnswerError("refused"), ""),
    ],
)
def test_silence_that_tells_has_its_remedy(
    monkeypatch: pytest.MonkeyPatch, url: str, error: NoAnswerError, words: str
) -> None:
    def ask(*_arguments: Any, **_options: Any) -> Answer:
        raise error

    monkeypatch.setattr(image_registry, "ask", ask)
    found = registry(url).pull(ImageName("any", "a", "1"), LOGIN)
    assert (f"{url} does not answer" in found.note, words in found.remedy) == (True, True)
    assert bool(words) == bool(found.remedy)


def test_a_login_is_not_sent_unencrypted_where_the_registry_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(_method: str, url: str, _headers: dict[str, str], **_options: Any) -> Answer:
        asked.append(url)
        return Answer(401, {"www-authenticate": 'Bearer realm="http://token.example/"'})

    monkeypatch.setattr(image_registry, "ask", ask)
    found = registry("https://registry.example").pull(ImageName("any", "a", "1"), LOGIN)
    assert (found.outcome, "http://token.example/" in found.note) == (UNKNOWN, True)
    assert asked == ["https://registry.example/v2/a/manifests/1"]


@pytest.mark.parametrize(
    "challenge", ["", "Bearer", "Bearer service=x", "Bearer realm", "Negotiate", 'Bearer realm="not a url"']
)
def test_odd_challenges(monkeypatch: pytest.MonkeyPatch, challenge: str) -> None:
    def ask(_method: str, url: str, _headers: dict[str, str], **_options: Any) -> Answer:
        return Answer(401, {"www-authenticate": challenge})

    monkeypatch.setattr(image_registry, "ask", ask)
    assert registry("https://registry.example").pull(ImageName("any", "a", "1"), LOGIN).outcome in (REFUSED, UNKNOWN)


@pytest.mark.parametrize(
    ("host", "url"), [("docker.io", "https://registry-1.docker.io"), ("registry:5000", "https://registry:5000")]
)
def test_where_a_registry_is(host: str, url: str) -> None:
    assert home_of(host) == url
