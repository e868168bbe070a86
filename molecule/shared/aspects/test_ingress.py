"""The Ingress that is made."""

from __future__ import annotations

import urllib.parse

from tests.lab.deployed import RELEASE, Deployed


def test_ingress_leads_the_public_host_to_the_service(deployed: Deployed) -> None:
    (ingress,) = deployed.get("ingresses")["items"]
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert ingress["spec"]["ingressClassName"] == deployed.lab["ingress_class"]
    assert rule["host"] == urllib.parse.urlsplit(deployed.snippet["ingressUrl"]).hostname
    assert backend == {"name": f"{RELEASE}-data-plane", "port": {"number": 80}}
