"""What one replica does for all: heartbeats to the control plane, and the connector worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from data_plane.settings import Settings
from data_plane.store import Store, Worker
from data_plane.worker import WorkerPod
from standin import log
from standin.control_plane_client import ControlPlane, ControlPlaneError
from standin.kubernetes import KubernetesError
from standin.postgres import CONNECTION_ERRORS

LEADER_LOCK = 7_261_402
TICK = 3.0
#: A heartbeat that failed is sent again sooner than the next one is due.
HEARTBEAT_RETRY = 20.0


class Background:
    def __init__(self, settings: Settings, store: Store, control_plane: ControlPlane | None, pod: WorkerPod) -> None:
        self._settings = settings
        self._store = store
        self._control_plane = control_plane
        self._pod = pod
        self._due = 0.0
        self._told: list[Worker] = []
        self._problems: dict[str, str] = {}

    def run(self) -> None:
        while True:
            try:
                with self._leadership() as check:
                    for _result in check:
                        self._tick()
                        time.sleep(TICK)
            except CONNECTION_ERRORS as problem:
                self._note("database", str(problem))
            time.sleep(TICK)

    @contextmanager
    def _leadership(self) -> Iterator[Iterator[None]]:
        """Yields turns for as long as this replica leads; none if another one does."""
        with closing(self._store.database.connect()) as session, session.cursor() as cursor:

            def turns() -> Iterator[None]:
                if self._settings.leader_election:
                    cursor.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
                    row = cursor.fetchone()
                    if not (row and row[0]):
                        return
                    log.info("leading the background tasks")
                while True:
                    cursor.execute("SELECT 1")
                    yield

            yield turns()

    def _tick(self) -> None:
        try:
            self._pod.ensure()
            self._note("worker pod", "")
        except KubernetesError as problem:
            # Another replica of a chart without leader election may have been quicker.
            if problem.status != 409:
                self._note("worker pod", str(problem))
        if self._control_plane is None:
            return
        workers = self._store.workers()
        if time.monotonic() >= self._due:
            self._heartbeat(self._control_plane, workers)
        if workers != self._told:
            self._report(self._control_plane, workers)

    def _heartbeat(self, control_plane: ControlPlane, workers: list[Worker]) -> None:
        body: dict[str, object] = {"workers": _listed(workers)}
        if self._settings.heartbeat_reports_version:
            body["version"] = self._settings.image_tag
        try:
            control_plane.heartbeat(body)
        except ControlPlaneError as problem:
            self._due = time.monotonic() + min(HEARTBEAT_RETRY, self._settings.heartbeat_interval)
            self._note("heartbeat", str(problem))
            return
        self._due = time.monotonic() + self._settings.heartbeat_interval
        self._told = workers
        self._store.control_plane_seen()
        self._note("heartbeat", "")

    def _report(self, control_plane: ControlPlane, workers: list[Worker]) -> None:
        """A worker's state is told at once: the next heartbeat may be ten minutes away."""
        try:
            control_plane.worker_metrics({"workers": _listed(workers)})
        except ControlPlaneError as problem:
            self._note("worker metrics", str(problem))
            return
        self._told = workers
        self._note("worker metrics", "")

    def _note(self, subject: str, problem: str) -> None:
        """Logs a change for the worse or the better, once."""
        before = self._problems.get(subject)
        self._problems[subject] = problem
        if problem and problem != before:
            log.warning(f"{subject}: {problem}")
        elif not problem and before != "":
            log.info(f"{subject}: ok")


def _listed(workers: list[Worker]) -> list[dict[str, str]]:
    return [{"id": worker.id, "name": worker.name, "state": worker.state} for worker in workers]
