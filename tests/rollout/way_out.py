"""What stands between a site and others: servers with a certificate of a private authority, and a forward proxy."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lab import lab as labs

from .playbook import LAB


@contextmanager
def with_tls(address: str) -> Iterator[str]:
    """HTTPS in front of a server that has none, with a certificate of the lab's authority; gives its URL."""
    lab = labs.at(LAB)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(lab.pki / "kafka.crt", lab.pki / "kafka.key")
    host, _colon, port = address.rpartition(":")
    with socket.create_server((lab.network.host, 0)) as listening:
        threading.Thread(target=_relay, args=(listening, context, (host, int(port))), daemon=True).start()
        try:
            yield f"https://{lab.network.host}:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _relay(listening: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    with suppress(OSError):
        while True:
            connection, _client = listening.accept()
            threading.Thread(target=_serve, args=(connection, context, target), daemon=True).start()


def _serve(connection: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    # Whoever does not trust the certificate ends the handshake.
    with (
        suppress(OSError),
        connection,
        context.wrap_socket(connection, server_side=True) as client,
        socket.create_connection(target) as server,
    ):
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        _copy(client, server)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(1 << 16):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxy(folder: Path) -> Iterator[tuple[str, Path]]:
    """A forward proxy that pods reach; gives its URL, and the file that tells who went where."""
    host = labs.at(LAB).network.host
    with socket.create_server((host, 0)) as probe:
        port = probe.getsockname()[1]
    log, settings = folder / "proxy.log", folder / "proxy.conf"
    settings.write_text(f'Port {port}\nListen {host}\nLogFile "{log}"\nLogLevel Connect\nTimeout 60\nMaxClients 50\n')
    # It ends with this process, however that ends.
    argv = ["setpriv", "--pdeathsig", "KILL", "tinyproxy", "-d", "-c", str(settings)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _attempt in range(50):
                with suppress(OSError), socket.create_connection((host, port), timeout=1):
                    break
                time.sleep(0.1)
            yield f"http://{host}:{port}", log
        finally:
            server.kill()
