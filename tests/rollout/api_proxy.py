"""A server between a run and the lab's API that passes everything on, or misbehaves."""

from __future__ import annotations

import base64
import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3

#: Takes the number of the request and its path; gives what to do instead of passing it on, or None.
Mood = Callable[[int, str], "Trouble | None"]


@dataclass(frozen=True)
class Trouble:
    """What happens to a request.

    :ivar seconds: it waits that long first.
    :ivar status: it is answered with that; 0 for passing it on after the wait.
    :ivar drops: the connection ends without an answer.
    """

    seconds: float = 0
    status: int = 0
    drops: bool = False


@contextmanager
def api_proxy(kubeconfig: Path, mood: Mood) -> Iterator[str]:
    """The URL of a server on loopback that speaks to the kubeconfig's cluster, as its user."""
    config = json.loads(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, data in (
            ("ca", cluster["certificate-authority-data"]),
            ("cert", user["client-certificate-data"]),
            ("key", user["client-key-data"]),
        ):
            files[name] = Path(folder) / name
            files[name].touch(mode=0o600)
            files[name].write_bytes(base64.b64decode(data))
        pool = urllib3.PoolManager(
            ca_certs=str(files["ca"]), cert_file=str(files["cert"]), key_file=str(files["key"]), maxsize=16
        )
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(cluster["server"], pool, mood))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


def _handler(upstream: str, pool: urllib3.PoolManager, mood: Mood) -> type[BaseHTTPRequestHandler]:
    count = iter(range(10**9))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            trouble = mood(next(count), self.path) or Trouble()
            time.sleep(trouble.seconds)
            if trouble.drops:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            elif trouble.status:
                said = {"kind": "Status", "code": trouble.status, "message": "in trouble", "reason": "Trouble"}
                self.answer(trouble.status, {"Content-Type": "application/json"}, json.dumps(said).encode())
            else:
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                found = pool.request(self.command, upstream + self.path, headers=headers, body=body, retries=False)
                self.answer(found.status, {"Content-Type": found.headers.get("Content-Type", "")}, found.data)

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        # What the server calls, by the request's method.
        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests look at what the run says."""

    return Handler
