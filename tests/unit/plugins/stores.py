"""An object store that keeps what it is given, and refuses what it is told to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

#: The answer to a question by its place in the query.
ABOUT = ("versioning", "lifecycle", "encryption", "publicAccessBlock")

_UNKNOWN: tuple[int, bytes, dict[str, str]] = (501, b"<Error><Code>NotImplemented</Code></Error>", {})


class FakeStore:
    """One bucket.

    :ivar objects: content by key.
    :ivar versions: whether it keeps versions: ``Enabled``, ``Suspended``, or empty.
    :ivar kept: versions and delete markers, by key and version.
    :ivar says: what is answered instead, by operation (``put``, ``get``, ``list``, ``head``, ``delete``,
        ``delete version``, and those of :data:`ABOUT`): status, error code, and further elements of the error; or None
        to hang up.
    :ivar headers: of every answer.
    :ivar asked: operations, in order.
    :ivar heard: headers of the requests, in order.
    """

    def __init__(self) -> None:
        self.endpoint = ""
        self.objects: dict[str, bytes] = {}
        self.versions = ""
        self.kept: dict[tuple[str, str], str] = {}
        self.rules = ""
        self.says: dict[str, tuple[int, str, str] | None] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self.heard: list[dict[str, str]] = []

    def refuse(self, *operations: str) -> None:
        """Refuse operations to everyone."""
        self.says |= dict.fromkeys(operations, (403, "AccessDenied", ""))

    def answer(self, method: str, key: str, query: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        operation = _operation(method, key, query)
        self.asked.append(operation)
        if operation in self.says:
            said = self.says[operation]
            if said is None:
                raise ConnectionAbortedError
            status, code, more = said
            return status, f"<Error><Code>{code}</Code>{more}</Error>".encode() if code else b"", {}
        made: dict[str, Callable[..., tuple[int, bytes, dict[str, str]]]] = {
            "put": self._put,
            "get": self._get,
            "delete": self._delete,
            "delete version": self._delete_version,
            "head": lambda *_: (200, b"", {}),
            "list": lambda _key, query, _body: (200, self._listed(query), {}),
            "versioning": lambda *_: (200, self._versioning(), {}),
            "lifecycle": lambda *_: self._lifecycle(),
            **dict.fromkeys(("encryption", "publicAccessBlock"), lambda *_: _UNKNOWN),
        }
        return made[operation](key, query, body)

    def _put(self, key: str, _query: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        self.objects[key] = body
        return 200, b"", self._keep(key, "object")

    def _get(self, key: str, _query: dict[str, str], _body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if key in self.objects:
            return 200, self.objects[key], {}
        return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}

    def _delete(self, key: str, _query: dict[str, str], _body: bytes) -> tuple[int, bytes, dict[str, str]]:
        self.objects.pop(key, None)
        return 204, b"", self._keep(key, "marker")

    def _delete_version(self, key: str, query: dict[str, str], _body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if self.kept.pop((key, query["versionId"]), "") == "object":
            self.objects.pop(key, None)
        return 204, b"", {}

    def _keep(self, key: str, what: str) -> dict[str, str]:
        """As MinIO does: of versions that are suspended no header tells."""
        if not self.versions:
            return {}
        version = f"v{len(self.kept)}" if self.versions == "Enabled" else "null"
        self.kept[key, version] = what
        return {"x-amz-version-id": version} if self.versions == "Enabled" else {}

    def _listed(self, query: dict[str, str]) -> bytes:
        keys = [key for key in sorted(self.objects) if key.startswith(query["prefix"])][: int(query["max-keys"])]
        contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        return (
            f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{contents}</ListBucketResult>'.encode()
        )

    def _versioning(self) -> bytes:
        status = f"<Status>{self.versions}</Status>" if self.versions else ""
        return f"<VersioningConfiguration>{status}</VersioningConfiguration>".encode()

    def _lifecycle(self) -> tuple[int, bytes, dict[str, str]]:
        if not self.rules:
            return 404, b"<Error><Code>NoSuchLifecycleConfiguration</Code></Error>", {}
        return 200, f"<LifecycleConfiguration>{self.rules}</LifecycleConfiguration>".encode(), {}


def _operation(method: str, key: str, query: dict[str, str]) -> str:
    if not key and method == "HEAD":
        return "head"
    if not key:
        return next((about for about in ABOUT if about in query), "list")
    return "delete version" if "versionId" in query else method.lower()


@contextmanager
def serving(store: FakeStore) -> Iterator[FakeStore]:
    """Serve it at an endpoint of this machine; its bucket has any name."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            store.heard.append(dict(self.headers))
            parts = urlsplit(self.path)
            _bucket, _slash, key = unquote(parts.path.lstrip("/")).partition("/")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            try:
                status, answer, headers = store.answer(self.command, key, query, body)
            except ConnectionAbortedError:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, **store.headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_HEAD = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        store.endpoint = f"http://127.0.0.1:{server.server_port}"
        yield store
        server.shutdown()
