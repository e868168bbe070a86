"""The question that a deployment token may ask, and what an answer means."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils import http_request
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane, Refusal, ask_config
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS


class Api(BaseHTTPRequestHandler):
    """Answers with the status that the path begins with."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((f"{self.command} {self.path}", self.headers.get("Authorization")))
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    Api.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (200, PASS, "knows the deployment and takes its token"),
        (401, FAIL, "refuses the token for deployment an-id (HTTP 401)"),
        (403, FAIL, "refuses the token for deployment an-id (HTTP 403)"),
        (404, FAIL, "does not know deployment an-id"),
        (500, FAIL, "answers HTTP 500"),
    ],
)
def test_an_answer(url: str, answer: int, status: str, words: str) -> None:
    finding = ask_config(ControlPlane(f"{url}/{answer}", "an-id"), "a-token")
    assert (finding.id, finding.status) == ("control_plane.config", status)
    assert words in finding.found


@pytest.mark.parametrize("answer", [401, 403, 404])
def test_what_is_wrong_names_the_variable(url: str, answer: int) -> None:
    assert "popsink_onboarding_file" in ask_config(ControlPlane(f"{url}/{answer}", "an-id"), "a-token").remedy


@pytest.mark.parametrize("end", ["", "/"])
def test_the_question(url: str, end: str) -> None:
    Api.seen.clear()
    ask_config(ControlPlane(f"{url}/200/api{end}", "an-id"), "a-token")
    assert Api.seen == [("GET /200/api/deployment/an-id/config", "Bearer a-token")]


@pytest.mark.parametrize("answer", [200, 401, 403, 404, 500])
def test_no_finding_shows_the_token(url: str, answer: int) -> None:
    assert "a-token" not in str(ask_config(ControlPlane(f"{url}/{answer}", "an-id"), "a-token"))


@pytest.mark.parametrize("answer", [401, 403, 404])
def test_a_refusal_is_told_from_a_failure(url: str, answer: int) -> None:
    assert isinstance(ask_config(ControlPlane(f"{url}/{answer}", "an-id"), "a-token"), Refusal)


def test_an_answer_that_may_change_is_no_refusal(url: str) -> None:
    assert not isinstance(ask_config(ControlPlane(f"{url}/500", "an-id"), "a-token"), Refusal)


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n ", "\0", "\u20ac"])
def test_a_token_that_no_header_carries_is_not_shown(url: str, between: str) -> None:
    Api.seen.clear()
    finding = ask_config(ControlPlane(f"{url}/200", "an-id"), f"hidden1{between}hidden2")
    assert (finding.status, "popsink_onboarding_file" in finding.remedy, Api.seen) == (FAIL, True, [])
    assert [part for part in ("hidden1", "hidden2", "20ac", "\u20ac") if part in str(finding)] == []


def test_the_text_of_a_value_error_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> Any:
        raise ValueError("Invalid header value b'Bearer a-token'")

    monkeypatch.setattr(http_request, "open_url", refuse)
    finding = ask_config(ControlPlane("https://control-plane.example", "an-id"), "a-token")
    assert finding.status == FAIL
    assert "a-token" not in str(finding)


def test_nobody_there_names_the_url_and_the_reason() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        finding = ask_config(ControlPlane(address, "an-id"), "a-token")
    assert finding.status == FAIL
    assert f"{address} does not answer" in finding.found
    assert "refused" in finding.found


@pytest.mark.parametrize("broken", ["", "control-plane.example/api", "http://[", "http://control plane/"])
def test_what_is_no_url_is_a_finding(broken: str) -> None:
    assert ask_config(ControlPlane(broken, "an-id"), "a-token").status == FAIL
