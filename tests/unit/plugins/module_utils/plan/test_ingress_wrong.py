"""Inputs of the public URL that do not go together: one finding each, which names what to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import failures
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan

from tests.unit.plugins.samples import ALL, inputs

RANGES = {"ingress_source_ranges": ["192.0.2.0/24"]}
NGINX = "nginx.ingress.kubernetes.io/whitelist-source-range"
HTTP = {"ingress_url": "http://popsink.example.com"}

#: Inputs, then the finding and what it says.
WRONG: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "the chart's Ingress beside ours": (
        {"values": {"ingress": {"enabled": True}}},
        "ingress.values",
        ("ingress.enabled is True", "popsink_values", "popsink_ingress_mode"),
    ),
    "the chart's Ingress beside a Route": (
        {"ingress_mode": "route", "values": {"ingress": {"enabled": True}}},
        "ingress.values",
        ("ingress.enabled is True",),
    ),
    "another host for the chart's Ingress": (
        {"ingress_mode": "chart", "values": {"ingress": {"hostname": "other.example"}}},
        "ingress.values",
        ("ingress.hostname", "'other.example'", "popsink_ingress_url"),
    ),
    "the chart's Ingress switched off": (
        {"ingress_mode": "chart", "values": {"ingress": {"enabled": False}}},
        "ingress.values",
        ("ingress.enabled",),
    ),
    "a certificate for http": ({**HTTP, "ingress_tls_secret": "tls"}, "ingress.tls", ("popsink_ingress_tls_secret",)),
    "an issuer for http": (
        {**HTTP, "ingress_cert_manager_issuer": "x"},
        "ingress.tls",
        ("popsink_ingress_cert_manager_issuer",),
    ),
    "a Secret and an issuer": (
        {"ingress_tls_secret": "tls", "ingress_cert_manager_issuer": "x"},
        "ingress.tls",
        ("popsink_ingress_tls_secret", "popsink_ingress_cert_manager_issuer"),
    ),
    "two issuers": (
        {"ingress_cert_manager_issuer": "x", "ingress_annotations": {"cert-manager.io/issuer": "y"}},
        "ingress.tls",
        ("cert-manager.io/issuer",),
    ),
    "a range that is none": (
        {"ingress_controller": "nginx", "ingress_source_ranges": ["192.0.2.0/33"]},
        "inputs.ingress_source_ranges",
        ("'192.0.2.0/33'", "neither an address nor a network"),
    ),
    "an address with a network's length": (
        {"ingress_controller": "nginx", "ingress_source_ranges": ["192.0.2.7/24"]},
        "inputs.ingress_source_ranges",
        ("'192.0.2.7/24'", "192.0.2.0/24"),
    ),
    "ranges for nobody": (
        RANGES,
        "inputs.ingress_controller",
        ("popsink_ingress_controller", "nginx, haproxy, haproxy-ingress, traefik"),
    ),
    "ranges twice": (
        {**RANGES, "ingress_controller": "nginx", "ingress_annotations": {NGINX: "192.0.2.1"}},
        "inputs.ingress_source_ranges",
        (NGINX,),
    ),
    "ranges for a Gateway": (
        {**RANGES, "ingress_mode": "gateway", "gateway_name": "x"},
        "inputs.ingress_source_ranges",
        ("'gateway'", "owner"),
    ),
    "ranges for what is led there by others": (
        {**RANGES, "ingress_mode": "none"},
        "inputs.ingress_source_ranges",
        ("'none'",),
    ),
    "a certificate for a Gateway's route": (
        {"ingress_mode": "gateway", "gateway_name": "x", "ingress_tls_secret": "tls"},
        "inputs.ingress_tls_secret",
        ("'gateway'", "listener"),
    ),
    "an issuer for a Route": (
        {"ingress_mode": "route", "ingress_cert_manager_issuer": "x"},
        "inputs.ingress_cert_manager_issuer",
        ("'route'", "popsink_ingress_tls_secret"),
    ),
    "a Gateway for an Ingress": (
        {"gateway_name": "x"},
        "inputs.gateway_name",
        ("'managed'", "set the mode to gateway"),
    ),
    "Istio's Gateway for an Ingress": ({"istio_gateway": "x"}, "inputs.istio_gateway", ("'managed'",)),
    "no Gateway": ({"ingress_mode": "gateway"}, "gateway.parent", ("popsink_gateway_name",)),
    "a Gateway that is none": (
        {"ingress_mode": "gateway", "gateway_name": "A b"},
        "inputs.gateway_name",
        ("'A b'",),
    ),
    "a CA for what ends at the router": (
        {"ingress_mode": "route", "route_destination_ca": "CA"},
        "route.tls",
        ("popsink_route_destination_ca", "reencrypt"),
    ),
    "no host for a Route": (
        {"ingress_mode": "route", "ingress_url": "https://"},
        "identity.ingress_url",
        ("popsink_ingress_url",),
    ),
    "an address for a Route": (
        {"ingress_mode": "route", "ingress_url": "https://192.0.2.1"},
        "inputs.ingress_url",
        ("'192.0.2.1'",),
    ),
    "TLS to the pods alone": (
        {**HTTP, "ingress_mode": "route", "route_termination": "reencrypt"},
        "route.tls",
        ("popsink_route_termination",),
    ),
    "no certificate for Istio": ({"ingress_mode": "istio"}, "istio.tls", ("popsink_ingress_tls_secret",)),
    "a certificate for another's Gateway": (
        {"ingress_mode": "istio", "istio_gateway": "x", "ingress_tls_secret": "tls"},
        "istio.tls",
        ("popsink_istio_gateway",),
    ),
    "every gateway": (
        {"ingress_mode": "istio", "ingress_tls_secret": "tls", "istio_selector": {}},
        "inputs.istio_selector",
        ("popsink_istio_selector",),
    ),
    "Istio's Gateway that is none": (
        {"ingress_mode": "istio", "istio_gateway": "a/b/c"},
        "inputs.istio_gateway",
        ("'a/b/c'", "NAMESPACE/NAME"),
    ),
    "an address with a scheme": (
        {"public_address": "https://192.0.2.1"},
        "inputs.public_address",
        ("popsink_public_address", "without scheme"),
    ),
    "an address without a port": ({"public_address": "192.0.2.1:x"}, "inputs.public_address", ("'192.0.2.1:x'",)),
    "a damaged CA": (
        {"ingress_ca": "-----BEGIN CERTIFICATE-----\nMII\n"},
        "inputs.ingress_ca",
        ("popsink_ingress_ca",),
    ),
    "a CA that is none": ({"ingress_ca": "/etc/ca.pem"}, "inputs.ingress_ca", ("popsink_ingress_ca",)),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_finding_says_what_to_change(chart_205: ChartFacts, name: str) -> None:
    changes, wanted, words = WRONG[name]
    found = failures(build_plan(inputs(**changes), chart_205, ALL).findings)
    # What is no certificate is so in either mode.
    found = [item for item in found if (item.id, wanted) != ("inputs.route_destination_ca", "route.tls")]
    assert [item.id for item in found] == [wanted]
    assert [word for word in words if word not in f"{found[0].found} {found[0].remedy}"] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ingress_tls_secret": "tls"}, "popsink.example.com-tls"),
        ({"ingress_tls_secret": "popsink.example.com-tls"}, None),
        ({"ingress_cert_manager_issuer": "x"}, None),
    ],
)
def test_a_chart_that_names_its_certificate_itself(
    chart_of: Callable[[str], ChartFacts], changes: dict[str, Any], words: str | None
) -> None:
    plan = build_plan(inputs(ingress_mode="chart", **changes), chart_of("44"), ALL)
    found = [item.found for item in failures(plan.findings) if item.id.startswith("ingress")]
    assert [(words or "nothing") in item for item in found] == ([] if words is None else [True])


@pytest.mark.parametrize(
    "changes",
    [
        {"ingress_mode": "none", "values": {"ingress": {"enabled": True, "hostname": "other.example"}}},
        {"ingress_mode": "none", "ingress_class": "nginx", "ingress_annotations": {"a": "b"}},
        {"ingress_mode": "chart", "values": {"ingress": {"extraHosts": [{"name": "other.example"}]}}},
        {"public_address": "192.0.2.1"},
        {"public_address": "[2001:db8::1]:8443"},
        {"public_address": "balancer.example:443"},
        {"ingress_controller": "haproxy", "ingress_source_ranges": ["192.0.2.7", "2001:db8::/32"]},
    ],
)
def test_what_goes_together(chart_205: ChartFacts, changes: dict[str, Any]) -> None:
    assert failures(build_plan(inputs(**changes), chart_205, ALL).findings) == []
