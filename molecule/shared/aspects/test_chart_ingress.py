"""The chart's own Ingress, and nothing of ours where an Ingress of ours was."""

from __future__ import annotations

from tests.lab.deployed import OURS, RELEASE, Deployed


def test_health_is_reported_over_tls(deployed: Deployed) -> None:
    assert deployed.visit("/api/livez") == (200, '{"status": "ok"}')


def test_the_one_ingress_is_the_chart_s(deployed: Deployed) -> None:
    (ingress,) = deployed.get("ingresses")["items"]
    assert ingress["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    assert ingress["spec"]["tls"] == [{"hosts": [deployed.host], "secretName": "popsink-acme-com"}]
    (rule,) = ingress["spec"]["rules"]
    backend = {"service": {"name": f"{RELEASE}-data-plane", "port": {"number": 80}}}
    assert rule == {"host": deployed.host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}


def test_what_was_ours_is_gone(deployed: Deployed) -> None:
    assert deployed.get("ingresses,middlewares.traefik.io", OURS)["items"] == []
