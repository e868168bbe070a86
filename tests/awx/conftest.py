"""A stand-in of AWX, new for each test that changes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.awx.client import Client
from tests.awx.standin.api import Api
from tests.awx.standin.server import Server, serving
from tests.tools.environment import ROOT

PLAYBOOKS = sorted(f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml"))


def new_awx() -> Iterator[Server]:
    with serving(Api(PLAYBOOKS), "token-of-a-test") as server:
        yield server


@pytest.fixture
def awx() -> Iterator[Server]:
    yield from new_awx()


@pytest.fixture
def client() -> Client:
    return Client()
