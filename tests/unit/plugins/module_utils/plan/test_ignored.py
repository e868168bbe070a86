"""Values that a chart would ignore: found, with what took their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, inputs, snippet

Charts = Callable[[str], ChartFacts]


def findings(chart: ChartFacts, values: dict[str, Any], **changes: Any) -> list[Finding]:
    plan = build_plan(inputs(values=values, **changes), chart, ALL)
    return [finding for finding in plan.findings if finding.id.startswith("values.")]


@pytest.mark.parametrize(
    ("name", "values", "unknown", "suggestion"),
    [
        ("205", {"replicacount": 3}, "popsink_values.replicacount", "Did you mean replicaCount?"),
        ("205", {"kora": {"databse": {"host": "x"}}}, "popsink_values.kora.databse", "kora.database?"),
        ("205", {"karapace": {"enabled": True}}, "popsink_values.karapace", "kora: the schema registry of later"),
        ("205", {"kafkaUi": {"enabled": False}}, "popsink_values.kafkaUi", "popsink_kotatsu_enabled"),
        ("205", {"metricsExporter": {"enabled": True}}, "popsink_values.metricsExporter", "the data plane itself"),
        ("205", {"kodansu": {"replicaCuont": 1}}, "popsink_values.kodansu.replicaCuont", "kodansu.replicaCount?"),
        ("205", {"tansu": {"replicaCuont": 1}}, "popsink_values.tansu.replicaCuont", "tansu.replicaCount?"),
        ("205", {"zzz": 1}, "popsink_values.zzz", "Chart 0.1.0-alpha.205 has there: adminCredentials"),
        ("205", {"ingressurl": "https://x.example"}, "popsink_values.ingressurl", "upper from lower case"),
        ("205", {"global": {"fqdn": "x.example"}}, "popsink_values.global.fqdn", "popsink_ingress_url"),
        ("205", {"retention": {"type": "S3"}}, "popsink_values.retention", "an early wizard's key"),
        ("205", {"retention": {"s3": {"bucket": "b"}}}, "popsink_values.retention.s3", "popsink_bucket"),
        ("205", {"metadata": {"deploymentName": "x"}}, "popsink_values.metadata", "an early wizard's key"),
        ("205", {"serviceAccountSecret": "x"}, "popsink_values.serviceAccountSecret", "jwt.secret"),
        ("60", {"kodansu": {"replicaCount": 1}}, "popsink_values.kodansu", "tansu: the broker's name"),
        ("60", {"kora": {"enabled": True}}, "popsink_values.kora", "karapace: the schema registry of earlier"),
        ("60", {"kotatsu": {"enabled": True}}, "popsink_values.kotatsu", "popsink_kafka_ui_enabled"),
    ],
)
def test_a_value_that_the_chart_would_ignore(
    chart_of: Charts, name: str, values: dict[str, Any], unknown: str, suggestion: str
) -> None:
    (told,) = findings(chart_of(name), values)
    assert (told.id, told.status) == ("values.unknown", FAIL)
    assert f"{unknown} is not known to chart 0.1.0-alpha.{name}" in told.found
    assert suggestion in told.remedy


@pytest.mark.parametrize(
    ("values", "charts"),
    [
        ({"karapace": {"enabled": True}}, "charts 0.1.0-alpha.2 to .90 read it"),
        ({"kafkaUi": {"enabled": True}}, "charts up to 0.1.0-alpha.70 read it"),
        ({"metadata": {"deploymentHash": "x"}}, "no chart reads it"),
    ],
)
def test_which_charts_read_it_is_told(chart_205: ChartFacts, values: dict[str, Any], charts: str) -> None:
    (told,) = findings(chart_205, values)
    assert charts in told.found


@pytest.mark.parametrize(
    "values",
    [
        {"replicaCount": 3},
        {"podLabels": {"team": "data"}},
        {"podAnnotations": {"a.example/b": "c"}},
        {"nodeSelector": {"disk": "ssd"}},
        {"resources": {"limits": {"cpu": "1"}}},
        {"kodansu": {"replicaCount": 1, "podLabels": {"a": "b"}}},
        {"tansu": {"resources": {"limits": {"memory": "1Gi"}}}},
        {"postgresql": {"primary": {"podLabels": {"a": "b"}}}},
        {"affinity": {"nodeAffinity": {"x": 1}}},
    ],
    ids=".".join,
)
def test_a_value_that_the_chart_knows(chart_205: ChartFacts, values: dict[str, Any]) -> None:
    assert findings(chart_205, values) == []


@pytest.mark.parametrize("block", ["adminCredentials", "jwt", "connectorConfigEncryptionKey", "externalDatabase"])
def test_a_slip_in_a_block_with_a_secret_is_found(chart_205: ChartFacts, block: str) -> None:
    (told,) = findings(chart_205, {block: {"exisitngSecret": "mine"}})
    assert f"{block}.existingSecret?" in told.remedy


def test_what_helm_hands_to_every_sub_chart_may_be_set(chart_205: ChartFacts) -> None:
    assert findings(chart_205, {"global": {"security": {"allowInsecureImages": True}, "storageClass": "ssd"}}) == []


def test_a_block_is_told_once(chart_205: ChartFacts) -> None:
    assert len(findings(chart_205, {"karapace": {"enabled": True, "replicaCount": 2, "image": {"tag": "x"}}})) == 1


@pytest.mark.parametrize("path", ["karapace", "karapace.enabled"])
def test_what_is_to_be_left_out_is(chart_205: ChartFacts, path: str) -> None:
    given = inputs(values={"karapace": {"enabled": True}, "podLabels": {"a": "b"}}, values_ignored=[path])
    plan = build_plan(given, chart_205, ALL)
    assert [finding for finding in plan.findings if finding.status == FAIL] == []
    assert (dig(plan.values, "karapace"), dig(plan.values, "podLabels")) == (None, {"a": "b"})


def test_what_is_left_out_in_vain_is_told(chart_205: ChartFacts) -> None:
    (told,) = findings(chart_205, {}, values_ignored=["karapace"])
    assert "popsink_values_ignored names karapace" in told.found


@pytest.mark.parametrize(
    ("values", "placeholder"),
    [
        ({"image": {"tag": "<strong-password>"}}, "<strong-password>"),
        (
            {"kodansu": {"serviceAccount": {"annotations": {"role": "iam::123456789012:role/x"}}}},
            "123456789012",
        ),
        ({"extraEnvVars": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "<secret>"}}}]}, "<secret>"),
    ],
)
def test_a_placeholder_of_the_documentation_is_found(
    chart_205: ChartFacts, values: dict[str, Any], placeholder: str
) -> None:
    (told,) = findings(chart_205, values)
    assert (told.id, placeholder in told.found) == ("values.placeholder", True)


@pytest.mark.parametrize("value", ["1234567890123", "a<b", "x > y < z", "->"])
def test_what_only_looks_a_little_like_one_is_none(chart_205: ChartFacts, value: str) -> None:
    assert findings(chart_205, {"podAnnotations": {"note": value}}) == []


def renamed(chart: ChartFacts, block: str, name: str) -> ChartFacts:
    """A chart that calls a block otherwise."""
    return replace(chart, values={name if key == block else key: value for key, value in chart.values.items()})


def test_a_block_that_the_collection_sets_and_the_chart_does_not_know_is_an_error(chart_205: ChartFacts) -> None:
    """Else the administrator's credentials of the vault would be nobody's."""
    plan = build_plan(inputs(), renamed(chart_205, "adminCredentials", "administrator"), ALL)
    unknown = [finding for finding in plan.findings if finding.id == "chart.unknown"]
    assert [(finding.status, "adminCredentials" in finding.found) for finding in unknown] == [(FAIL, True)]


def test_a_single_value_that_the_collection_sets_in_vain_is_a_warning(chart_205: ChartFacts) -> None:
    ingress = {name: value for name, value in chart_205.values["ingress"].items() if name != "enabled"}
    chart = replace(chart_205, values={**chart_205.values, "ingress": ingress})
    told = [finding for finding in build_plan(inputs(), chart, ALL).findings if finding.id == "chart.unknown"]
    assert [(finding.status, "ingress.enabled" in finding.found) for finding in told] == [("warn", True)]


@pytest.mark.parametrize("block", ["tansu", "kodansu"])
def test_a_broker_without_values_is_an_error(chart_205: ChartFacts, block: str) -> None:
    """The templates look into it without asking."""
    assert f"popsink_values.{block} is null" in next(finding.found for finding in findings(chart_205, {block: None}))


def test_what_the_control_plane_handed_out_is_warned_about(chart_205: ChartFacts) -> None:
    """It is copied verbatim: nothing that its reader could leave out."""
    plan = build_plan(inputs(snippet(retention={"type": "S3"})), chart_205, ALL)
    assert [(finding.id, finding.status) for finding in plan.findings] == [("identity.ignored", "warn")]
