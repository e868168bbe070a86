"""What a chart says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts

Charts = Callable[[str], ChartFacts]


@pytest.mark.parametrize(
    ("name", "path", "result"),
    [
        ("60", "karapace", True),
        ("60", "kora", False),
        ("60", "kodansu", False),
        ("60", "kafkaUi.enabled", True),
        ("205", "karapace", False),
        ("205", "kora", True),
        ("205", "kodansu", True),
        ("205", "kodansu.storage.aws.existingSecret", True),
        ("205", "kodansu.storage.azure", False),
        ("205", "postgresql.primary.service.ports.postgresql", True),
        ("205", "replicaCount", True),
        ("205", "replicacount", False),
    ],
)
def test_has(chart_of: Charts, name: str, path: str, result: bool) -> None:
    assert chart_of(name).has(path) == result


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("205", "replicaCount", 2),
        ("205", "kotatsu.enabled", False),
        ("205", "kodansu.replicaCount", 3),
        ("205", "tansu.replicaCount", 3),
        ("205", "kora.database.port", 5432),
        ("205", "no.such.path", "otherwise"),
    ],
)
def test_default(chart_of: Charts, name: str, path: str, value: Any) -> None:
    assert chart_of(name).default(path, "otherwise") == value


@pytest.mark.parametrize(
    ("name", "block", "keys"),
    [
        ("205", "jwt", {"secret": "jwt-secret"}),
        ("205-renamed", "jwt", {"secret": "JWT_SECRET"}),
        (
            "205",
            "kodansu.storage.aws",
            {"accessKeyId": "aws-access-key-id", "secretAccessKey": "aws-secret-access-key"},
        ),
        ("205", "kora.database", {"password": "kora-db-password", "url": ""}),
        ("205-renamed", "kora.database", {"password": "KORA_DB_PASSWORD", "url": ""}),
        ("205", "ingress", {}),
    ],
)
def test_secret_keys(chart_of: Charts, name: str, block: str, keys: dict[str, str]) -> None:
    assert chart_of(name).secret_keys(block) == keys


@pytest.mark.parametrize(
    "block", ["jwt", "adminCredentials", "postgresql.auth", "kodansu.storage.aws", "kora.database"]
)
def test_offers_existing_secret(chart_205: ChartFacts, block: str) -> None:
    assert chart_205.offers_existing_secret(block)


@pytest.mark.parametrize("block", ["imagePullSecret", "defaultKafka", "nothing"])
def test_offers_no_existing_secret(chart_205: ChartFacts, block: str) -> None:
    assert not chart_205.offers_existing_secret(block)


def test_secret_blocks_are_found_at_every_depth(chart_205: ChartFacts) -> None:
    assert {"jwt", "schemaRegistry", "kora.database", "postgresql.auth", "tansu.storage.aws"} <= set(
        chart_205.secret_blocks()
    )


def test_facts_survive_json(chart: ChartFacts) -> None:
    assert ChartFacts.from_dict(json.loads(json.dumps(chart.as_dict()))) == chart


def test_what_follows_from_the_rest_is_told_too(chart_205: ChartFacts) -> None:
    told = chart_205.as_dict()
    assert (told["components"], told["images"]) == (list(chart_205.components), chart_205.images)
    assert told["secret_blocks"]["kora.database"] == {"password": "kora-db-password", "url": ""}
    assert told["secret_blocks"]["ingress"] == {}


@pytest.mark.parametrize(
    ("name", "components"),
    [
        ("60", ("kafkaUi", "karapace", "metricsExporter", "postgresql", "tansu")),
        ("205", ("kora", "kotatsu", "postgresql", "tansu")),
    ],
)
def test_components(chart_of: Charts, name: str, components: tuple[str, ...]) -> None:
    assert chart_of(name).components == components


def with_values(chart: ChartFacts, values: dict[str, Any], *subcharts: str) -> ChartFacts:
    """The chart with these default values alone."""
    return replace(chart, values=values, subcharts=subcharts)


IMAGE = {"registry": "r.example", "repository": "popsink/x", "tag": "1.2"}


@pytest.mark.parametrize(
    ("values", "subcharts", "components"),
    [
        ({"new": {"enabled": False, "image": IMAGE}}, (), ("new",)),
        ({"ingress": {"enabled": True}}, (), ()),
        ({"always": {"image": IMAGE}}, (), ()),
        ({"db": {"image": IMAGE}}, ("db",), ("db",)),
        ({"common": {"exampleValue": 1}}, ("common",), ()),
        ({"b": {"enabled": True, "image": IMAGE}, "a": {"enabled": True, "image": IMAGE}}, (), ("a", "b")),
        ({"kodansu": {"enabled": True, "image": IMAGE}}, (), ("kodansu",)),
        ({"image": IMAGE, "enabled": True}, (), ()),
        ({"odd": "enabled", "other": {"enabled": True, "image": "text"}}, (), ()),
    ],
    ids=["new", "no image", "not to be left out", "sub-chart", "library", "sorted", "renamed", "itself", "no blocks"],
)
def test_what_is_a_component(
    chart_205: ChartFacts, values: dict[str, Any], subcharts: tuple[str, ...], components: tuple[str, ...]
) -> None:
    assert with_values(chart_205, values, *subcharts).components == components


def test_the_images_of_a_chart(chart_205: ChartFacts) -> None:
    images = chart_205.images
    assert {f"{name}.image" for name in chart_205.components} | {"workers.image"} < set(images)
    assert images["image"] == "europe-west1-docker.pkg.dev/popsink-common-438615/onprem/data-plane:2026.10.09"


@pytest.mark.parametrize(
    ("values", "images"),
    [
        ({"image": IMAGE}, {"image": "r.example/popsink/x:1.2"}),
        ({"image": {**IMAGE, "tag": ""}}, {"image": "r.example/popsink/x"}),
        ({"image": {**IMAGE, "tag": 1.5}}, {"image": "r.example/popsink/x:1.5"}),
        ({"image": {**IMAGE, "digest": "sha256:0"}}, {"image": "r.example/popsink/x:1.2@sha256:0"}),
        ({"image": {"repository": "r.example/x"}}, {"image": "r.example/x"}),
        ({"a": {"b": {"initImage": IMAGE}}}, {"a.b.initImage": "r.example/popsink/x:1.2"}),
        ({"image": {"repository": "", "tag": "1"}}, {}),
        ({"imagery": IMAGE, "image": "text", "oldImage": {"tag": "1"}}, {}),
    ],
    ids=["whole", "no tag", "a number", "digest", "no registry", "deep", "no repository", "no image"],
)
def test_images(chart_205: ChartFacts, values: dict[str, Any], images: dict[str, str]) -> None:
    assert with_values(chart_205, values).images == images


def test_a_changed_key_of_a_secret_is_told(chart_of: Charts) -> None:
    assert chart_of("205-renamed").as_dict()["secret_blocks"]["jwt"] == {"secret": "JWT_SECRET"}


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("kodansu.resources.requests.cpu", "tansu.resources.requests.cpu"),
        ("tansu.resources.requests.cpu", "tansu.resources.requests.cpu"),
        ("kora.resources", "kora.resources"),
        ("resources", "resources"),
        ("kodansu", "kodansu"),
    ],
)
def test_where_the_default_values_have_a_path(chart_205: ChartFacts, path: str, home: str) -> None:
    assert chart_205.home(path) == home


@pytest.mark.parametrize("path", ["tansu.image.tag", "kodansu.image.tag"])
def test_a_renamed_block_has_the_notes_of_its_former_name(chart_205: ChartFacts, path: str) -> None:
    assert "Two tags change the layout" in chart_205.note(path)


@pytest.mark.parametrize("path", ["image.nothing", "kodansu", "karapace.image.tag"])
def test_what_has_no_note(chart_205: ChartFacts, path: str) -> None:
    assert chart_205.note(path) == ""
