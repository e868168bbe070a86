"""Connections through a pod: what goes in here comes out there, and what the pod says of the server counts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.inside.tunnel import Tunnel
from ansible_collections.popsink.data_plane.plugins.module_utils.way import UnreachableError

SERVER = ("db.example", 5432)


class FakeJobs:
    """Jobs whose pod is there at once."""

    namespace = "popsink"

    def __init__(self, log: str = "reached\n", trouble: PopsinkError | None = None) -> None:
        self.log = log
        self.trouble = trouble
        self.started: list[Any] = []

    def start(self, containers: Any) -> str:
        self.started.append(containers)
        if self.trouble:
            raise self.trouble
        return "a-job"

    def wait(self, name: str, arrived: Any) -> dict[str, Any]:
        return {"metadata": {"name": "a-pod"}}

    def await_log(self, pod: str, container: str, lines: Any) -> str:
        return self.log


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything twice."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                with connection:
                    while said := connection.recv(1024):
                        connection.sendall(said * 2)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def tunnel(jobs: FakeJobs, monkeypatch: pytest.MonkeyPatch, port: int = 0) -> Tunnel:
    made = Tunnel(None, jobs, "busybox", [("other.example", 1), SERVER, SERVER])  # type: ignore[arg-type]
    monkeypatch.setattr(made, "_open", lambda _pod, _port: socket.create_connection(("127.0.0.1", port)))
    return made


def test_what_goes_in_comes_out(monkeypatch: pytest.MonkeyPatch, echo: int) -> None:
    with (
        tunnel(FakeJobs(), monkeypatch, echo).to(*SERVER) as address,
        socket.create_connection((address.ip, address.port), 5) as connection,
    ):
        connection.sendall(b"\0\xffpopsink")
        assert connection.recv(1024) == b"\0\xffpopsink" * 2


def test_several_connections_at_once(monkeypatch: pytest.MonkeyPatch, echo: int) -> None:
    with tunnel(FakeJobs(), monkeypatch, echo).to(*SERVER) as address:
        for _turn in range(3):
            with socket.create_connection((address.ip, address.port), 5) as connection:
                connection.sendall(b"x")
                assert connection.recv(1024) == b"xx"


def test_afterwards_nobody_listens(monkeypatch: pytest.MonkeyPatch, echo: int) -> None:
    with tunnel(FakeJobs(), monkeypatch, echo).to(*SERVER) as address:
        pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address.ip, address.port), 5)


def test_there_is_one_pod_with_a_relay_for_each_server(monkeypatch: pytest.MonkeyPatch, echo: int) -> None:
    jobs = FakeJobs()
    way = tunnel(jobs, monkeypatch, echo)
    for _turn in range(2):
        with way.to(*SERVER):
            pass
    (containers,) = jobs.started
    assert [container["command"][3:] for container in containers] == [
        ["other.example", "1", "9100"],
        ["db.example", "5432", "9101"],
    ]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("nc: bad address 'db.example'\nnot reached\n", "bad address 'db.example'"),
        ("nc: can't connect to remote host (10.0.0.1): Connection refused\nnot reached\n", "Connection refused"),
        ("not reached\n", "no answer"),
        ("", "no answer"),
    ],
)
def test_a_server_that_the_pod_does_not_reach(monkeypatch: pytest.MonkeyPatch, log: str, words: str) -> None:
    with (
        pytest.raises(UnreachableError) as caught,
        tunnel(FakeJobs(log), monkeypatch).to(*SERVER),
    ):
        pass
    assert "db.example:5432 is not reached from inside the cluster" in str(caught.value)
    assert words in str(caught.value)


def test_a_pod_that_does_not_come_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = FakeJobs(trouble=PopsinkError("exceeded quota"))
    way = tunnel(jobs, monkeypatch)
    for _turn in range(2):
        with pytest.raises(PopsinkError, match="exceeded quota"):
            way.pod()
    assert len(jobs.started) == 1
