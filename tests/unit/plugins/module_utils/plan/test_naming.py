"""Names that Kubernetes takes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.naming import is_qualified_name, plan_naming

from tests.unit.plugins.samples import inputs


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("name", True),
        ("A.name_with-all", True),
        ("example.com/name", True),
        ("n" * 63, True),
        ("n" * 64, False),
        ("", False),
        ("/name", False),
        ("example.com/", False),
        ("Example.com/name", False),
        ("a/b/c", False),
        ("-name", False),
    ],
)
def test_names_of_labels_and_annotations(text: str, taken: bool) -> None:
    assert is_qualified_name(text) == taken


@pytest.mark.parametrize(
    ("field", "name", "taken"),
    [
        ("release", "popsink", True),
        ("release", "p", True),
        ("release", "p" * 41, True),
        ("release", "p" * 42, False),
        ("release", "123", False),
        ("release", "1popsink", False),
        ("release", "popsink-", False),
        ("release", "Popsink", False),
        ("namespace", "123", True),
        ("namespace", "n" * 63, True),
        ("namespace", "n" * 64, False),
        ("namespace", "-n", False),
        ("namespace", "a.b", False),
    ],
)
def test_names_of_release_and_namespace(chart_205: ChartFacts, field: str, name: str, taken: bool) -> None:
    named: dict[str, Any] = {field: name}
    findings = plan_naming(inputs(**named), chart_205).findings
    assert [finding.id for finding in findings] == [f"inputs.{field}"] * (not taken)
