"""What a token says of itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.json_web_token import json_web_token


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_claims_of_a_token() -> None:
    read = json_web_token(f"{part({'alg': 'HS256'})}.{part({'sub': '?>~', 'aud': ['a', 'b'], 'exp': 5})}.x")
    assert read is not None
    assert (read.algorithm, read.claims["sub"], read.audience) == ("HS256", "?>~", ["a", "b"])
    assert (read.time("exp"), read.time("nbf")) == (5.0, None)


@pytest.mark.parametrize("claims", [{"aud": "a"}, {"aud": ["a"]}])
def test_an_audience_is_a_name_or_a_list(claims: Any) -> None:
    read = json_web_token(f"{part({})}.{part(claims)}.")
    assert read is not None
    assert (read.audience, read.algorithm) == (["a"], "none")


@pytest.mark.parametrize("value", ["5", None, True, [5]])
def test_what_is_no_time(value: Any) -> None:
    read = json_web_token(f"{part({})}.{part({'exp': value})}.")
    assert read is not None
    assert read.time("exp") is None


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", f"{part([])}.{part({})}.x", f"{part({})}.€.x", "....", "e30.e30.x.x"]
)
def test_what_is_no_token(text: str) -> None:
    assert json_web_token(text) is None
