"""The control plane's stand-in: who may call what, and what state a deployment is in."""

from __future__ import annotations

import http.client
import json
import stat
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import control_plane
import jwt
import pytest
import yaml
from standin import web

Call = Callable[..., tuple[int, Any]]
DEPLOYMENT = {"name": "demo", "ingressUrl": "https://popsink.example.com"}


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


@pytest.fixture
def call(state: Path, clock: Clock) -> Iterator[Call]:
    """Method, path, body and token to status and answer."""
    server = web.serve(control_plane.ControlPlane(state, clock=clock).routes(), "127.0.0.1", 0)
    host, port = "127.0.0.1", server.server_address[1]

    def called(method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request(method, path, data, {"Authorization": f"Bearer {token}"} if token is not None else {})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    yield called
    server.shutdown()
    server.server_close()


def snippet(call: Call, name: str = "demo") -> dict[str, Any]:
    status, answer = call("POST", "/lab/deployments", {**DEPLOYMENT, "name": name})
    assert status == 200
    values: dict[str, Any] = yaml.safe_load(answer["snippet"])
    return values


def test_snippet_is_the_wizards(call: Call) -> None:
    _status, answer = call("POST", "/lab/deployments", DEPLOYMENT)
    values = yaml.safe_load(answer["snippet"])
    assert list(values) == [
        "controlPlaneUrl",
        "controlPlaneFrontendUrl",
        "deploymentMode",
        "deploymentId",
        "deploymentJwtToken",
        "ingressUrl",
    ]
    assert values["controlPlaneUrl"].startswith("http://127.0.0.1:")
    assert values["controlPlaneUrl"].endswith("/api")
    assert values["deploymentMode"] == "SELF_HOSTED"
    assert values["deploymentId"] == answer["id"]
    assert values["ingressUrl"] == DEPLOYMENT["ingressUrl"]
    claims = jwt.decode(values["deploymentJwtToken"]["token"], options={"verify_signature": False})
    assert claims["sub"] == claims["deployment_id"] == answer["id"]
    assert claims["aud"] == "popsink:deployment"
    assert "exp" not in claims


def test_same_name_same_deployment(call: Call) -> None:
    assert snippet(call) == snippet(call)
    assert snippet(call)["deploymentId"] != snippet(call, "other")["deploymentId"]


def test_who_may_read_the_config(call: Call) -> None:
    mine, other = snippet(call), snippet(call, "other")
    token = mine["deploymentJwtToken"]["token"]
    forged = jwt.encode(jwt.decode(token, options={"verify_signature": False}), "x" * 32, "HS256")
    path = f"/api/deployment/{mine['deploymentId']}/config"
    assert call("GET", path, token=token)[0] == 200
    assert call("GET", path)[0] == 401
    assert call("GET", path, token="nonsense")[0] == 401
    assert call("GET", path, token=forged)[0] == 401
    assert call("GET", path, token=other["deploymentJwtToken"]["token"])[0] == 403
    assert call("DELETE", "/lab/deployments/demo")[0] == 200
    assert call("GET", path, token=token)[0] == 404


def test_state_follows_the_heartbeats(call: Call, clock: Clock) -> None:
    values = snippet(call)
    token, path = values["deploymentJwtToken"]["token"], f"/api/deployment/{values['deploymentId']}/heartbeat"

    def shown() -> dict[str, Any]:
        found: dict[str, Any] = call("GET", "/lab/deployments/demo")[1]
        return found

    assert (shown()["state"], shown()["status"], shown()["heartbeats"]) == ("Awaiting connection", "BUILDING", 0)
    workers = [{"id": "1", "state": "LIVE"}]
    assert call("POST", path, {"version": "2026.10.09", "workers": workers}, token)[0] == 200
    assert (shown()["state"], shown()["version"], shown()["workers"]) == ("Connected", "2026.10.09", workers)
    clock.now += 13 * 60
    assert shown()["state"] == "Connected"
    clock.now += 1
    assert shown()["state"] == "offline"
    assert call("POST", path, {}, token)[0] == 200
    assert shown()["state"] == "Connected"
    assert call("POST", "/lab/clock", {"advance": 781})[0] == 200
    assert shown()["state"] == "offline"
    assert "token" not in shown()


def test_state_outlives_the_process(call: Call, state: Path) -> None:
    values = snippet(call)
    again = control_plane.ControlPlane(state)
    body = json.dumps(DEPLOYMENT).encode()
    answer = again.create_deployment(web.Request("POST", "/lab/deployments", Message(), body))
    assert json.loads(answer.body)["id"] == values["deploymentId"]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/lab/deployments/nobody", None, 404),
        ("POST", "/lab/deployments", {"name": "demo"}, 422),
        ("POST", "/lab/deployments", [], 422),
        ("GET", "/nowhere", None, 404),
        ("DELETE", "/lab/deployments", None, 405),
    ],
)
def test_wrong_calls(call: Call, method: str, path: str, body: Any, status: int) -> None:
    assert call(method, path, body)[0] == status
