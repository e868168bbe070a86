"""What documentation shows in the place of a value is found wherever it is left."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.placeholders import left_over, left_over_in_inputs

from tests.unit.plugins.samples import ALL, inputs, snippet


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<your-bucket>", ["<your-bucket>"]),
        ("s3://<bucket>/kafka/", ["<bucket>"]),
        ("<a> and <b>", ["<a>", "<b>"]),
        ("<with spaces in it>", ["<with spaces in it>"]),
        ("arn:aws:iam::123456789012:role/x", ["123456789012"]),
        (["<a>", {"b": "<c>"}], ["<a>", "<c>"]),
        ([[["<a>"]]], ["<a>"]),
        ("1234567890123", []),
        ("0123456789012", []),
        ("a < b > c", []),
        ("<1>", []),
        ("<>", []),
        ("x<y", []),
        (123456789012, []),
        (True, []),
        (None, []),
        ("", []),
        ([], []),
    ],
    ids=str,
)
def test_what_is_a_placeholder(value: Any, found: list[str]) -> None:
    told = left_over(OwnValues("popsink_values", {"a": {"b": value}}))
    assert [finding.found for finding in told] == [
        f"popsink_values.a.b still holds a placeholder: {placeholder}." for placeholder in found
    ]


@pytest.mark.parametrize(
    "name",
    [
        "ingress_url",
        "s3_endpoint",
        "s3_irsa_role_arn",
        "s3_assumed_role_arn",
        "bucket_prefix",
        "azure_account",
        "azure_container",
        "azure_client_id",
        "kafka_bootstrap_server",
        "database_host",
        "schema_registry_url",
        "schema_registry_database_host",
    ],
)
def test_an_input_that_holds_one_is_named(name: str) -> None:
    given: dict[str, Any] = {name: "https://<yours>/"}
    told = [finding.found for finding in left_over_in_inputs(inputs(**given))]
    assert told == [f"popsink_{name} still holds a placeholder: <yours>."]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (inputs(values={"podLabels": {"team": "<team>"}}), "popsink_values.podLabels.team"),
        (inputs(snippet(controlPlaneFrontendUrl="https://<host>")), "controlPlaneFrontendUrl"),
        (inputs(s3_assumed_role_arn="arn:aws:iam::123456789012:role/x"), "popsink_s3_assumed_role_arn"),
    ],
    ids=["values", "snippet", "input"],
)
def test_the_plan_is_refused_with_where_it_stands(chart_205: ChartFacts, given: Any, where: str) -> None:
    (wrong,) = failures(build_plan(given, chart_205, ALL).findings)
    assert where in wrong.found


def test_what_is_left_out_may_hold_one(chart_205: ChartFacts) -> None:
    given = inputs(values={"karapace": {"a": "<a>"}}, values_ignored=["karapace"])
    assert failures(build_plan(given, chart_205, ALL).findings) == []
