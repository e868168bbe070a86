"""What a change of version comes to, told in lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import with_literals
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.transition import (
    Side,
    Transition,
    component_of,
    images_of,
    workloads,
)

from tests.unit.plugins.rendering import LITERALS, objects_of, render
from tests.unit.plugins.samples import ALL, inputs

SideOf = Callable[..., Side]


@pytest.fixture
def side_of(helm: str, chart_of: Callable[[str], ChartFacts]) -> SideOf:
    """A release as the plan and the real Helm make it, by chart."""

    def make(name: str, **changes: Any) -> Side:
        chart = chart_of(name)
        values = build_plan(inputs(**changes), chart, ALL).values
        objects = objects_of(render(helm, chart.archive, values))
        return Side(chart.version, with_literals(values, LITERALS), chart.values, objects)

    return make


def side(
    values: dict[str, Any] | None = None,
    defaults: dict[str, Any] | None = None,
    objects: list[dict[str, Any]] | None = None,
    version: str = "0.1.0-alpha.205",
) -> Side:
    return Side(version, values or {}, defaults or {}, objects or [])


def workload(labels: dict[str, str] | None, *images: str, kind: str = "Deployment") -> dict[str, Any]:
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return {
        "kind": kind,
        "metadata": {"name": "popsink-x", **({} if labels is None else {"labels": labels})},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


def component(name: str, *images: str) -> dict[str, Any]:
    return workload({"app.kubernetes.io/component": name}, *images)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("60", "132", "chart 0.1.0-alpha.60 becomes 0.1.0-alpha.132"),
        ("60", "132", "goes: karapace"),
        ("60", "132", "goes: kafka-ui"),
        ("60", "132", "goes: metrics-exporter"),
        ("60", "132", "comes: kora"),
        ("60", "132", "comes: kotatsu"),
        ("60", "132", "image of data-plane: data-plane:2026.05.12 becomes data-plane:2026.07.31"),
        ("60", "132", "image of tansu: tansu:0.6.0 becomes tansu:0.7.0-beta.27"),
        ("132", "162", "goes: kotatsu"),
        ("132", "162", "default kotatsu.enabled is off, was on"),
        ("162", "178", "image of kora: kora:0.4.0 becomes kora:0.5.0"),
        ("162", "178", "value tansu.… is named kodansu.… now"),
        ("205", "60", "value kodansu.… is gone; in its place: tansu: the broker's name in this chart"),
        ("205", "60", "comes: karapace"),
    ],
)
def test_a_change_between_two_charts_is_told(side_of: SideOf, before: str, after: str, line: str) -> None:
    assert line in Transition(side_of(before), side_of(after)).lines()


def test_what_stays_is_not_told(side_of: SideOf) -> None:
    """Between these two only the data plane's image differs."""
    assert Transition(side_of("178"), side_of("205")).lines() == [
        "chart 0.1.0-alpha.178 becomes 0.1.0-alpha.205",
        "image of data-plane: data-plane:2026.09.14 becomes data-plane:2026.10.09",
    ]


def test_a_default_that_the_release_sets_does_not_flip(side_of: SideOf) -> None:
    kept = {"kotatsu_enabled": True}
    lines = Transition(side_of("132", **kept), side_of("162", **kept)).lines()
    assert [line for line in lines if "kotatsu" in line] == []


def test_no_secret_of_either_side_stands_in_a_line(side_of: SideOf) -> None:
    lines = "\n".join(Transition(side_of("60"), side_of("205")).lines())
    assert [value for value in LITERALS.values() if value in lines] == []


@pytest.mark.parametrize(
    ("values", "path", "found"),
    [
        pytest.param({"tansu": {"a": 1}}, "tansu.a", 1, id="the former name"),
        pytest.param({"kodansu": {"a": 2}}, "tansu.a", 2, id="the later name"),
        pytest.param({"tansu": {"a": 1}, "kodansu": {"a": 2}}, "tansu.a", 2, id="the later name wins"),
        pytest.param({"kodansu": {"b": 2}}, "tansu.a", 0, id="key by key"),
        pytest.param({"kodansu": None}, "tansu.a", 0, id="the later name without content"),
        pytest.param({}, "tansu.none", None, id="nowhere"),
        pytest.param({"other": {"a": 3}}, "other.a", 3, id="another block"),
    ],
)
def test_what_the_templates_see(values: dict[str, Any], path: str, found: Any) -> None:
    assert side(values, {"tansu": {"a": 0}, "kodansu": {}}).effective(path) == found


def test_a_chart_without_the_later_name_does_not_read_it() -> None:
    assert side({"kodansu": {"a": 2}}, {"tansu": {"a": 1}}).effective("tansu.a") == 1


def test_without_the_charts_defaults_both_names_count() -> None:
    assert side({"tansu": {"a": 1}, "kodansu": {"a": 2}}).effective("tansu.a") == 2


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"app.kubernetes.io/component": "tansu", "app.kubernetes.io/name": "data-plane"}, "tansu"),
        ({"app.kubernetes.io/component": "primary", "app.kubernetes.io/name": "postgresql"}, "postgresql"),
        ({"app.kubernetes.io/name": "kora"}, "kora"),
        ({"app.kubernetes.io/component": "primary"}, "popsink-x"),
        ({}, "popsink-x"),
        (None, "popsink-x"),
    ],
    ids=["by its component", "a sub-chart's primary", "by its name", "primary without a name", "no label", "no labels"],
)
def test_the_name_of_a_component(labels: dict[str, str] | None, name: str) -> None:
    assert component_of(workload(labels, "i")) == name


