"""The stand-in behind HTTP, with a log of what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .api import Api
from .rejected import Rejected

_READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any
    status: int

    @property
    def is_write(self) -> bool:
        return self.method not in _READS


@dataclass
class Server:
    """Where it listens, and what it was asked so far."""

    api: Api
    token: str
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What tells awx.awx where it is and who asks."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": self.token}


@contextmanager
def serving(api: Api, token: str) -> Iterator[Server]:
    """It listens on a port of this machine until the end of the block."""
    server = Server(api, token)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            target = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body: Any = None
            try:
                if self.headers.get("Authorization") != f"Bearer {server.token}":
                    raise Rejected("Authentication credentials were not provided.", field="detail", status=401)
                body = json.loads(text) if text else None
                with lock:
                    query = dict(parse_qsl(target.query, keep_blank_values=True))
                    status, answer = server.api.answer(self.command, target.path, query, body)
            except Rejected as rejected:
                status, answer = rejected.status, rejected.body
            except ValueError:
                status, answer = 400, {"detail": "JSON parse error"}
            server.requests.append(Request(self.command, target.path, body, status))
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the standard error: the log is in the server."""

    return Handler
