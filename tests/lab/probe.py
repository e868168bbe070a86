"""Whether something answers."""

from __future__ import annotations

import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit


def answers(address: str, authority: Path | None = None) -> bool:
    """tcp://HOST:PORT and unix://PATH take a connection, http(s)://... says 200. Tries once, for a second."""
    parts = urlsplit(address)
    try:
        if parts.scheme == "tcp":
            socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1).close()
        elif parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(parts.path)
        else:
            context = ssl.create_default_context(cafile=str(authority)) if parts.scheme == "https" else None
            # Never through a proxy: it is on this machine.
            direct = urllib.request.ProxyHandler({})
            opener = urllib.request.build_opener(direct, urllib.request.HTTPSHandler(context=context))
            opener.open(address, timeout=1).close()
    except (OSError, urllib.error.URLError):
        return False
    return True


def wait(condition: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True
