"""An HTTPRoute of a Gateway that is somebody else's, served by Traefik."""

from __future__ import annotations

from tests.lab.deployed import RELEASE, Deployed


def test_health_is_reported_over_tls(deployed: Deployed) -> None:
    assert deployed.visit("/api/livez") == (200, '{"status": "ok"}')


def test_http_route(deployed: Deployed) -> None:
    (route,) = deployed.get("httproutes.gateway.networking.k8s.io")["items"]
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
    backend = {"group": "", "kind": "Service", "name": f"{RELEASE}-data-plane", "port": 80, "weight": 1}
    assert route["spec"] == {
        "parentRefs": [{**parent, "name": "public", "namespace": "ingress-gateway-infra", "sectionName": "https"}],
        "hostnames": [deployed.host],
        "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "backendRefs": [backend]}],
    }


def test_there_is_no_ingress(deployed: Deployed) -> None:
    assert deployed.get("ingresses")["items"] == []
