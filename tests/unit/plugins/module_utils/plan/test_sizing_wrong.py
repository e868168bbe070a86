"""What of size and availability does not go together, or is not what it must be: one failure each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import merged, nested

from tests.unit.plugins.samples import ALL, inputs


def own(component: str, **settings: Any) -> dict[str, Any]:
    return {"components": {component: settings}}


#: By what is wrong: inputs, the finding's id, and words of it and its remedy.
WRONG: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    # Autoscaling
    "both autoscalers": (
        {"hpa_enabled": True, "vpa_enabled": True},
        "sizing.autoscaling",
        ("Both autoscalers are on", "popsink_vpa_enabled to false"),
    ),
    "both, one by a chart value": (
        {"hpa_enabled": True, "values": {"autoscaling": {"vpa": {"enabled": True}}}},
        "sizing.autoscaling",
        ("Both autoscalers are on",),
    ),
    "least above most": (
        {"hpa_enabled": True, "hpa_min_replicas": 4, "hpa_max_replicas": 3},
        "sizing.autoscaling",
        ("at least 4 and at most 3", "popsink_hpa_max_replicas"),
    ),
    "least above the chart's most": (
        {"hpa_enabled": True, "hpa_min_replicas": 7},
        "sizing.autoscaling",
        ("at least 7 and at most 6", "what you leave out is the chart's"),
    ),
    "no least": (
        {"hpa_enabled": True, "hpa_min_replicas": 0},
        "inputs.hpa_min_replicas",
        ("popsink_hpa_min_replicas is 0",),
    ),
    "replicas and an autoscaler": (
        {"hpa_enabled": True, "replicas": 2},
        "sizing.replicas",
        ("popsink_replicas is set", "popsink_hpa_min_replicas"),
    ),
    "replicas of the component and an autoscaler": (
        {"hpa_enabled": True, **own("data_plane", replicas=2)},
        "sizing.replicas",
        ("popsink_components.data_plane.replicas is set",),
    ),
    # Components
    "replicas twice": (
        {"broker_replicas": 3, **own("broker", replicas=5)},
        "sizing.replicas",
        ("popsink_components.broker.replicas is 5, and popsink_broker_replicas is 3", "one of the two"),
    ),
    "a component by its block": (own("tansu"), "sizing.components", ("'tansu'", "It is called broker there.")),
    "a component by its chart": (own("postgresql"), "sizing.components", ("It is called database there.",)),
    "a component misspelt": (own("kotatsoo"), "sizing.components", ("'kotatsoo'", "Did you mean kotatsu?")),
    "a component that is none": (own("xyz"), "sizing.components", ("There are: data_plane, broker,",)),
    "a component without settings": ({"components": {"broker": 3}}, "sizing.components", ("no mapping of settings",)),
    "a setting misspelt": (own("broker", resource={}), "sizing.components", ("'resource'", "Did you mean resources?")),
    # Resources
    "no quantity": (
        own("broker", resources={"requests": {"memory": "4 Gb"}}),
        "sizing.resources",
        ("popsink_components.broker.resources", "'4 Gb' at requests.memory", "no quantity"),
    ),
    "a limit below the request": (
        own("broker", resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}),
        "sizing.resources",
        ("kodansu.resources.limits.memory would be 1Gi, and the request 2Gi", "popsink_components.broker.resources"),
    ),
    "a limit below the chart's request": (
        own("broker", resources={"limits": {"memory": "32Mi"}}),
        "sizing.resources",
        ("would be 32Mi, and the request 64Mi", "what you leave out there is the chart's"),
    ),
    "resources flat": (own("broker", resources={"memory": "1Gi"}), "sizing.resources", ("requests and limits",)),
    "no replicas": (own("schema_registry", replicas=0), "sizing.replicas", ("no number of replicas",)),
    # Placement
    "a selector of a number": (
        {"node_selector": {"gen": 7}},
        "sizing.node_selector",
        ("7 at gen", "put it into quotes"),
    ),
    "no toleration": ({"tolerations": ["dedicated"]}, "sizing.tolerations", ("popsink_tolerations is no list",)),
    "a spread over nothing": ({"topology_spread": [{"maxSkew": 1}]}, "sizing.topology_spread", ("topologyKey",)),
    "no name of a class": ({"priority_class": "Very High"}, "sizing.priority_class", ("no name of a PriorityClass",)),
    "a label that selects": (
        {"pod_labels": {"app.kubernetes.io/component": "x"}},
        "sizing.pod_labels",
        ("app.kubernetes.io/component, which the chart sets itself",),
    ),
    "a label with a blank": ({"pod_labels": {"team": "a b"}}, "sizing.pod_labels", ("'a b' at team",)),
    "a budget that is no switch": (own("broker", pdb="maybe"), "sizing.pdb", ("neither true nor false",)),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_failure_tells_it(chart_205: ChartFacts, case: str) -> None:
    changes, name, words = WRONG[case]
    plan = build_plan(inputs(**changes), chart_205, ALL)
    (finding,) = [item for item in plan.findings if item.status == FAIL]
    assert finding.id == name
    assert [word for word in words if word not in f"{finding.found} {finding.remedy}"] == []
    assert finding.remedy


LOW = {"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"tansu": {}},
        {"kora": 3},
        {"database": {"resource": {}}},
        {"schema_registry": {"resources": {"requests": {"memory": "4 Gb"}}}},
        {"data_plane": {"priority_class": "Very High"}},
    ],
    ids=str,
)
def test_what_is_wrong_does_not_hide_a_limit_below_its_request(chart_205: ChartFacts, wrong: dict[str, Any]) -> None:
    plan = build_plan(inputs(components={**wrong, "broker": LOW}), chart_205, ALL)
    told = [item.found for item in plan.findings if item.status == FAIL]
    assert len(told) == 2
    assert "limits.memory would be 1Gi, and the request 2Gi" in told[1]


def test_size_and_resources_of_ones_own_are_no_quarrel(chart_205: ChartFacts) -> None:
    """The component's own win, as everything of a component's own does."""
    plan = build_plan(inputs(size="large", **own("broker", resources={"requests": {"cpu": "1"}})), chart_205, ALL)
    assert [item.id for item in plan.findings if item.id.startswith("sizing.")] == []


def test_an_autoscaler_of_the_users_own_values_outranks_replicas(chart_205: ChartFacts) -> None:
    """A values file may well have both, and the chart then leaves one out: no reason to end."""
    own_values = {"replicaCount": 3, "autoscaling": {"hpa": {"enabled": True}}}
    plan = build_plan(inputs(values=own_values), chart_205, ALL)
    assert [item.id for item in plan.findings] == ["sizing.replicas"]


def test_a_size_is_held_against_the_charts_own_limits(chart_205: ChartFacts) -> None:
    """Those of memory are replaced and those of CPU taken away, so none is left that is lower."""
    limits = nested("kora.resources.limits", {"cpu": "1m", "memory": "1Mi"})
    chart = replace(chart_205, values=merged(chart_205.values, limits))
    plan = build_plan(inputs(size="medium"), chart, ALL)
    assert [item.id for item in plan.findings if item.status == FAIL] == []
