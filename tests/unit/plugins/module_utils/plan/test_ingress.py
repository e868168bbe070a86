"""How the public URL leads to the data plane, in each mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.ingress import plan_ingress
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig

from tests.unit.plugins.samples import ALL, inputs

HOST = "popsink.example.com"
PATH = "https://popsink.example.com/dp"
METADATA = {
    "name": "popsink-public",
    "namespace": "popsink",
    "labels": {
        "app.kubernetes.io/managed-by": "popsink.data_plane",
        "app.kubernetes.io/part-of": "popsink",
        "popsink.data-plane/release": "popsink",
    },
}
SERVICE = {"service": {"name": "popsink-data-plane", "port": {"number": 80}}}


def plan_of(chart: ChartFacts, **changes: Any) -> Plan:
    return plan_ingress(inputs(**changes), chart)


def made(plan: Plan) -> dict[str, dict[str, Any]]:
    """The objects by kind."""
    return {item["kind"]: item for item in plan.manifests}


CA = "-----BEGIN CERTIFICATE-----\n"

#: Mode and inputs, then the objects that are made: kind, version, annotations and spec.
OBJECTS: dict[str, tuple[dict[str, Any], list[tuple[str, str, dict[str, str] | None, dict[str, Any]]]]] = {
    "Ingress": (
        {"ingress_class": "nginx", "ingress_tls_secret": "tls", "ingress_url": PATH},
        [
            (
                "Ingress",
                "networking.k8s.io/v1",
                None,
                {
                    "ingressClassName": "nginx",
                    "rules": [
                        {
                            "host": HOST,
                            "http": {"paths": [{"path": "/dp", "pathType": "Prefix", "backend": SERVICE}]},
                        }
                    ],
                    "tls": [{"hosts": [HOST], "secretName": "tls"}],
                },
            )
        ],
    ),
    "Traefik's Middleware": (
        {
            "ingress_mode": "chart",
            "ingress_controller": "traefik",
            "ingress_source_ranges": ["192.0.2.0/24", "2001:db8::/32"],
        },
        [
            (
                "Middleware",
                "traefik.io/v1alpha1",
                None,
                {"ipAllowList": {"sourceRange": ["192.0.2.0/24", "2001:db8::/32"]}},
            )
        ],
    ),
    "Route": (
        {"ingress_mode": "route", "ingress_url": PATH, "ingress_tls_secret": "tls", "ingress_annotations": {"a": 1}},
        [
            (
                "Route",
                "route.openshift.io/v1",
                {"a": "1"},
                {
                    "host": HOST,
                    "path": "/dp",
                    "to": {"kind": "Service", "name": "popsink-data-plane", "weight": 100},
                    "wildcardPolicy": "None",
                    "tls": {
                        "termination": "edge",
                        "insecureEdgeTerminationPolicy": "Redirect",
                        "externalCertificate": {"name": "tls"},
                    },
                },
            )
        ],
    ),
    "Route that speaks TLS to the pods": (
        {
            "ingress_mode": "route",
            "route_termination": "reencrypt",
            "route_destination_ca": CA,
            "ingress_source_ranges": ["192.0.2.0/24", "192.0.2.7"],
        },
        [
            (
                "Route",
                "route.openshift.io/v1",
                {"haproxy.router.openshift.io/ip_whitelist": "192.0.2.0/24 192.0.2.7"},
                {
                    "host": HOST,
                    "to": {"kind": "Service", "name": "popsink-data-plane", "weight": 100},
                    "wildcardPolicy": "None",
                    "tls": {
                        "termination": "reencrypt",
                        "insecureEdgeTerminationPolicy": "Redirect",
                        "destinationCACertificate": CA,
                    },
                },
            )
        ],
    ),
    "Route without TLS": (
        {"ingress_mode": "route", "ingress_url": f"http://{HOST}"},
        [
            (
                "Route",
                "route.openshift.io/v1",
                None,
                {
                    "host": HOST,
                    "to": {"kind": "Service", "name": "popsink-data-plane", "weight": 100},
                    "wildcardPolicy": "None",
                },
            )
        ],
    ),
    "HTTPRoute": (
        {
            "ingress_mode": "gateway",
            "ingress_url": PATH,
            "gateway_name": "public",
            "gateway_namespace": "gateways",
            "gateway_section": "https",
        },
        [
            (
                "HTTPRoute",
                "gateway.networking.k8s.io/v1",
                None,
                {
                    "parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "https"}],
                    "hostnames": [HOST],
                    "rules": [
                        {
                            "matches": [{"path": {"type": "PathPrefix", "value": "/dp"}}],
                            "backendRefs": [{"name": "popsink-data-plane", "port": 80}],
                        }
                    ],
                },
            )
        ],
    ),
    "HTTPRoute of the namespace's own Gateway": (
        {"ingress_mode": "gateway", "gateway_name": "public"},
        [
            (
                "HTTPRoute",
                "gateway.networking.k8s.io/v1",
                None,
                {
                    "parentRefs": [{"name": "public"}],
                    "hostnames": [HOST],
                    "rules": [
                        {
                            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                            "backendRefs": [{"name": "popsink-data-plane", "port": 80}],
                        }
                    ],
                },
            )
        ],
    ),
    "Istio with a Gateway": (
        {"ingress_mode": "istio", "ingress_url": PATH, "ingress_tls_secret": "tls"},
        [
            (
                "Gateway",
                "networking.istio.io/v1",
                None,
                {
                    "selector": {"istio": "ingressgateway"},
                    "servers": [
                        {
                            "port": {"number": 80, "name": "http", "protocol": "HTTP"},
                            "hosts": [HOST],
                            "tls": {"httpsRedirect": True},
                        },
                        {
                            "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                            "hosts": [HOST],
                            "tls": {"mode": "SIMPLE", "credentialName": "tls"},
                        },
                    ],
                },
            ),
            (
                "VirtualService",
                "networking.istio.io/v1",
                None,
                {
                    "hosts": [HOST],
                    "gateways": ["popsink-public"],
                    "http": [
                        {
                            "match": [{"uri": {"prefix": "/dp"}}],
                            "route": [
                                {
                                    "destination": {
                                        "host": "popsink-data-plane.popsink.svc.cluster.local",
                                        "port": {"number": 80},
                                    }
                                }
                            ],
                        }
                    ],
                },
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects(chart_205: ChartFacts, name: str) -> None:
    changes, objects = OBJECTS[name]
    assert list(plan_of(chart_205, **changes).manifests) == [
        {
            "apiVersion": version,
            "kind": kind,
            "metadata": METADATA if annotations is None else {**METADATA, "annotations": annotations},
            "spec": spec,
        }
        for kind, version, annotations, spec in objects
    ]


def test_istio_without_tls_has_no_redirect(chart_205: ChartFacts) -> None:
    plan = plan_of(chart_205, ingress_mode="istio", ingress_url=f"http://{HOST}")
    assert made(plan)["Gateway"]["spec"]["servers"] == [
        {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [HOST]}
    ]


def test_a_named_gateway_of_istio_is_not_made(chart_205: ChartFacts) -> None:
    plan = plan_of(chart_205, ingress_mode="istio", istio_gateway="mesh/public")
    assert list(made(plan)) == ["VirtualService"]
    assert made(plan)["VirtualService"]["spec"]["gateways"] == ["mesh/public"]


RANGES = {"ingress_source_ranges": ["192.0.2.0/24", "192.0.2.7"]}
OURS = "popsink-popsink-public@kubernetescrd"
MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
TIMEOUTS = {
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
    "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
}


@pytest.mark.parametrize(
    ("changes", "annotations"),
    [
        ({}, None),
        ({"ingress_annotations": {"a/b": 1}}, {"a/b": "1"}),
        ({"ingress_controller": "nginx"}, None),
        (
            {"ingress_controller": "nginx", **RANGES},
            {"nginx.ingress.kubernetes.io/whitelist-source-range": "192.0.2.0/24,192.0.2.7"},
        ),
        ({"ingress_controller": "haproxy", **RANGES}, {"haproxy.org/allow-list": "192.0.2.0/24,192.0.2.7"}),
        (
            {"ingress_controller": "haproxy-ingress", **RANGES},
            {"haproxy-ingress.github.io/allowlist-source-range": "192.0.2.0/24,192.0.2.7"},
        ),
        ({"ingress_controller": "traefik", **RANGES}, {MIDDLEWARES: OURS}),
        (
            {"ingress_controller": "traefik", **RANGES, "ingress_annotations": {MIDDLEWARES: "x-y@kubernetescrd"}},
            {MIDDLEWARES: f"{OURS},x-y@kubernetescrd"},
        ),
        ({"ingress_cert_manager_issuer": "company"}, {"cert-manager.io/cluster-issuer": "company"}),
        (
            {"ingress_cert_manager_issuer": "own", "ingress_cert_manager_kind": "Issuer"},
            {"cert-manager.io/issuer": "own"},
        ),
    ],
)
def test_annotations_are_those_of_ours_and_of_the_chart(
    chart_205: ChartFacts, changes: dict[str, Any], annotations: dict[str, str] | None
) -> None:
    ours = made(plan_of(chart_205, **changes))["Ingress"]
    assert ours["metadata"].get("annotations") == annotations
    charts = plan_of(chart_205, ingress_mode="chart", **changes)
    assert charts.values["ingress"]["annotations"] == (annotations or {})


@pytest.mark.parametrize(("own", "patience"), [({}, "3600"), ({next(iter(TIMEOUTS)): "60"}, "60")])
def test_nginx_keeps_websockets_of_old_charts_open(
    chart_of: Callable[[str], ChartFacts], own: dict[str, str], patience: str
) -> None:
    plan = plan_of(chart_of("132"), ingress_controller="nginx", ingress_annotations=own)
    assert made(plan)["Ingress"]["metadata"]["annotations"] == {**TIMEOUTS, next(iter(TIMEOUTS)): patience}


def test_an_issuer_s_secret_is_named(chart_205: ChartFacts) -> None:
    ours = made(plan_of(chart_205, ingress_cert_manager_issuer="company"))["Ingress"]
    assert ours["spec"]["tls"] == [{"hosts": [HOST], "secretName": "popsink-public-tls"}]


BLOCK = {"enabled": True, "hostname": HOST, "path": "/", "ingressClassName": "", "tls": False, "annotations": {}}


@pytest.mark.parametrize(
    ("changes", "block"),
    [
        ({}, {}),
        ({"ingress_url": PATH, "ingress_class": "nginx"}, {"path": "/dp", "ingressClassName": "nginx"}),
        ({"ingress_tls_secret": "own"}, {"tls": True, "existingSecret": "own"}),
        (
            {"ingress_cert_manager_issuer": "x"},
            {
                "tls": True,
                "existingSecret": "popsink-public-tls",
                "annotations": {"cert-manager.io/cluster-issuer": "x"},
            },
        ),
    ],
)
def test_the_chart_s_own_ingress(chart_205: ChartFacts, changes: dict[str, Any], block: dict[str, Any]) -> None:
    plan = plan_of(chart_205, ingress_mode="chart", **changes)
    assert (plan.values, plan.manifests) == ({"ingress": {**BLOCK, **block}}, ())


@pytest.mark.parametrize("changes", [{"ingress_tls_secret": f"{HOST}-tls"}, {"ingress_cert_manager_issuer": "x"}])
def test_a_chart_without_a_choice_names_its_certificate_itself(
    chart_of: Callable[[str], ChartFacts], changes: dict[str, Any]
) -> None:
    block = plan_of(chart_of("44"), ingress_mode="chart", **changes).values["ingress"]
    assert (block["tls"], "existingSecret" in block) == (True, False)


KINDS = {"Ingress", "Middleware", "Route", "HTTPRoute", "Gateway", "VirtualService"}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, {"Ingress"}),
        ({"ingress_controller": "traefik", **RANGES}, {"Ingress", "Middleware"}),
        ({"ingress_mode": "chart"}, set()),
        ({"ingress_mode": "none"}, set()),
        ({"ingress_mode": "route"}, {"Route"}),
        ({"ingress_mode": "gateway"}, {"HTTPRoute"}),
        ({"ingress_mode": "istio"}, {"Gateway", "VirtualService"}),
        ({"ingress_mode": "istio", "istio_gateway": "x"}, {"VirtualService"}),
    ],
)
def test_what_another_mode_made_is_removed(chart_205: ChartFacts, changes: dict[str, Any], kept: set[str]) -> None:
    plan = plan_of(chart_205, **changes)
    assert set(made(plan)) == kept
    assert [item["kind"] for item in plan.absent] == [
        kind
        for kind in ("Ingress", "Middleware", "Route", "HTTPRoute", "Gateway", "VirtualService")
        if kind not in kept
    ]
    assert {(item["metadata"]["name"], item["metadata"]["namespace"]) for item in plan.absent} == {
        ("popsink-public", "popsink")
    }


@pytest.mark.parametrize("mode", ["managed", "chart", "route", "gateway", "istio", "none"])
def test_the_chart_s_ingress_is_on_in_its_own_mode_alone(chart_205: ChartFacts, mode: str) -> None:
    plan = build_plan(inputs(ingress_mode=mode), chart_205, ALL)
    assert dig(plan.values, "ingress.enabled") == (mode == "chart")
