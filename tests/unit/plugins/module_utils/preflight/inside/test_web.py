"""HTTP on another way: the server is spoken to by its own name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import NoAnswerError, NotAskedError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.inside.web import ask_on, server_of
from ansible_collections.popsink.data_plane.plugins.module_utils.way import (
    Address,
    UnreachableError,
    UnresolvedError,
    Way,
)


class Detour(Way):
    """Leads everything to one port of this host."""

    name = "by a detour"

    def __init__(self, port: int = 0, error: Exception | None = None) -> None:
        self.port = port
        self.error = error
        self.asked: list[tuple[str, int]] = []

    @contextmanager
    def to(self, host: str, port: int) -> Iterator[Address]:
        self.asked.append((host, port))
        if self.error:
            raise self.error
        yield Address("127.0.0.1", self.port)


@pytest.fixture
def seen() -> dict[str, str]:
    return {}


@pytest.fixture
def port(seen: dict[str, str]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.update({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            self.send_response(302 if "away" in self.path else 200)
            self.send_header("Location", "http://elsewhere.example/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_the_server_is_spoken_to_by_its_own_name(seen: dict[str, str], port: int) -> None:
    way = Detour(port)
    answer = ask_on(way, "GET", "http://api.example:8080/a/b?c=d", {"Authorization": "Bearer t"})
    assert (answer.status, way.asked) == (200, [("api.example", 8080)])
    assert (seen["host"], seen["path"], seen["authorization"]) == ("api.example:8080", "/a/b?c=d", "Bearer t")


def test_nobody_is_sent_elsewhere_with_the_token(seen: dict[str, str], port: int) -> None:
    assert ask_on(Detour(port), "GET", "http://api.example/away", {}).status == 302


@pytest.mark.parametrize(
    ("error", "raised", "unresolved"),
    [
        (UnresolvedError("unknown"), NoAnswerError, True),
        (UnreachableError("refused"), UnreachableError, None),
    ],
)
def test_a_way_that_does_not_lead_there(error: Exception, raised: type[Exception], unresolved: bool | None) -> None:
    with pytest.raises(raised) as caught:
        ask_on(Detour(error=error), "GET", "http://api.example/", {})
    assert getattr(caught.value, "unresolved", None) is unresolved


def test_a_server_that_does_not_speak(port: int) -> None:
    with pytest.raises(NoAnswerError):
        ask_on(Detour(port), "GET", "https://api.example/", {})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://a.example/api", ("a.example", 443)),
        ("http://a.example", ("a.example", 80)),
        ("http://[::1]:9000/x", ("::1", 9000)),
    ],
)
def test_server_of(url: str, server: tuple[str, int]) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize("url", ["", "a.example", "ftp://a.example", "http://a.example:port/"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(NotAskedError):
        server_of(url)
