"""New logins outside of the chart: refused ones end a rotation, servers that are not reached do not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.http_request import Answer, NoAnswerError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.client import LoginError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.connection import NoBrokerError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.login import Login, Server
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation import outside
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.outside import (
    require_kafka,
    require_schema_registry,
)

KAFKA = {
    "bootstrap_servers": "127.0.0.1:1,127.0.0.2:1",
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_username": "popsink",
    "ca_cert": "",
    "client_cert": "",
}
KNOWN = {"kafka_sasl_password": "shown-password"}
REGISTRY = {"schema_registry_username": "me", "schema_registry_password": "shown-password"}


@pytest.mark.parametrize(
    ("answers", "refused", "asked"),
    [
        ([None], False, 1),
        ([LoginError("Refused.")], True, 1),
        ([NoBrokerError("Silent."), None], False, 2),
        ([NoBrokerError("Silent."), LoginError("Refused.")], True, 2),
        ([NoBrokerError("Silent."), NoBrokerError("Silent.")], False, 2),
    ],
    ids=["taken", "refused", "taken by the second", "refused by the second", "nobody answers"],
)
def test_a_new_password_of_kafka(
    monkeypatch: pytest.MonkeyPatch, answers: list[PopsinkError | None], refused: bool, asked: int
) -> None:
    logins: list[Login] = []

    def come_in(_address: Any, _server: Server, login: Login, _seconds: float) -> None:
        logins.append(login)
        if error := answers[len(logins) - 1]:
            raise error

    monkeypatch.setattr(outside, "come_in", come_in)
    if refused:
        with pytest.raises(PopsinkError, match="Refused") as caught:
            require_kafka(KAFKA, KNOWN)
        assert "popsink_kafka_sasl_password" in str(caught.value)
    else:
        require_kafka(KAFKA, KNOWN)
    assert [login.password for login in logins] == ["shown-password"] * asked


@pytest.mark.parametrize(
    ("answer", "refused"),
    [(200, False), (401, True), (403, True), (500, False), (NoAnswerError("silent"), False)],
)
def test_a_new_login_of_the_registry(
    monkeypatch: pytest.MonkeyPatch, answer: int | NoAnswerError, refused: bool
) -> None:
    def ask(_method: str, url: str, headers: dict[str, str]) -> Answer:
        assert (url, base64.b64decode(headers["Authorization"].split()[1])) == (
            "https://registry.example/subjects",
            b"me:shown-password",
        )
        if isinstance(answer, NoAnswerError):
            raise answer
        return Answer(answer, {}, b"")

    monkeypatch.setattr(outside, "ask", ask)
    if not refused:
        require_schema_registry("https://registry.example/", REGISTRY)
        return
    with pytest.raises(PopsinkError, match="nothing was changed") as caught:
        require_schema_registry("https://registry.example/", REGISTRY)
    assert "shown-password" not in str(caught.value)
