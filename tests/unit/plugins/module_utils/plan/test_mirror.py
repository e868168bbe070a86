"""Images from a mirror, in the values of every chart, and in the pods that Helm makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.mirror import mirrored
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.lab.chart.versions import VERSIONS
from tests.unit.plugins.rendering import objects_of, pods, render
from tests.unit.plugins.samples import ALL, inputs

MIRROR: dict[str, Any] = {"mirror_registry": "mirror.example:5000/popsink", "image_pull_username": "puller"}
Charts = Callable[[str], ChartFacts]


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("registry.example/path/app:1", "mirror.example/path/app:1"),
        ("busybox", "mirror.example/library/busybox:latest"),
        ("docker.io/bitnami/postgresql:17", "mirror.example/bitnami/postgresql:17"),
        (f"registry.example:5000/app@sha256:{'0' * 64}", f"mirror.example/app@sha256:{'0' * 64}"),
    ],
)
def test_an_image_keeps_its_path_in_the_mirror(name: str, there: str) -> None:
    assert mirrored(name, "mirror.example") == there


@pytest.mark.parametrize("number", [version.number for version in VERSIONS])
def test_every_pod_pulls_from_the_mirror(helm: str, chart_of: Charts, number: int) -> None:
    chart = chart_of(str(number))
    plan = build_plan(inputs(**MIRROR), chart, ALL)
    images = {
        container["image"]
        for _name, spec in pods(objects_of(render(helm, chart.archive, plan.values)))
        for container in (*spec["containers"], *spec.get("initContainers", ()))
    }
    assert len(images) > 2
    assert [name for name in images if not name.startswith("mirror.example:5000/popsink/popsink-common-438615/")] == []


def test_an_image_of_the_users_own_stays(chart_205: ChartFacts) -> None:
    own = {"image": {"registry": "other.example"}, "tansu": {"image": {"tag": "1"}}}
    values = build_plan(inputs(values=own, **MIRROR), chart_205, ALL).values
    assert dig(values, "image.registry") == "other.example"
    assert dig(values, "kodansu.image") == {"registry": "mirror.example:5000/popsink", "tag": "1"}


def test_a_chart_that_names_an_image_in_one_piece(chart_205: ChartFacts) -> None:
    chart_205.values["kotatsu"]["image"] = {"repository": "registry.example/path/kotatsu", "tag": "1"}
    values = build_plan(inputs(**MIRROR), chart_205, ALL).values
    assert dig(values, "kotatsu.image") == {"repository": "mirror.example:5000/popsink/path/kotatsu"}
