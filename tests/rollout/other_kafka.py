"""The lab's Kafka outside of the cluster: one for all tests that want it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .playbook import LAB, ROOT


@dataclass(frozen=True)
class Kafka:
    """Where it is, and who may use it.

    :ivar listeners: ``HOST:PORT`` by protocol; MTLS is SSL that asks for a client's certificate.
    :ivar ca: of its certificates, in PEM; what follows too.
    """

    listeners: dict[str, str]
    passwords: dict[str, str]
    ca: str
    client_cert: str
    client_key: str


@contextmanager
def started() -> Iterator[Kafka]:
    """Running while it lasts; at the latest it ends with the lab."""
    _lab("start")
    try:
        given = json.loads((LAB / "lab.json").read_text())["kafka"]
        files = (Path(given[f"{name}_file"]).read_text() for name in ("ca", "client_cert", "client_key"))
        yield Kafka(given["listeners"], given["users"], *files)
    finally:
        _lab("stop")


def _lab(command: str) -> None:
    subprocess.run([sys.executable, "-m", "tests.lab", command, "kafka"], cwd=ROOT, check=True)
