"""The control plane: `control_plane.py --listen ADDRESS:PORT --state FILE`.

Under /api what a data plane may call, under /lab what only the test lab needs. /lab has no login.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jwt

sys.path.insert(0, str(Path(__file__).parent))

from standin import log, web
from standin.web import HttpError, Request, Response, Routes

ALGORITHM = "HS256"
AUDIENCE = "popsink:deployment"
#: Seconds of silence after which a deployment is offline.
SILENCE = 13 * 60

AWAITING = "Awaiting connection"
CONNECTED = "Connected"
OFFLINE = "offline"

SNIPPET = """\
controlPlaneUrl: {origin}/api
controlPlaneFrontendUrl: {origin}
deploymentMode: SELF_HOSTED
deploymentId: {id}
deploymentJwtToken: {{token: {token}}}
ingressUrl: {ingress_url}
"""


@dataclass
class Deployment:
    """One deployment as the control plane knows it. Times are seconds since the epoch."""

    id: str
    name: str
    ingress_url: str
    token: str = field(repr=False)
    heartbeats: int = 0
    last_heartbeat: float | None = None
    version: str | None = None
    workers: list[dict[str, Any]] = field(default_factory=list)
    config_requests: int = 0
    metrics_reports: int = 0

    def state(self, now: float, silence: float) -> str:
        if self.last_heartbeat is None:
            return AWAITING
        return CONNECTED if now - self.last_heartbeat <= silence else OFFLINE


class ControlPlane:
    def __init__(self, state: Path, silence: float = SILENCE, clock: Callable[[], float] = time.time) -> None:
        self._file = state
        self._silence = silence
        self._clock = clock
        self._ahead = 0.0
        self._lock = threading.RLock()
        self._key = secrets.token_hex(32)
        self._deployments: dict[str, Deployment] = {}
        if state.exists():
            held = json.loads(state.read_text())
            self._key = held["key"]
            self._deployments = {row["id"]: Deployment(**row) for row in held["deployments"]}
        else:
            self._save()

    def routes(self) -> Routes:
        table = Routes(quiet=("/livez",))
        handlers: tuple[tuple[str, str, Callable[[Request], Response]], ...] = (
            ("GET", "/livez", lambda _request: web.as_json({"status": "ok"})),
            ("GET", "/", lambda _request: web.as_html("Popsink control plane", "")),
            ("POST", "/api/deployment/{id}/heartbeat", self.heartbeat),
            ("GET", "/api/deployment/{id}/config", self.config),
            ("POST", "/api/deployment/{id}/worker-metrics", self.worker_metrics),
            ("GET", "/lab/deployments", self.list_deployments),
            ("POST", "/lab/deployments", self.create_deployment),
            ("GET", "/lab/deployments/{name}", self.show_deployment),
            ("DELETE", "/lab/deployments/{name}", self.delete_deployment),
            ("POST", "/lab/clock", self.move_clock),
        )
        for method, path, handler in handlers:
            table.add(method, path, handler)
        return table

    # What a data plane calls.

    def heartbeat(self, request: Request) -> Response:
        with self._lock:
            deployment = self._authenticated(request)
            body = request.json()
            deployment.heartbeats += 1
            deployment.last_heartbeat = self._now()
            deployment.version = body.get("version", deployment.version)
            deployment.workers = body.get("workers", deployment.workers)
            self._save()
        return web.as_json({"status": "ok", "licence": {"status": "active"}})

    def config(self, request: Request) -> Response:
        with self._lock:
            deployment = self._authenticated(request)
            deployment.config_requests += 1
            self._save()
        body = {"deployment_id": deployment.id, "name": deployment.name, "ingress_url": deployment.ingress_url}
        return web.as_json(body | {"users": [], "environments": []})

    def worker_metrics(self, request: Request) -> Response:
        with self._lock:
            deployment = self._authenticated(request)
            deployment.metrics_reports += 1
            deployment.workers = request.json().get("workers", deployment.workers)
            self._save()
        return web.as_json({"status": "ok"})

    def _authenticated(self, request: Request) -> Deployment:
        try:
            claims = jwt.decode(
                request.bearer(),
                self._key,
                [ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["sub", "aud", "iat"]},
            )
        except jwt.InvalidTokenError:
            raise HttpError(401, "Unauthorized") from None
        wanted = request.parameters["id"]
        if claims["sub"] != wanted or claims.get("deployment_id") != wanted:
            raise HttpError(403, "Forbidden")
        if wanted not in self._deployments:
            raise HttpError(404, "Deployment not found")
        return self._deployments[wanted]

    # What the lab calls.

    def create_deployment(self, request: Request) -> Response:
        body = request.json()
        name, ingress_url = body.get("name"), body.get("ingressUrl")
        if not (isinstance(name, str) and name and isinstance(ingress_url, str) and ingress_url):
            raise HttpError(422, "name and ingressUrl are needed")
        with self._lock:
            deployment = self._by_name(name)
            if deployment is None:
                deployment = self._issue(name, ingress_url)
            deployment.ingress_url = ingress_url
            self._save()
        origin = "http://" + request.headers.get("Host", "localhost")
        snippet = SNIPPET.format(origin=origin, id=deployment.id, token=deployment.token, ingress_url=ingress_url)
        return web.as_json({"id": deployment.id, "snippet": snippet})

    def list_deployments(self, _request: Request) -> Response:
        with self._lock:
            return web.as_json([self._shown(deployment) for deployment in self._deployments.values()])

    def show_deployment(self, request: Request) -> Response:
        with self._lock:
            return web.as_json(self._shown(self._named(request)))

    def delete_deployment(self, request: Request) -> Response:
        with self._lock:
            del self._deployments[self._named(request).id]
            self._save()
        return web.as_json({"status": "ok"})

    def move_clock(self, request: Request) -> Response:
        """Moves this program's clock forward, so that nobody has to wait for a deployment to go offline."""
        seconds = request.json().get("advance")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise HttpError(422, "advance is a number of seconds")
        with self._lock:
            self._ahead += seconds
        return web.as_json({"ahead": self._ahead})

    def _issue(self, name: str, ingress_url: str) -> Deployment:
        identity = str(uuid.uuid4())
        claims = {"sub": identity, "deployment_id": identity, "aud": AUDIENCE, "iat": int(self._clock())}
        token = jwt.encode(claims, self._key, ALGORITHM)
        deployment = self._deployments[identity] = Deployment(identity, name, ingress_url, token)
        return deployment

    def _by_name(self, name: str) -> Deployment | None:
        return next((found for found in self._deployments.values() if found.name == name), None)

    def _named(self, request: Request) -> Deployment:
        deployment = self._by_name(request.parameters["name"])
        if deployment is None:
            raise HttpError(404, "Deployment not found")
        return deployment

    def _shown(self, deployment: Deployment) -> dict[str, Any]:
        shown = asdict(deployment)
        del shown["token"]
        state = deployment.state(self._now(), self._silence)
        # A deployment is being built until its first heartbeat.
        return shown | {"state": state, "status": "BUILDING" if state == AWAITING else "BUILT"}

    def _now(self) -> float:
        return self._clock() + self._ahead

    def _save(self) -> None:
        """Replaces the file as a whole: a kill leaves the old one or the new one."""
        held = {"key": self._key, "deployments": [asdict(deployment) for deployment in self._deployments.values()]}
        partial = self._file.with_name(f"{self._file.name}.new")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(held, file)
        partial.replace(self._file)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--state", required=True, type=Path, metavar="FILE")
    parser.add_argument("--offline-after", type=float, default=SILENCE, metavar="SECONDS")
    arguments = parser.parse_args(argv)
    host, _colon, port = arguments.listen.rpartition(":")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: ended.set())
    arguments.state.parent.mkdir(parents=True, exist_ok=True)
    control_plane = ControlPlane(arguments.state, arguments.offline_after)
    server = web.serve(control_plane.routes(), host, int(port))
    log.info(f"control plane listens on {host}:{server.server_address[1]}")
    ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
