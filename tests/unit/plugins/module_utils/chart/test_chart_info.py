"""The chart's facts from each kind of source, as an action runs the module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext
from ansible_collections.popsink.data_plane.plugins.modules import popsink_chart_info
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import run_inside

PINNED = "0.1.0-alpha.205"
REF = "oci://registry.example/charts/data-plane"

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path, chart_205: ChartFacts) -> Ask:
    """The module's answer, with a Helm that pulls chart 205 whatever it is asked for."""
    helm = tmp_path / "helm"
    helm.write_text(f'#!/bin/sh\ncp {chart_205.archive} "$6/"\n', "utf-8")
    helm.chmod(0o755)

    def ask(ref: str = REF, **arguments: Any) -> dict[str, Any]:
        given = {"ref": ref, "helm": str(helm), "cache": str(tmp_path / "cache"), **arguments}
        return run_inside(popsink_chart_info, given, StepContext())

    return ask


def test_pulled_and_local_charts_have_the_same_facts(ask: Ask, chart_205: ChartFacts) -> None:
    pulled = ask(version=PINNED, username="mirror", password="password-of-the-test")
    assert pulled == ask(chart_205.archive)
    assert pulled["chart"]["digest"] == chart_205.digest


def test_the_same_facts_a_second_time(ask: Ask) -> None:
    assert ask(version=PINNED) == ask(version=PINNED, helm="/nowhere/helm")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "popsink_chart_version is not set"),
        ({"version": "0.1.0-alpha.204"}, "popsink_chart_version is 0.1.0-alpha.204, and the chart in"),
        ({"ref": "data-plane", "version": PINNED}, "popsink_chart_ref is 'data-plane', which is neither"),
        ({"version": PINNED, "password": "password-of-the-test"}, "popsink_chart_username is not"),
    ],
    ids=["no version", "a mirror with another version", "no source", "half a login"],
)
def test_what_is_refused(ask: Ask, arguments: dict[str, Any], message: str) -> None:
    result = ask(**arguments)
    assert result["failed"]
    assert message in result["msg"]


def test_a_local_chart_of_another_version_is_refused(ask: Ask, chart_205: ChartFacts) -> None:
    result = ask(chart_205.archive, version="0.1.0-alpha.60")
    assert f"popsink_chart_version is 0.1.0-alpha.60, and the chart in {chart_205.archive} is version" in result["msg"]


def test_a_password_that_would_mask_the_facts_is_refused(ask: Ask) -> None:
    result = ask(version=PINNED, username="mirror", password="tansu")
    assert (result["failed"], "chart" in result) == (True, False)
    assert "that cannot be guessed" in result["msg"]


def test_a_password_is_never_logged() -> None:
    assert popsink_chart_info.ARGUMENT_SPEC["password"]["no_log"]
