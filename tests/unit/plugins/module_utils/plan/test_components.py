"""What a deployment can do without, and how the images are pulled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import WARN, failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, literal
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, inputs

Charts = Callable[[str], ChartFacts]

AZURE = {
    "storage_type": "azure",
    "azure_account": "acc",
    "azure_container": "rec",
    "azure_client_id": "an-id",
}
KAFKA = {"kafka_mode": "external", "kafka_bootstrap_server": "k:9092"}


def planned(chart: ChartFacts, changes: dict[str, Any]) -> Plan:
    return build_plan(inputs(**changes), chart, ALL)


@pytest.mark.parametrize(
    ("name", "changes", "block", "value"),
    [
        ("205", {}, "kotatsu", None),
        ("205", {"kotatsu_enabled": True}, "kotatsu", {"enabled": True}),
        ("205", {"kotatsu_enabled": False}, "kotatsu", {"enabled": False}),
        ("91", KAFKA, "kotatsu", {"enabled": False}),
        ("205", AZURE, "kotatsu", {"enabled": False}),
        ("60", {"kotatsu_enabled": False}, "kotatsu", None),
        ("60", {}, "kafkaUi", None),
        ("60", {"kafka_ui_enabled": False}, "kafkaUi", {"enabled": False}),
        ("60", {"kafka_ui_enabled": True}, "kafkaUi", {"enabled": True}),
        ("205", {"kafka_ui_enabled": False}, "kafkaUi", None),
        ("60", {"metrics_exporter_enabled": False}, "metricsExporter", {"enabled": False}),
        ("205", {"metrics_exporter_enabled": True}, "metricsExporter", None),
        ("44", {}, "pipelineMode", False),
        ("60", {}, "pipelineMode", None),
        ("205", {}, "allowDesignLogin", None),
    ],
)
def test_values(chart_of: Charts, name: str, changes: dict[str, Any], block: str, value: Any) -> None:
    assert planned(chart_of(name), changes).values.get(block) == value


@pytest.mark.parametrize(
    ("name", "changes", "variable", "instead"),
    [
        ("60", {"kotatsu_enabled": True}, "popsink_kotatsu_enabled", "popsink_kafka_ui_enabled"),
        ("205", {"kafka_ui_enabled": True}, "popsink_kafka_ui_enabled", "popsink_kotatsu_enabled"),
        ("205", {"metrics_exporter_enabled": True}, "popsink_metrics_exporter_enabled", "nothing"),
    ],
)
def test_a_component_that_the_chart_does_not_have_is_told(
    chart_of: Charts, name: str, changes: dict[str, Any], variable: str, instead: str
) -> None:
    found = planned(chart_of(name), changes).findings
    told = [(finding.status, instead in finding.remedy) for finding in found if variable in finding.found]
    assert told == [(WARN, True)]


@pytest.mark.parametrize("changes", [KAFKA, AZURE], ids=["own Kafka", "Azure"])
def test_a_stream_browser_without_a_bucket_is_refused(chart_205: ChartFacts, changes: dict[str, Any]) -> None:
    (wrong,) = failures(planned(chart_205, {**changes, "kotatsu_enabled": True}).findings)
    assert "popsink_kotatsu_enabled" in wrong.found


@pytest.mark.parametrize(
    ("own", "refused"), [({}, True), ({"s3": {"bucket": "b"}}, False)], ids=["no bucket", "a bucket of its own"]
)
def test_the_same_by_a_value_of_the_users(chart_205: ChartFacts, own: dict[str, Any], refused: bool) -> None:
    plan = planned(chart_205, {**KAFKA, "values": {"kotatsu": {"enabled": True, **own}}})
    assert [finding.id for finding in failures(plan.findings)] == ["components.values"] * refused


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({}, "imagePullSecret", {"create": False}),
        ({"image_pull_mode": "chart"}, "imagePullSecret.create", True),
        ({"image_pull_mode": "chart"}, "imagePullSecret.token", literal("image_pull_token")),
        ({"image_pull_mode": "chart", "image_registry": "r.example/x"}, "imagePullSecret.registry", "r.example/x"),
        ({"image_pull_mode": "chart"}, "global.imagePullSecrets", ["popsink-regcred"]),
        ({"image_pull_mode": "chart", "release": "dp"}, "global.imagePullSecrets", ["dp-regcred"]),
        ({"image_pull_mode": "existing", "image_pull_secret": "mine"}, "imagePullSecret", {"create": False}),
    ],
    ids=str,
)
def test_how_images_are_pulled(chart_205: ChartFacts, changes: dict[str, Any], path: str, value: Any) -> None:
    assert dig(planned(chart_205, changes).values, path) == value


@pytest.mark.parametrize(
    ("mode", "missing"),
    [("managed", "image_pull_docker_config"), ("chart", "image_pull_token"), ("existing", None)],
)
def test_which_form_of_the_token_must_be_there(chart_205: ChartFacts, mode: str, missing: str | None) -> None:
    known = ALL - {"image_pull_docker_config", "image_pull_token"}
    plan = build_plan(inputs(image_pull_mode=mode, image_pull_secret="mine"), chart_205, known)
    assert [finding.id for finding in failures(plan.findings)] == ([f"secrets.{missing}"] if missing else [])


def test_where_the_chart_makes_the_pull_secret_none_of_ours_is_planned(chart_205: ChartFacts) -> None:
    assert planned(chart_205, {"image_pull_mode": "chart"}).secrets_of("pull_secret") == []


def test_a_token_in_the_release_is_warned_about(chart_205: ChartFacts) -> None:
    (told,) = planned(chart_205, {"image_pull_mode": "chart"}).findings
    assert (told.status, "popsink_image_pull_mode to managed" in told.remedy) == (WARN, True)
