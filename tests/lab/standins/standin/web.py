"""A small HTTP server: routes, JSON, bearer tokens."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from standin import log

MAX_BODY = 1 << 20


class HttpError(Exception):
    """An answer other than success: status and detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Message
    body: bytes
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def asks(self, name: str) -> bool:
        """Whether the query says `name=true`."""
        return self.query.get(name, "").lower() == "true"

    def json(self) -> dict[str, Any]:
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            raise HttpError(422, "the body is not JSON") from None
        if not isinstance(value, dict):
            raise HttpError(422, "the body is not a JSON object")
        return value

    def form(self) -> dict[str, str]:
        if not self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            raise HttpError(422, "the body is not form-encoded")
        return {name: values[0] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}

    def bearer(self) -> str:
        scheme, _space, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise HttpError(401, "Unauthorized")
        return token.strip()


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(status, json.dumps(value).encode(), {"Content-Type": content_type})


def as_html(title: str, body: str) -> Response:
    page = f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}"
    return Response(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def redirect(location: str) -> Response:
    return Response(302, b"", {"Location": location})


Handler = Callable[[Request], Response]


class Routes:
    """Method and path to handler. `{name}` in a path is one segment, handed over in the request's parameters."""

    def __init__(self, quiet: tuple[str, ...] = ()) -> None:
        """quiet: paths that are not logged, because a probe asks for them every few seconds."""
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self.quiet = frozenset(quiet)

    def add(self, method: str, path: str, handler: Handler) -> None:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        self._routes.append((method, re.compile(f"{pattern}/?"), handler))

    def answer(self, request: Request) -> Response:
        allowed = []
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            if method == request.method or (method == "GET" and request.method == "HEAD"):
                parameters = {name: unquote(value) for name, value in match.groupdict().items()}
                return handler(replace(request, parameters=parameters))
            allowed.append(method)
        if allowed:
            raise HttpError(405, "Method Not Allowed")
        raise HttpError(404, "Not Found")


def _handler(routes: Routes) -> type[BaseHTTPRequestHandler]:
    class RequestHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "standin"
        sys_version = ""
        timeout = 60
        # Head and body in one packet: the second of two would wait for the first one's acknowledgement.
        wbufsize = -1

        def _handle(self) -> None:
            # The target may carry an empty path or a whole URL; only its path and query count.
            target = urlsplit(self.path)
            path = target.path or "/"
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            try:
                length = int(self.headers.get("Content-Length") or 0)
                if length > MAX_BODY:
                    self.close_connection = True
                    raise HttpError(413, "the body is too long")
                request = Request(self.command, path, self.headers, self.rfile.read(length), query=query)
                response = routes.answer(request)
            except HttpError as problem:
                response = as_json({"detail": problem.detail}, problem.status)
            except Exception as problem:
                log.error(f"{self.command} {path}: {type(problem).__name__}: {problem}")
                response = as_json({"detail": "Internal Server Error"}, 500)
            if path not in routes.quiet or response.status == 500:
                log.info(f"{self.client_address[0]} {self.command} {path} {response.status}")
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: _handle logs."""

    return RequestHandler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event."""


def serve(routes: Routes, host: str, port: int) -> ThreadingHTTPServer:
    """Starts answering, in a thread."""
    server = _Server((host, port), _handler(routes))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server
