"""An inventory with a VerticalPodAutoscaler, which the lab's cluster does not know, as Helm renders it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import PREFIX, Inputs

from .rendering import objects_of, render
from .samples import ALL, ROOT, inputs


def given(name: str) -> dict[str, Any]:
    """The inputs that the plan reads of the one host of an inventory, without their prefix."""
    (host,) = yaml.safe_load((ROOT / "tests/rendered" / name).read_text())["data_planes"]["hosts"].values()
    known = {entry.name for entry in fields(Inputs)}
    return {key.removeprefix(PREFIX): value for key, value in host.items() if key.removeprefix(PREFIX) in known}


def test_the_autoscaler_sets_the_data_planes_requests(helm: str, chart_of: Callable[[str], ChartFacts]) -> None:
    chart = chart_of("205")
    plan = build_plan(inputs(**given("vpa.yml")), chart, ALL)
    assert plan.findings == ()
    assert plan.values["autoscaling"] == {"vpa": {"enabled": True, "updateMode": "Initial"}}
    manifest = render(helm, chart.archive, plan.values)
    (autoscaler,) = [item for item in objects_of(manifest) if item["kind"] == "VerticalPodAutoscaler"]
    assert autoscaler["apiVersion"] == "autoscaling.k8s.io/v1"
    assert autoscaler["spec"] == {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "popsink-data-plane"},
        "updatePolicy": {"updateMode": "Initial"},
    }
    (deployment,) = [
        item
        for item in objects_of(manifest)
        if (item["kind"], item["metadata"]["name"]) == ("Deployment", "popsink-data-plane")
    ]
    # The replicas are the chart's, and it begins with the requests of the size.
    assert deployment["spec"]["replicas"] == 2
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["requests"] == {"cpu": "400m", "memory": "1Gi"}
