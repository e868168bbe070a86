"""The inventory for Istio, which no machine of ours has: planned, and rendered by Helm."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan

from tests.unit.plugins.rendering import objects_of, render
from tests.unit.plugins.samples import ALL, ROOT, inputs

INVENTORY = ROOT / "tests/rendered/ingress-istio.yml"


def given() -> dict[str, Any]:
    """The inventory's inputs that the plan reads."""
    (variables,) = yaml.safe_load(INVENTORY.read_text("utf-8"))["data_planes"]["hosts"].values()
    return {name.removeprefix("popsink_"): value for name, value in variables.items() if "chart_version" not in name}


def test_istio(helm: str, chart_205: ChartFacts) -> None:
    plan = build_plan(inputs(**given()), chart_205, ALL)
    assert failures(plan.findings) == []
    gateway, service = plan.manifests
    assert gateway["spec"]["selector"] == {"istio": "ingressgateway"}
    assert gateway["spec"]["servers"][1] == {
        "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
        "hosts": ["popsink.example.com"],
        "tls": {"mode": "SIMPLE", "credentialName": "popsink-acme-com"},
    }
    host = "popsink-data-plane.ingress-istio.svc.cluster.local"
    assert service["spec"]["http"][0]["route"] == [{"destination": {"host": host, "port": {"number": 80}}}]
    rendered = objects_of(render(helm, chart_205.archive, plan.values, "popsink", "popsink"))
    ports = {item["metadata"]["name"]: item["spec"]["ports"] for item in rendered if item["kind"] == "Service"}
    assert [port["port"] for port in ports["popsink-data-plane"]] == [80]
    assert [item for item in rendered if item["kind"] == "Ingress"] == []
