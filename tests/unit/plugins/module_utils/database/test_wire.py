"""What is said to a server before any login, and what is made of its answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.database import wire
from ansible_collections.popsink.data_plane.plugins.module_utils.database.login import Login
from ansible_collections.popsink.data_plane.plugins.module_utils.database.wire import (
    NotReachedError,
    offers_tls,
    refuses_open,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.way import Here

LOGIN = Login("localhost", 5432, "records", "app", "hush")


@contextmanager
def listening(answer: bytes | None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers one request: its port, and what it was asked. With None it says nothing."""
    asked: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        connection, _address = server.accept()
        with connection:
            asked.append(connection.recv(1024))
            if answer is None:
                over.wait(10)
            else:
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        over.set()
        thread.join(10)


@pytest.mark.parametrize(("answer", "encrypts"), [(b"S", True), (b"N", False)])
def test_a_server_says_whether_it_encrypts(answer: bytes, encrypts: bool) -> None:
    with listening(answer) as (port, asked):
        assert offers_tls(Here(), "127.0.0.1", port) is encrypts
    assert asked == [bytes.fromhex("0000000804d2162f")]


@pytest.mark.parametrize(
    ("answer", "words", "anywhere"),
    [
        (b"HTTP/1.1 400 Bad Request", "does not answer as PostgreSQL does", True),
        (None, "does not answer as PostgreSQL does", True),
        (b"", "ends connections from here without an answer", False),
    ],
)
def test_what_is_not_postgresql(
    answer: bytes | None, words: str, anywhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_CONNECT", 0.2)
    with listening(answer) as (port, _asked), pytest.raises(NotReachedError, match=words) as caught:
        offers_tls(Here(), "127.0.0.1", port)
    assert caught.value.anywhere is anywhere


@pytest.mark.parametrize(
    ("error", "words", "anywhere"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "refuses connections from here", True),
        (TimeoutError("timed out"), "no answer within 5 seconds", False),
        (OSError(113, "No route to host"), "No route to host", False),
    ],
)
def test_nobody_answers(error: OSError, words: str, anywhere: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(NotReachedError, match=words) as caught:
        offers_tls(Here(), "127.0.0.1", 5432)
    assert caught.value.anywhere is anywhere


@pytest.mark.parametrize(("answer", "refuses"), [(b"E", True), (b"R", False)])
def test_it_is_tried_in_the_open_without_a_password(answer: bytes, refuses: bool) -> None:
    with listening(answer) as (port, asked):
        assert refuses_open(Here(), replace(LOGIN, host="127.0.0.1", port=port)) is refuses
    length, version = struct.unpack("!ii", asked[0][:8])
    assert (length, version) == (len(asked[0]), 3 << 16)
    assert asked[0][8:] == b"user\0app\0database\0records\0\0"
