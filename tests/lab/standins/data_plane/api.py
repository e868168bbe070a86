"""What the data plane answers over HTTP."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from data_plane import tokens
from data_plane.settings import Settings
from data_plane.store import Store
from standin import web
from standin.control_plane_client import ControlPlane, ControlPlaneError
from standin.kubernetes import Kubernetes, KubernetesError
from standin.postgres import CONNECTION_ERRORS
from standin.web import HttpError, Request, Response, Routes

OK = {"status": "ok"}
LOGIN_PAGE = '<form method="post"><input name="username"><input name="password" type="password"></form>'


@dataclass(frozen=True)
class Api:
    settings: Settings
    store: Store
    cluster: Kubernetes
    control_plane: ControlPlane | None
    started: threading.Event = field(default_factory=threading.Event)

    def routes(self) -> Routes:
        table = Routes(quiet=("/api/livez", "/api/readyz"))
        handlers: tuple[tuple[str, str, Callable[[Request], Response]], ...] = (
            ("GET", "/api/livez", self.alive),
            ("GET", "/api/readyz", self.ready),
            ("GET", "/api/healthchecks", self.alive),
            ("GET", "/api/healthchecks/db", self.ready),
            ("GET", "/api/healthchecks/k8s", self.kubernetes),
            ("POST", "/api/auth/jwt/login", self.login),
            ("GET", "/api/workers", self.workers),
            ("POST", "/api/workers/{worker}/heartbeat", self.worker_heartbeat),
            ("GET", "/", self.page),
            ("GET", "/login", self.page),
        )
        for method, path, handler in handlers:
            table.add(method, path, handler)
        return table

    def alive(self, _request: Request) -> Response:
        return web.as_json(OK)

    def ready(self, _request: Request) -> Response:
        if not self.started.is_set():
            return web.as_json({"status": "starting"}, 503)
        try:
            self.store.database.rows("SELECT 1")
        except CONNECTION_ERRORS:
            return web.as_json({"status": "database unreachable"}, 503)
        return web.as_json(OK)

    def kubernetes(self, _request: Request) -> Response:
        try:
            self.cluster.pods()
        except KubernetesError as problem:
            return web.as_json({"status": str(problem)}, 503)
        return web.as_json(OK)

    def login(self, request: Request) -> Response:
        form = request.form()
        expected = (self.settings.admin_username, self.settings.admin_password)
        given = (form.get("username", ""), form.get("password", ""))
        same = [secrets.compare_digest(*(text.encode() for text in pair)) for pair in zip(given, expected, strict=True)]
        if not (all(expected) and all(same)):
            raise HttpError(400, "LOGIN_BAD_CREDENTIALS")
        self._ask_control_plane()
        return web.as_json(
            {"access_token": tokens.for_session(self.settings.jwt_secret, given[0]), "token_type": "bearer"}
        )

    def _ask_control_plane(self) -> None:
        """Without its control plane a data plane lets nobody in, but for the licence's grace window."""
        if self.control_plane is None:
            return
        try:
            self.control_plane.config()
        except ControlPlaneError as problem:
            if problem.status is not None and problem.status < 500:
                return
            since = self.store.seconds_since_control_plane()
            if since is None or since > self.settings.licence_grace:
                raise HttpError(503, "the control plane cannot be reached") from None

    def workers(self, request: Request) -> Response:
        tokens.subject(self.settings.jwt_secret, request.bearer(), tokens.SESSION)
        found = [{"id": worker.id, "name": worker.name, "state": worker.state} for worker in self.store.workers()]
        return web.as_json(found)

    def worker_heartbeat(self, request: Request) -> Response:
        worker = request.parameters["worker"]
        if tokens.subject(self.settings.jwt_secret, request.bearer(), tokens.WORKER) != worker:
            raise HttpError(403, "Forbidden")
        if not self.store.worker_beats(worker):
            raise HttpError(404, "Not Found")
        return web.as_json(OK)

    def page(self, request: Request) -> Response:
        """The user interface lives at ingressUrl only: any other host is sent there, again and again if need be."""
        public = urlsplit(self.settings.ingress_url)
        if request.headers.get("Host", "") != public.netloc:
            return web.redirect(self.settings.ingress_url.rstrip("/") + request.path)
        if request.path == "/":
            return web.redirect(self.settings.ingress_url.rstrip("/") + "/login")
        return web.as_html("Popsink data plane", LOGIN_PAGE)
