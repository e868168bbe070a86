"""A connector worker: needs the broker and the schema registry, and says so to the data plane that started it."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
from dataclasses import dataclass, field

from standin import environment, kafka, log, process, web
from standin.process import Refusal
from standin.registry import MEDIA_TYPE
from standin.requests import post_json

INTERVAL = 10.0
#: Until the first success there is more to hurry for.
FIRST_INTERVAL = 2.0


SCHEMA = json.dumps({"type": "record", "name": "Record", "fields": [{"name": "worker", "type": "string"}]})


@dataclass(frozen=True)
class Registry:
    """The schema registry, as a client sees it. Everything raises OSError where it does not do it."""

    url: str
    username: str
    password: str = field(repr=False)

    def list_subjects(self) -> None:
        self._ask(urllib.request.Request(f"{self.url.rstrip('/')}/subjects"))

    def register(self, subject: str) -> None:
        """The schema of the worker's records, new or known."""
        address = f"{self.url.rstrip('/')}/subjects/{subject}/versions"
        body = json.dumps({"schema": SCHEMA}).encode()
        self._ask(urllib.request.Request(address, data=body, headers={"Content-Type": MEDIA_TYPE}))

    def _ask(self, request: urllib.request.Request) -> None:
        if self.username:
            login = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {login}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            answer.read()


def main() -> None:
    worker = environment.required("WORKER_ID")
    token = environment.required("WORKER_TOKEN")
    data_plane = environment.required("DATA_PLANE_URL")
    broker = kafka.Settings.from_environment()
    topic = environment.required("TOPIC")
    registry = Registry(
        environment.required("SCHEMA_REGISTRY_URL"),
        environment.optional("SCHEMA_REGISTRY_USERNAME"),
        environment.optional("SCHEMA_REGISTRY_PASSWORD"),
    )
    if environment.flag("REQUIRE_REGISTRY_LOGIN") and not registry.username:
        raise Refusal("SCHEMA_REGISTRY_USERNAME is not set")
    live = threading.Event()

    def ready(_request: web.Request) -> web.Response:
        return web.as_json({"status": "ok"}) if live.is_set() else web.as_json({"status": "starting"}, 503)

    routes = web.Routes(quiet=("/livez", "/readyz"))
    routes.add("GET", "/livez", lambda _request: web.as_json({"status": "ok"}))
    routes.add("GET", "/readyz", ready)
    web.serve(routes, "0.0.0.0", 8080)

    def report() -> None:
        said = ""
        while True:
            try:
                registry.list_subjects()
                # Where nothing is kept there is nothing to describe.
                if kafka.use(broker, topic, f"worker {worker}"):
                    registry.register(f"{topic}-value")
                post_json(f"{data_plane}/api/workers/{worker}/heartbeat", {"state": "LIVE"}, token)
                live.set()
                state = "LIVE"
            except OSError as failure:
                live.clear()
                state = f"not LIVE: {failure}"
            if state != said:
                log.info(f"worker {worker} is {state}")
                said = state
            time.sleep(INTERVAL if live.is_set() else FIRST_INTERVAL)

    process.background("report", report)


if __name__ == "__main__":
    process.run(main)
