"""What a release is to be, and what that takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal
from ansible_collections.popsink.data_plane.plugins.module_utils.release.state import Release
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import (
    CONSENT_SPEC,
    Wanted,
    reasons_to_change,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.one_way import SCHEMAS, Consent

PARAMS: dict[str, Any] = {
    "name": "dp",
    "namespace": "ns",
    "chart": {"version": "0.1.0-alpha.205", "archive": "/charts/data-plane.tgz"},
    "values": {"jwt": {"secret": literal("jwt_secret")}},
    "literals": {"jwt_secret": "hidden"},
    "pending_after": 600,
    "requires": {"popsink-vault-jwt": ["secret"]},
    **{name: option["default"] for name, option in CONSENT_SPEC.items()},
}


def wanted(**changes: Any) -> Wanted:
    return Wanted.from_params({**PARAMS, **changes})


def release(**changes: Any) -> Release:
    whole: dict[str, Any] = {
        "record": "r",
        "revision": 3,
        "status": "deployed",
        "chart_version": "0.1.0-alpha.205",
        "values": {"a": 1},
        "manifest": [],
        "changed_at": None,
        **changes,
    }
    return Release(**whole)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "dp"),
        ("namespace", "ns"),
        ("chart_version", "0.1.0-alpha.205"),
        ("archive", Path("/charts/data-plane.tgz")),
        ("values", {"jwt": {"secret": literal("jwt_secret")}}),
        ("literals", {"jwt_secret": "hidden"}),
        ("pending_after", 600.0),
        ("requires", {"popsink-vault-jwt": ["secret"]}),
        ("consent", Consent()),
        ("stops_broker", True),
    ],
)
def test_a_modules_parameters(field: str, value: Any) -> None:
    assert getattr(wanted(), field) == value


@pytest.mark.parametrize("requires", [{"requires": None}, {"requires": {}}], ids=["not given", "empty"])
def test_a_release_that_names_no_secrets(requires: dict[str, Any]) -> None:
    assert wanted(**requires).requires == {}


def test_a_step_without_required_secrets_among_its_parameters() -> None:
    params = {name: value for name, value in PARAMS.items() if name != "requires"}
    assert Wanted.from_params(params).requires == {}


@pytest.mark.parametrize(
    ("given", "consent"),
    [
        ({"karapace_schemas": "discard"}, Consent("discard")),
        ({"accept": ["storage", "database"]}, Consent("", ("storage", "database"))),
    ],
)
def test_what_the_user_accepts(given: dict[str, Any], consent: Consent) -> None:
    assert wanted(**given).consent == consent


@pytest.mark.parametrize(("update", "stops"), [("stop", True), ("rolling", False)])
def test_how_brokers_are_replaced(update: str, stops: bool) -> None:
    assert wanted(broker_update=update).stops_broker == stops


def test_every_way_of_karapaces_schemas_can_be_chosen() -> None:
    assert set(CONSENT_SPEC["karapace_schemas"]["choices"]) == {"", *SCHEMAS}


def test_nothing_is_accepted_unasked() -> None:
    assert (CONSENT_SPEC["karapace_schemas"]["default"], CONSENT_SPEC["accept"]["default"]) == ("", [])


@pytest.mark.parametrize(
    ("current", "values", "reasons"),
    [
        (None, {"a": 1}, ["not installed yet"]),
        (release(), {"a": 1}, []),
        (release(status="failed"), {"a": 1}, ["revision 3 is failed"]),
        (release(status="pending-upgrade"), {"a": 1}, ["revision 3 is pending-upgrade"]),
        (
            release(chart_version="0.1.0-alpha.60"),
            {"a": 1},
            ["chart 0.1.0-alpha.60 becomes 0.1.0-alpha.205"],
        ),
        (release(chart_version="1.0.0"), {"a": 1}, ["chart 1.0.0 becomes 0.1.0-alpha.205"]),
        (release(), {"a": 2}, ["value a changes"]),
        (release(), {"a": True}, ["value a changes"]),
        (release(), {}, ["value a changes"]),
        (release(), {"a": 1, "b": {"c": 2, "d": 3}}, ["value b.c changes", "value b.d changes"]),
        (
            release(status="failed", chart_version="0.1.0-alpha.60"),
            {"a": 2},
            ["revision 3 is failed", "chart 0.1.0-alpha.60 becomes 0.1.0-alpha.205", "value a changes"],
        ),
        (release(defaults={"a": 9}, manifest=[{"kind": "Service"}]), {"a": 1}, []),
    ],
    ids=["nothing there", "as wanted", "failed", "ended", "another chart", "a chart of another form", "another value",
         "one that is a truth value now", "a value less", "two values more", "all at once", "its record tells more"],
)  # fmt: skip
def test_reasons(current: Release | None, values: dict[str, Any], reasons: list[str]) -> None:
    assert reasons_to_change(wanted(), current, values) == reasons


def test_reasons_name_the_path_of_a_secret_and_not_its_value() -> None:
    current = release(values={"jwt": {"secret": "former"}})
    assert reasons_to_change(wanted(), current, {"jwt": {"secret": "hidden"}}) == ["value jwt.secret changes"]


def test_what_is_wanted_shows_no_secret_in_a_log() -> None:
    assert "hidden" not in repr(wanted())
