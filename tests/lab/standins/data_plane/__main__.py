"""Starts the data plane: `python -m data_plane`."""

from __future__ import annotations

from data_plane.api import Api
from data_plane.background import Background
from data_plane.settings import Settings
from data_plane.store import Store
from data_plane.worker import WorkerPod
from standin import environment, kafka, log, process, retry, web
from standin.control_plane_client import ControlPlane
from standin.kubernetes import Kubernetes
from standin.postgres import CONNECTION_ERRORS, Database


def main() -> None:
    settings = Settings.from_environment()
    port = int(environment.number("PORT", 8000))
    store = Store(Database(settings.database), settings.fernet_key, settings.deployment)
    cluster = Kubernetes.in_cluster(settings.namespace)
    control_plane = (
        ControlPlane(settings.control_plane_url, settings.deployment, settings.deployment_token)
        if settings.connected
        else None
    )
    api = Api(settings, store, cluster, control_plane)
    # Answers from now on: what waits for its database is alive, only not ready.
    web.serve(api.routes(), "0.0.0.0", port)
    retry.until("database", store.migrate, CONNECTION_ERRORS)
    connector = store.connector()
    broker, topic = settings.kafka.bootstrap_server, settings.topic
    retry.until(f"broker {broker}", lambda: kafka.use(settings.kafka, topic, "data plane"), (OSError,))
    pod = WorkerPod(settings, cluster, connector)
    process.background("background", Background(settings, store, control_plane, pod).run)
    api.started.set()
    log.info(f"data plane {settings.image_tag} listens on {port}")


if __name__ == "__main__":
    process.run(main)
