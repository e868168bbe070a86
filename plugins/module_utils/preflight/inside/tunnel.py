# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to servers from inside the cluster: through a pod of ours that relays connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ...cluster.port_forward import connection, listening
from ...cluster.session import Cluster
from ...errors import PopsinkError
from ...way import Address, UnreachableError, Way
from . import manifests
from .jobs import Jobs, runs

#: Answers of the relay's first try.
_REACHED, _NOT_REACHED = "reached", "not reached"


class Tunnel(Way):
    """A pod with one relay for each server; what connects to it here comes out there.

    Name, address and firewall are then those that the deployment's pods have. What is said over the connection, and the
    secrets in it, stay between this host and the server.
    """

    name = "from inside the cluster"

    def __init__(self, session: Cluster, jobs: Jobs, image: str, servers: Sequence[tuple[str, int]]) -> None:
        """Prepare; nothing is made yet.

        :param session: one for this alone: opening a connection through it would disturb other requests.
        :param servers: host and port of all that will be asked for.
        """
        self._session = session
        self._jobs = jobs
        self._image = image
        self._servers = list(dict.fromkeys(servers))
        self._opening = threading.Lock()
        self._starting = threading.Lock()
        self._started: str | PopsinkError = ""

    @contextmanager
    def to(self, host: str, port: int) -> Iterator[Address]:
        """Lead to a server; see :meth:`Way.to`."""
        pod = self.pod()
        number = self._servers.index((host, port))
        self._require_reached(pod, number)
        with listening(lambda: self._open(pod, manifests.FIRST_PORT + number)) as listen:
            yield Address("127.0.0.1", listen)

    def pod(self) -> str:
        """Name of the pod, which is made where it is not there yet.

        :raises PopsinkError: there is none, with the reason.
        """
        with self._starting:
            if not self._started:
                try:
                    self._started = self._start()
                except PopsinkError as error:
                    self._started = error
        if isinstance(self._started, PopsinkError):
            raise self._started
        return self._started

    def _start(self) -> str:
        containers = [
            manifests.relay_container(f"relay-{number}", self._image, host, port, manifests.FIRST_PORT + number)
            for number, (host, port) in enumerate(self._servers)
        ]
        pod = self._jobs.wait(self._jobs.start(containers), runs)
        return str(pod["metadata"]["name"])

    def _require_reached(self, pod: str, number: int) -> None:
        """End where the relay's first try failed, with what it said.

        :raises UnreachableError: with the reason.
        """
        host, port = self._servers[number]
        said = self._jobs.await_log(pod, f"relay-{number}", (_REACHED, _NOT_REACHED))
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        if _REACHED in lines:
            return
        reason = next((line.partition(": ")[2] or line for line in lines if line.startswith("nc:")), "no answer")
        raise UnreachableError(f"{host}:{port} is not reached from inside the cluster: {reason}.")

    def _open(self, pod: str, port: int) -> socket.socket:
        """A connection to a port of the pod."""
        with self._opening:
            return connection(self._session, self._jobs.namespace, pod, port)
