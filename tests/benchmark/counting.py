"""Counting what a command does: processes that it starts, Helm among them, and requests to the Kubernetes API."""

from __future__ import annotations

import http.client
import re
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

#: New processes; threads are not counted.
_CALLS = re.compile(r"\b(?:fork|vfork|clone3?)\((.*)")
_EXEC = re.compile(r'execve\("([^"]+)"(?!.*= -1)')


@dataclass(frozen=True)
class Counts:
    """What one run did."""

    processes: int
    helm: int
    requests: int


def count(argv: list[str], environment: Mapping[str, str], kubeconfig: Path) -> Counts:
    """Run a command once, watched; slower than without."""
    with tempfile.TemporaryDirectory() as folder, _counting_proxy(kubeconfig, Path(folder)) as (requests, access):
        trace = Path(folder) / "trace"
        watched = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=fork,vfork,clone,clone3,execve", *argv]
        done = subprocess.run(
            watched, env={**environment, "KUBECONFIG": str(access)}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{argv[0]} failed under strace: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        lines = trace.read_text(errors="replace").splitlines()
        return Counts(
            processes=1 + sum(1 for line in lines if (m := _CALLS.search(line)) and "CLONE_THREAD" not in m.group(1)),
            helm=sum(1 for line in lines if (m := _EXEC.search(line)) and Path(m.group(1)).name.startswith("helm")),
            requests=len(requests),
        )


@contextmanager
def _counting_proxy(kubeconfig: Path, folder: Path) -> Iterator[tuple[list[str], Path]]:
    """A way to the API over loopback that notes every request; gives the notes and a kubeconfig for it."""
    config = yaml.safe_load(kubeconfig.read_text())
    context = _tls(config, folder)
    host = config["clusters"][0]["cluster"]["server"].removeprefix("https://")
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            requests.append(f"{self.command} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            upstream = http.client.HTTPSConnection(host, context=context)
            upstream.request(self.command, self.path, body=body or None, headers=headers)
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._pass_on)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    access = folder / "kubeconfig"
    access.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [cluster],
                "users": [{"name": "u", "user": {}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "x",
            }
        )
    )
    try:
        yield requests, access
    finally:
        server.shutdown()


def _tls(config: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    import base64

    def file(name: str, data: str) -> str:
        path = folder / name
        path.write_bytes(base64.b64decode(data))
        return str(path)

    user = config["users"][0]["user"]
    context = ssl.create_default_context(
        cafile=file("ca", config["clusters"][0]["cluster"]["certificate-authority-data"])
    )
    context.load_cert_chain(file("cert", user["client-certificate-data"]), file("key", user["client-key-data"]))
    return context
