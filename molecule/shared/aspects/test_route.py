"""A Route, as the API server took it: nobody serves it on the lab."""

from __future__ import annotations

from kubernetes import config
from openshift.dynamic import DynamicClient

from tests.lab.deployed import RELEASE, Deployed


def test_route(deployed: Deployed) -> None:
    client = DynamicClient(config.new_client_from_config(deployed.lab["kubeconfig"]))
    routes = client.resources.get(api_version="route.openshift.io/v1", kind="Route")
    (route,) = routes.get(namespace=deployed.name).to_dict()["items"]
    assert route["metadata"]["name"] == f"{RELEASE}-public"
    assert route["metadata"]["annotations"] == {"haproxy.router.openshift.io/ip_whitelist": "192.0.2.0/24 198.51.100.7"}
    assert route["spec"] == {
        "host": deployed.host,
        "to": {"kind": "Service", "name": f"{RELEASE}-data-plane", "weight": 100},
        "wildcardPolicy": "None",
        "tls": {
            "termination": "edge",
            "insecureEdgeTerminationPolicy": "Redirect",
            "externalCertificate": {"name": "popsink-acme-com"},
        },
    }


def test_there_is_no_ingress(deployed: Deployed) -> None:
    assert deployed.get("ingresses")["items"] == []
