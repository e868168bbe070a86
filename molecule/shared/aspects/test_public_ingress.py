"""An Ingress of ours with a certificate, for some networks only, served by Traefik."""

from __future__ import annotations

from tests.lab.deployed import OURS, RELEASE, Deployed

#: A client elsewhere: a pod, whose address is no neighbour's of the lab. Prints the status and never fails.
FROM_A_POD = """
import http.client, ssl, sys
host, address = sys.argv[1:]
context = ssl._create_unverified_context()
connection = http.client.HTTPSConnection(address, timeout=10, context=context)
connection.request("GET", "/api/livez", headers={"Host": host})
print(connection.getresponse().status)
"""


def test_health_and_login_page_are_there_over_tls(deployed: Deployed) -> None:
    assert deployed.visit("/api/livez") == (200, '{"status": "ok"}')
    status, page = deployed.visit("/login")
    assert (status, "Popsink data plane" in page) == (200, True)


def test_the_vaulted_password_opens_it(deployed: Deployed) -> None:
    username, password = deployed.vaulted["popsink_admin_username"], deployed.vaulted["popsink_admin_password"]
    form = ["--data-urlencode", f"username={username}", "--data-urlencode"]
    assert deployed.visit("/api/auth/jwt/login", *form, f"password={password}")[0] == 200
    assert deployed.visit("/api/auth/jwt/login", *form, f"password={password}x")[0] == 400


def test_others_are_not_let_in(deployed: Deployed) -> None:
    arguments = ("python3", "-c", FROM_A_POD, deployed.host, deployed.lab["ingress_address"])
    assert deployed.inside(f"deployment/{RELEASE}-tansu", *arguments).strip() == "403"


def test_the_objects_are_as_planned(deployed: Deployed) -> None:
    (ingress,) = deployed.get("ingresses")["items"]
    (middleware,) = deployed.get("middlewares.traefik.io")["items"]
    assert ingress["metadata"]["annotations"] == {
        "traefik.ingress.kubernetes.io/router.middlewares": f"{deployed.name}-popsink-public@kubernetescrd"
    }
    backend = {"service": {"name": f"{RELEASE}-data-plane", "port": {"number": 80}}}
    assert ingress["spec"] == {
        "ingressClassName": "traefik",
        "rules": [
            {"host": deployed.host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        ],
        "tls": [{"hosts": [deployed.host], "secretName": "popsink-acme-com"}],
    }
    assert list(middleware["spec"]) == ["ipAllowList"]


def test_nothing_of_another_way_is_there(deployed: Deployed) -> None:
    others = "routes.route.openshift.io,httproutes.gateway.networking.k8s.io"
    assert deployed.get(others, OURS)["items"] == []
