"""The token with which Popsink's images are pulled."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.pull_token import same_account, service_account_of

from tests.unit.plugins.samples import service_account

ACCOUNT = service_account()


@pytest.mark.parametrize(
    "given",
    [
        ACCOUNT,
        json.dumps(ACCOUNT),
        json.dumps(ACCOUNT, indent=2) + "\n",
        base64.b64encode(json.dumps(ACCOUNT).encode()).decode(),
        "\n".join(base64.b64encode(json.dumps(ACCOUNT).encode()).decode()[at : at + 60] for at in range(0, 400, 60)),
    ],
    ids=["mapping", "JSON", "indented JSON", "base64", "base64 in lines"],
)
def test_a_service_account_in_every_form(given: Any) -> None:
    assert service_account_of(given) == ACCOUNT


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (json.dumps({"type": "authorized_user"}), "it is JSON of type 'authorized_user'"),
        ({"type": "authorized_user"}, "it is JSON of type 'authorized_user'"),
        (json.dumps({"auths": {}}), "it is JSON of type 'None'"),
        (json.dumps(["a"]), "it is JSON of type list"),
        (["a"], "it is"),
        (7, "it is"),
        ("ya29.something", "it is neither JSON nor base64 of JSON"),
        (base64.b64encode(b"something").decode(), "it is neither JSON nor base64 of JSON"),
        ({**ACCOUNT, "private_key": ""}, "it lacks private_key"),
        ({"type": "service_account"}, "it lacks project_id, private_key, client_email"),
    ],
    ids=[
        "other JSON",
        "other mapping",
        "Docker's JSON",
        "JSON list",
        "list",
        "number",
        "text",
        "base64 of text",
        "no key",
        "bare",
    ],
)
def test_what_is_no_service_account(given: Any, problem: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        service_account_of(given)
    assert f"popsink_image_pull_token is not a service-account key: {problem}" in str(caught.value)
    assert "popsink_image_pull_mode: existing" in str(caught.value)


@pytest.mark.parametrize("given", [None, ""])
def test_no_token_is_none(given: Any) -> None:
    assert service_account_of(given) is None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ACCOUNT, True),
        (json.dumps(ACCOUNT, indent=2), True),
        (base64.b64encode(json.dumps(ACCOUNT).encode()).decode(), True),
        ({**ACCOUNT, "private_key": "another"}, False),
        ("no JSON", False),
    ],
    ids=["mapping", "JSON", "base64", "another key", "other text"],
)
def test_same_account(other: Any, same: bool) -> None:
    assert same_account(json.dumps(ACCOUNT), other) is same
