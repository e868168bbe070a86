"""The metrics exporter of charts .26 to .74: reads the broker, pushes to the control plane."""

from __future__ import annotations

import time

from standin import environment, kafka, log, process, retry, web
from standin.control_plane_client import ControlPlane, ControlPlaneError

INTERVAL = 60.0


def main() -> None:
    control_plane = ControlPlane(
        url=environment.required("API_URL"),
        deployment=environment.required("DEPLOYMENT_ID"),
        token=environment.required("METRICS_EXPORTER_TOKEN"),
    )
    bootstrap = environment.required("BOOTSTRAP_SERVER")
    retry.until(f"broker {bootstrap}", lambda: kafka.check(bootstrap), (OSError,))
    routes = web.Routes(quiet=("/livez", "/readyz"))
    for path in ("/livez", "/readyz"):
        routes.add("GET", path, lambda _request: web.as_json({"status": "ok"}))
    web.serve(routes, "0.0.0.0", 8080)

    def push() -> None:
        while True:
            try:
                control_plane.worker_metrics({"exporter": "up"})
            except ControlPlaneError as problem:
                log.warning(str(problem))
            time.sleep(INTERVAL)

    process.background("push", push)
    log.info(f"metrics of {bootstrap} go to the control plane")


if __name__ == "__main__":
    process.run(main)
