"""What the stand-in refuses of notification templates: each row changes a right request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.awx.client import Client, refused

HOOK = {"url": "https://hook.example.com", "headers": {}}


@pytest.mark.parametrize(
    ("kind", "configuration", "said"),
    [
        ("webhook", {**HOOK, "urll": "x"}, "has no urll"),
        ("webhook", {"headers": {}}, "Missing required fields"),
        ("webhook", {**HOOK, "headers": "x"}, "is not object"),
        ("webhook", {**HOOK, "disable_ssl_verification": "no"}, "is not bool"),
        ("webhook", {**HOOK, "http_method": "GET"}, "POST"),
        ("slack", {"token": "t", "channels": []}, "No values"),
        ("slack", {"token": "t", "channels": "#a"}, "is not list"),
        ("pidgin", {}, "not a valid choice"),
    ],
)
def test_notification(client: Client, kind: str, configuration: Any, said: str) -> None:
    body = {"organization": client.organization, "notification_type": kind, "notification_configuration": configuration}
    assert said in refused(client.make, "notification_templates", name="N", **body)


def test_notification_is_filled_up_and_hides_its_secret(client: Client) -> None:
    body = {"organization": client.organization, "notification_type": "webhook"}
    number = client.make(
        "notification_templates", name="N", **body, notification_configuration={**HOOK, "password": "p"}
    )
    shown = client.get(f"notification_templates/{number}/")["notification_configuration"]
    assert (shown["http_method"], shown["password"]) == ("POST", "$encrypted$")
    client.patch(f"notification_templates/{number}/", notification_configuration=shown)
    kept = client.api.store.get("notification_templates", number)["notification_configuration"]
    assert kept["password"] == "p"
