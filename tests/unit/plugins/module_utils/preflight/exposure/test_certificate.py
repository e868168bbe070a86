"""Certificates: whom they are for, how long, and with which key."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.exposure.certificate import (
    certificate_of,
    public_key_of,
)

from tests.unit.plugins.certificates import DAY, Pair, pair

NOW = datetime.now(timezone.utc)


def problems(given: Pair, host: str = "a.example", key: str = "") -> list[str]:
    read = certificate_of(given.certificate)
    assert read is not None
    return read.problems(host, key or given.key, NOW)


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (["a.example"], "a.example", True),
        (["A.Example"], "a.example", True),
        (["a.example"], "A.EXAMPLE.", True),
        (["b.example", "a.example"], "a.example", True),
        (["*.b.example"], "a.b.example", True),
        (["*.example"], "a.b.example", False),
        (["*.a.example"], "a.example", False),
        (["b.example"], "a.example", False),
        (["xn--bcher-kva.example"], "bücher.example", True),
        (["10.0.0.1"], "10.0.0.1", True),
        (["10.0.0.2"], "10.0.0.1", False),
        (["::1"], "0:0:0:0:0:0:0:1", True),
        ([], "common.example", False),
    ],
)
def test_whom_it_is_for(names: list[str], host: str, covered: bool) -> None:
    read = certificate_of(pair(*names).certificate)
    assert read is not None
    assert read.covers(host) == covered


OWN = pair("a.example")


@pytest.mark.parametrize(
    ("given", "host", "key", "found"),
    [
        (OWN, "a.example", "", []),
        (OWN, "b.example", "", ["is for a.example, not for b.example"]),
        (OWN, "a.example", pair("a.example").key, ["has the key (tls.key) of another one"]),
        (OWN, "a.example", "none", ["has a key (tls.key) that cannot be read"]),
        (pair("a.example", ends=NOW - DAY / 2), "a.example", "", [f"ended on {NOW - DAY / 2:%Y-%m-%d}"]),
        (pair("a.example", begins=NOW + DAY), "a.example", "", [f"is not valid before {NOW + DAY:%Y-%m-%d %H:%M} UTC"]),
        (pair(), "common.example", "", ["is for no name, not for common.example"]),
    ],
)
def test_what_browsers_do_not_take(given: Pair, host: str, key: str, found: list[str]) -> None:
    assert problems(given, host, key) == found


def test_the_first_of_a_chain_is_the_servers() -> None:
    read = certificate_of(OWN.certificate + pair("b.example").certificate)
    assert read is not None
    assert read.names == ("a.example",)


@pytest.mark.parametrize("left", [0, 13, 14])
def test_days_left_are_whole(left: int) -> None:
    read = certificate_of(pair("a.example", ends=NOW + left * DAY + DAY / 2).certificate)
    assert read is not None
    assert read.days_left(NOW) == left


@pytest.mark.parametrize("text", ["", "no PEM", OWN.key, OWN.certificate[:200]], ids=["none", "no PEM", "key", "half"])
def test_what_is_no_certificate(text: str) -> None:
    assert certificate_of(text) is None


@pytest.mark.parametrize(
    "text", ["", "no PEM", OWN.certificate, OWN.key[:100]], ids=["none", "no PEM", "other", "half"]
)
def test_what_is_no_key(text: str) -> None:
    assert public_key_of(text) is None