@pytest.mark.parametrize(
    ("kind", "runs"),
    [("Deployment", True), ("StatefulSet", True), ("DaemonSet", True), ("Service", False), ("Secret", False)],
)
def test_what_runs_pods(kind: str, runs: bool) -> None:
    assert bool(list(workloads([{"kind": kind}]))) == runs


def test_all_images_of_a_workload_are_told() -> None:
    assert images_of(component("tansu", "r/a:1", "r/b:2")) == ("r/a:1", "r/b:2")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (["r/tansu:1"], ["r/tansu:2"], ["image of tansu: tansu:1 becomes tansu:2"]),
        (["r/tansu:1"], ["r/tansu:1"], []),
        (["r/a:1", "r/b:1"], ["r/a:1", "r/b:2"], ["image of tansu: a:1, b:1 becomes a:1, b:2"]),
        (["a/tansu:1"], ["b/tansu:1"], ["image of tansu: a/tansu:1 becomes b/tansu:1"]),
    ],
    ids=["another tag", "the same", "one of two", "another registry alone"],
)
def test_a_changed_image(old: list[str], new: list[str], said: list[str]) -> None:
    transition = Transition(side(objects=[component("tansu", *old)]), side(objects=[component("tansu", *new)]))
    assert [line for line in transition.lines() if line.startswith("image")] == said


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({"podLabels": {"x": "y"}}, {}, ["podLabels.… is not set any more"]),
        ({}, {"podLabels": {"x": "y"}}, ["podLabels.… is set now"]),
        ({"tansu": {"a": 1}}, {"kodansu": {"a": 1}}, ["tansu.… is named kodansu.… now"]),
        ({}, {"kodansu": {"a": 1}}, ["kodansu.… is set now"]),
        ({"tansu": {"a": 1}}, {}, ["tansu.… is not set any more"]),
        ({"kotatsu": {"enabled": True}}, {}, ["kotatsu.… is not set any more"]),
        (
            {"metricsExporter": {"enabled": True}},
            {},
            ["metricsExporter.… is gone; in its place: nothing: the data plane itself reports to the control plane"],
        ),
        (
            {"retention": {"type": "s3"}},
            {},
            ["retention.… is gone; in its place: popsink_storage_type: an early wizard's key"],
        ),
    ],
    ids=[
        "another value only", "a block less", "a block more", "the broker renamed", "the broker under its later name",
        "no broker's block", "a component that the chart still has", "a component that it has no longer",
        "a key of an early wizard",
    ],
)  # fmt: skip
def test_blocks_of_values_that_move(before: dict[str, Any], after: dict[str, Any], lines: list[str]) -> None:
    defaults = {"tansu": {}, "kodansu": {}, "kotatsu": {"enabled": False}}
    assert list(Transition(side(before), side(after, defaults)).moved_values()) == lines


@pytest.mark.parametrize(
    ("before", "after", "values", "flips"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {}, [("a.b", 1, 2)]),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, {}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"b": 1}}, []),
        ({"a": {"b": 1}}, {"a": {}}, {}, []),
        ({"a": {}}, {"a": {"b": 1}}, {}, []),
        ({"image": {"tag": 1}}, {"image": {"tag": 2}}, {}, []),
        ({"a": {"image": {"tag": 1}}}, {"a": {"image": {"tag": 2}}}, {}, []),
        ({"tansu": {"b": 1}}, {"tansu": {"b": 2}}, {"kodansu": {"b": 1}}, []),
        ({"tansu": {"b": 1}}, {"tansu": {"b": 2}}, {"kodansu": {"c": 1}}, [("tansu.b", 1, 2)]),
        ({}, {"a": {"b": 2}}, {}, []),
    ],
    ids=[
        "another", "the same", "one that the release sets", "one that went", "one that came", "an image",
        "an image of a component", "one of the broker that is set under its later name",
        "one of the broker beside another that is set", "no defaults in the release's record",
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["before", "after"])
def test_defaults_that_flip(
    before: dict[str, Any], after: dict[str, Any], values: dict[str, Any], flips: list[Any], where: str
) -> None:
    own = {where: values}
    transition = Transition(side(own.get("before"), before), side(own.get("after"), after))
    assert list(transition.flipped_defaults()) == flips


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        (True, False, "default x is off, was on"),
        (False, True, "default x is on, was off"),
        (2, 1, "default x is 1, was 2"),
        ("a", "", "default x is '', was 'a'"),
        ([], ["a"], "default x is ['a'], was []"),
    ],
)
def test_how_a_flipped_default_reads(was: Any, now: Any, line: str) -> None:
    assert Transition(side(None, {"x": was}), side(None, {"x": now})).lines()[1:] == [line]


@pytest.mark.parametrize(("number", "lines"), [(12, 12), (13, 13), (30, 13)])
def test_no_more_than_some_defaults_are_told(number: int, lines: int) -> None:
    before, after = ({f"k{index:02}": value for index in range(number)} for value in (1, 2))
    told = Transition(side(None, before), side(None, after)).lines()[1:]
    assert len(told) == lines


def test_how_many_defaults_are_not_told_is_said() -> None:
    before, after = ({f"k{index:02}": value for index in range(30)} for value in (1, 2))
    assert "and 18 more" in Transition(side(None, before), side(None, after)).lines()[-1]


def test_a_side_in_a_log_shows_no_value() -> None:
    assert "hidden" not in repr(Transition(side({"jwt": {"secret": "hidden"}}), side(None, {"a": "hidden"})))
