"""A connector worker: needs the broker and the schema registry, and says so to the data plane that started it."""

from __future__ import annotations

import base64
import threading
import time
import urllib.request

from standin import environment, kafka, log, process, web
from standin.process import Refusal
from standin.requests import post_json

INTERVAL = 10.0
#: Until the first success there is more to hurry for.
FIRST_INTERVAL = 2.0


def check_registry(url: str, username: str, password: str) -> None:
    """Raises OSError unless the registry lists its subjects."""
    request = urllib.request.Request(f"{url.rstrip('/')}/subjects")
    if username:
        login = base64.b64encode(f"{username}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    with urllib.request.urlopen(request, timeout=5) as answer:
        answer.read()


def main() -> None:
    worker = environment.required("WORKER_ID")
    token = environment.required("WORKER_TOKEN")
    data_plane = environment.required("DATA_PLANE_URL")
    bootstrap = environment.required("BOOTSTRAP_SERVER")
    protocol = environment.optional("SECURITY_PROTOCOL", kafka.PLAINTEXT)
    registry = environment.required("SCHEMA_REGISTRY_URL")
    username = environment.optional("SCHEMA_REGISTRY_USERNAME")
    password = environment.optional("SCHEMA_REGISTRY_PASSWORD")
    if environment.flag("REQUIRE_REGISTRY_LOGIN") and not username:
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
                kafka.check(bootstrap, protocol)
                check_registry(registry, username, password)
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
