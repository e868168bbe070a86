# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections to ports of pods, through the API server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .session import Cluster

Greeting = Callable[[socket.socket], None]

#: Bytes that are passed on at once.
_PIECE = 65536


def connection(session: Cluster, namespace: str, pod: str, port: int) -> socket.socket:
    """A connection to a port of a pod.

    :param session: one for this alone: while a connection is opened, the Kubernetes client is changed for all that use
        it.
    :raises ApiException: of the Kubernetes client: the API server refuses.
    """
    # Imported here: it takes a tenth of a second, and not every run needs it.
    from kubernetes.client import CoreV1Api
    from kubernetes.stream import portforward

    call = CoreV1Api(session.client).connect_get_namespaced_pod_portforward
    return portforward(call, pod, namespace, ports=str(port)).socket(port)  # type: ignore[no-any-return]


def _nothing(_connection: socket.socket) -> None:
    """Say nothing."""


@contextmanager
def listening(connect: Callable[[], socket.socket], greet: Greeting = _nothing) -> Iterator[int]:
    """A port of this host, of which each connection goes to what is connected then.

    :param greet: what is said to whoever connects before.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, connect, greet), daemon=True).start()
        try:
            yield int(server.getsockname()[1])
        finally:
            with suppress(OSError):
                # Closing alone does not wake who waits for connections.
                server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, connect: Callable[[], socket.socket], greet: Greeting) -> None:
    while True:
        try:
            here, _address = server.accept()
        except OSError:
            return
        try:
            greet(here)
            there = connect()
        except Exception:
            # Whoever connected sees the connection end, and says so.
            here.close()
            continue
        for source, target in ((here, there), (there, here)):
            threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: Any, target: Any) -> None:
    """Everything that comes, until one of the two ends."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            # Closing alone ends nothing as long as the other direction waits for what may come.
            end.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            end.close()
