"""The chart that a host pins: what it is asked with, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.modules import popsink_chart_info
from ansible_collections.popsink.data_plane.plugins.plugin_utils.input_collection import argument_spec, collect
from ansible_collections.popsink.data_plane.plugins.plugin_utils.pinned_chart import SECRET_INPUTS, pinned_chart
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.samples import variables


def pinned(
    tmp_path: Path, loader: DataLoader, answer: dict[str, Any], **changes: Any
) -> tuple[ChartFacts, dict[str, Any]]:
    """The facts, and the arguments with which they were asked for."""
    published = bool(changes.pop("published", False))
    asked: list[dict[str, Any]] = []

    def call(module: Any, arguments: dict[str, Any], _variables: Any, **_how: Any) -> dict[str, Any]:
        assert module is popsink_chart_info
        asked.append(arguments)
        return answer

    action: Any = action_of(StepAction, loader)
    action.call = call
    given = variables(tmp_path, **changes)
    values, _findings = collect(given, lambda value: value, SECRET_INPUTS)
    return pinned_chart(action, values, action.inventory(given), given, published=published), asked[0]


@pytest.mark.parametrize(
    ("changes", "argument", "value"),
    [
        ({"popsink_chart_ref": "oci://mirror.example/chart"}, "ref", "oci://mirror.example/chart"),
        ({"popsink_chart_version": "0.1.0-alpha.60"}, "version", "0.1.0-alpha.60"),
        ({"popsink_chart_plain_http": "yes"}, "plain_http", True),
        ({}, "plain_http", False),
        ({"popsink_chart_username": "reader"}, "username", "reader"),
        ({}, "username", ""),
        ({"popsink_chart_password": "a word"}, "password", "a word"),
        ({"popsink_chart_password": {"type": "service_account"}}, "password", '{"type": "service_account"}'),
        ({"popsink_chart_password": None}, "password", ""),
        ({}, "password", ""),
        ({"popsink_chart_ca_file": "/etc/ca.pem"}, "ca_file", "/etc/ca.pem"),
        ({"popsink_helm": "/opt/helm"}, "helm", "/opt/helm"),
    ],
    ids=str,
)
def test_each_input_reaches_the_chart(
    tmp_path: Path, loader: DataLoader, chart_205: ChartFacts, changes: dict[str, Any], argument: str, value: Any
) -> None:
    assert pinned(tmp_path, loader, {"chart": chart_205.as_dict()}, **changes)[1][argument] == value


@pytest.mark.parametrize(
    ("published", "login"), [("oci://mirror.example/vendor/chart", "reader"), ("oci://vendor.example/chart", "")]
)
def test_a_login_is_for_its_own_registry(
    tmp_path: Path, loader: DataLoader, chart_205: ChartFacts, published: str, login: str
) -> None:
    given = {
        "popsink_chart_ref": "oci://mirror.example/chart",
        "popsink_chart_username": "reader",
        "popsink_chart_password": "a word",
        "popsink_mirror_chart_ref": published,
    }
    asked = pinned(tmp_path, loader, {"chart": chart_205.as_dict()}, published=True, **given)[1]
    assert (asked["ref"], asked["username"], bool(asked["password"])) == (published, login, bool(login))


@pytest.mark.parametrize(
    ("published", "host", "plain_http", "mirror_plain_http", "expected"),
    [
        (True, "vendor.example", True, False, False),
        (True, "vendor.example", False, True, True),
        (True, "mirror.example", True, False, True),
        (True, "mirror.example", False, False, False),
        (False, "vendor.example", True, False, True),
        (False, "vendor.example", False, True, False),
    ],
)
def test_each_registry_is_spoken_to_as_its_own_input_says(
    tmp_path: Path,
    loader: DataLoader,
    chart_205: ChartFacts,
    published: bool,
    host: str,
    plain_http: bool,
    mirror_plain_http: bool,
    expected: bool,
) -> None:
    given = {
        "popsink_chart_ref": "oci://mirror.example/chart",
        "popsink_chart_plain_http": plain_http,
        "popsink_mirror_chart_ref": f"oci://{host}/vendor/chart",
        "popsink_mirror_chart_plain_http": mirror_plain_http,
    }
    asked = pinned(tmp_path, loader, {"chart": chart_205.as_dict()}, published=published, **given)[1]
    assert asked["plain_http"] is expected
    assert asked["inputs"] == ("popsink_mirror_chart" if published else "popsink_chart")


@pytest.mark.parametrize("password", [7, True, ["a"]], ids=str)
def test_a_password_that_is_no_text_is_named(tmp_path: Path, loader: DataLoader, password: Any) -> None:
    with pytest.raises(PopsinkError, match="popsink_chart_password is of type"):
        pinned(tmp_path, loader, {}, popsink_chart_password=password)


def test_the_facts_are_those_of_the_chart(tmp_path: Path, loader: DataLoader, chart_205: ChartFacts) -> None:
    assert pinned(tmp_path, loader, {"chart": chart_205.as_dict()})[0] == chart_205


def test_what_went_wrong_is_told(tmp_path: Path, loader: DataLoader) -> None:
    with pytest.raises(PopsinkError, match="there is no such chart"):
        pinned(tmp_path, loader, {"failed": True, "msg": "there is no such chart"})


def test_no_secret_is_validated_with_its_value_at_hand() -> None:
    """The validator's message would hold it."""
    named = {secret.variable for secret in CATALOGUE.values()} | {"popsink_image_pull_token", "popsink_chart_password"}
    assert {name for name in named if name in argument_spec()} - SECRET_INPUTS == set()
