"""How the public URL leads to the data plane."""

from __future__ import annotations

import base64
import socket
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import ingress
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.exposure.ingress_controllers import (
    CONTROLLERS,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.exposure.ingresses import (
    CLASSES,
    DEFAULT,
    INGRESSES,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.exposure.issuer import KINDS
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import (
    Exposure,
    Gateway,
    PlannedObject,
)

from tests.unit.plugins.certificates import DAY, pair
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.sites import listed, site


def named(*names: str, default: str = "", annotation: str = DEFAULT) -> list[dict[str, Any]]:
    return [
        {"metadata": {"name": name, **({"annotations": {annotation: "true"}} if name == default else {})}}
        for name in names
    ]


@pytest.mark.parametrize(
    ("classes", "wanted", "status", "words"),
    [
        (named("nginx"), "nginx", PASS, "nginx is there"),
        (named("nginx", default="nginx"), "", PASS, "nginx is the default"),
        (
            named("nginx", default="nginx", annotation="storageclass.kubernetes.io/is-default-class"),
            "",
            WARN,
            "no default IngressClass",
        ),
        (named("nginx"), "traefik", FAIL, "There is no IngressClass traefik (there is: nginx)."),
        (named("nginx"), "", WARN, "no default IngressClass (there is: nginx)."),
        ([], None, PASS, "no Ingress is made"),
    ],
)
def test_ingress_class(
    cluster: FakeCluster, classes: list[dict[str, Any]], wanted: str | None, status: str, words: str
) -> None:
    listed(cluster, CLASSES, *classes)
    exposure = None if wanted is None else Exposure("popsink.example", "https", wanted)
    finding = ingress.ingress_class.run(site(cluster, exposure=exposure))
    assert finding.status == status
    assert words in finding.found
    assert status == PASS or "popsink_ingress_class" in finding.remedy


HOST = "popsink.example"
TRAEFIK = "traefik.io/ingress-controller"


def exposed(ingress_class: str = "own", tls_secret: str = "", **annotations: str) -> Exposure:
    return Exposure(HOST, "https", ingress_class, tls_secret, annotations)


def an_ingress(
    *addresses: dict[str, str], name: str = "own", host: str = "other.example", by_annotation: bool = False
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "one", "namespace": "space"}
    spec: dict[str, Any] = {"rules": [{"host": host}]}
    if by_annotation:
        metadata["annotations"] = {"kubernetes.io/ingress.class": name}
    elif name:
        spec["ingressClassName"] = name
    return {"metadata": metadata, "spec": spec, "status": {"loadBalancer": {"ingress": list(addresses)}}}


def a_pod(image: str = "traefik:v3", ready: str = "True", **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "pod", "namespace": "space", "labels": labels},
        "spec": {"containers": [{"image": image}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
    }


def let_be(
    cluster: FakeCluster,
    *ingresses: dict[str, Any],
    controller: str = TRAEFIK,
    pods: tuple[dict[str, Any], ...] = (),
    default: bool = False,
) -> None:
    """Let the cluster have an IngressClass, Ingresses and pods."""
    annotations = {DEFAULT: "true"} if default else {}
    one = {"metadata": {"name": "own", "annotations": annotations}, "spec": {"controller": controller}}
    listed(cluster, CLASSES, one)
    listed(cluster, INGRESSES, *ingresses)
    listed(cluster, "/api/v1/pods", *pods)


IP = {"ip": "192.0.2.1"}


@pytest.mark.parametrize(
    ("ingresses", "controller", "pods", "status", "words"),
    [
        ([an_ingress(IP)], TRAEFIK, [], PASS, "Ingress space/one has the address 192.0.2.1"),
        ([an_ingress({"hostname": "lb"})], "own.example/any", [], PASS, "Ingress space/one has the address lb"),
        ([an_ingress(IP, by_annotation=True)], TRAEFIK, [], PASS, "Ingress space/one"),
        ([an_ingress(IP, name="other")], TRAEFIK, [], WARN, "No pod of Traefik"),
        ([an_ingress(IP, name="")], TRAEFIK, [], WARN, "No pod of Traefik"),
        ([an_ingress()], TRAEFIK, [], WARN, "was found; it may run outside of the cluster"),
        ([an_ingress({"ports": "odd"})], TRAEFIK, [], WARN, "No pod of Traefik"),
        ([], TRAEFIK, [a_pod()], PASS, "served by Traefik: pod space/pod is ready"),
        ([], TRAEFIK, [a_pod("mirror.example:5000/library/traefik@sha256:1")], PASS, "pod space/pod"),
        ([], TRAEFIK, [a_pod("any", **{"app.kubernetes.io/name": "traefik"})], PASS, "pod space/pod"),
        ([], TRAEFIK, [a_pod("not-traefik:v3")], WARN, "was found; it may run"),
        ([], TRAEFIK, [a_pod(ready="False")], WARN, "No pod of Traefik, which serves IngressClass own, is ready."),
        ([], "own.example/any", [a_pod()], NOT_CHECKED, "is not known here (own.example/any)"),
        ([], "", [a_pod()], NOT_CHECKED, "is not known here (it names none)"),
        ([], "eks.amazonaws.com/alb", [], NOT_CHECKED, "runs outside of the cluster"),
    ],
)
def test_controller(
    cluster: FakeCluster,
    ingresses: list[dict[str, Any]],
    controller: str,
    pods: list[dict[str, Any]],
    status: str,
    words: str,
) -> None:
    let_be(cluster, *ingresses, controller=controller, pods=tuple(pods))
    finding = ingress.controller.run(site(cluster, exposure=exposed()))
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize(
    ("name", "default", "status"),
    [("own", False, PASS), ("", True, PASS), ("", False, NOT_CHECKED), ("absent", True, NOT_CHECKED)],
)
def test_the_class_is_the_named_or_the_default_one(cluster: FakeCluster, name: str, default: bool, status: str) -> None:
    let_be(cluster, an_ingress(IP), default=default)
    assert ingress.controller.run(site(cluster, exposure=exposed(name))).status == status


def test_an_ingress_without_a_class_is_the_default_ones(cluster: FakeCluster) -> None:
    let_be(cluster, an_ingress(IP, name=""), default=True)
    assert "space/one" in ingress.controller.run(site(cluster, exposure=exposed())).found


def test_without_an_ingress_no_controller_is_asked_for(cluster: FakeCluster) -> None:
    assert ingress.controller.run(site(cluster)).status == PASS
    assert cluster.requests == []


@pytest.mark.parametrize("path", [CLASSES, INGRESSES, "/api/v1/pods"])
def test_where_it_may_not_look_it_does_not_pass(cluster: FakeCluster, path: str) -> None:
    let_be(cluster, pods=(a_pod(),))
    cluster.answers["GET", path] = ApiError(403, "no")
    assert ingress.controller.run(site(cluster, exposure=exposed())).status == NOT_CHECKED


def test_each_controller_can_be_told() -> None:
    assert [item.name for item in CONTROLLERS if not (item.images or item.labels or item.label or item.outside)] == []
    assert len({name for item in CONTROLLERS for name in item.classes}) == sum(
        len(item.classes) for item in CONTROLLERS
    )


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The names that are known, with their addresses."""
    known: dict[str, list[str]] = {}

    def look_up(host: str, *_arguments: Any, **_options: Any) -> Any:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize(
    ("found", "ingresses", "status", "words"),
    [
        (["192.0.2.1"], [an_ingress(IP)], PASS, "resolves to 192.0.2.1, where the Ingress controller is"),
        (["192.0.2.9", "192.0.2.1"], [an_ingress(IP)], PASS, "where the Ingress controller is"),
        (["192.0.2.9"], [an_ingress(IP)], WARN, "to 192.0.2.9, and the Ingress controller is at 192.0.2.1."),
        (["192.0.2.5"], [an_ingress({"hostname": "lb"})], PASS, "where the Ingress controller is"),
        (["192.0.2.9"], [an_ingress({"hostname": "lb"})], WARN, "the Ingress controller is at lb."),
        (["192.0.2.9"], [an_ingress({"hostname": "unknown"})], WARN, "the Ingress controller is at unknown."),
        (["192.0.2.9"], [an_ingress()], PASS, "popsink.example resolves to 192.0.2.9"),
        (["192.0.2.9"], [], PASS, "popsink.example resolves to 192.0.2.9"),
        (["192.0.2.1"], [an_ingress(IP), an_ingress({"ip": "192.0.2.2"}, host=HOST)], WARN, "is at 192.0.2.2."),
        ([], [an_ingress(IP)], WARN, "cannot be resolved from here"),
        ([], [], WARN, "cannot be resolved from here"),
    ],
)
def test_dns(
    cluster: FakeCluster,
    names: dict[str, list[str]],
    found: list[str],
    ingresses: list[dict[str, Any]],
    status: str,
    words: str,
) -> None:
    names.update({"lb": ["192.0.2.5"], **({HOST: found} if found else {})})
    let_be(cluster, *ingresses)
    finding = ingress.dns.run(site(cluster, exposure=exposed()))
    assert (finding.status, words in finding.found) == (status, True)


def test_other_ingresses_tell_nothing_where_each_has_its_own_address(
    cluster: FakeCluster, names: dict[str, list[str]]
) -> None:
    names[HOST] = ["192.0.2.9"]
    let_be(cluster, an_ingress(IP), controller="ingress.k8s.aws/alb")
    assert ingress.dns.run(site(cluster, exposure=exposed())).status == PASS


def test_the_name_matters_without_an_ingress_of_ours_as_well(cluster: FakeCluster, names: dict[str, list[str]]) -> None:
    assert ingress.dns.run(site(cluster)).status == WARN
    assert cluster.requests == []


NOW = datetime.now(timezone.utc)
GOOD = pair(HOST)
ISSUER = {"cert-manager.io/cluster-issuer": "ca"}


def put_tls(cluster: FakeCluster, values: dict[str, str], kind: str = "kubernetes.io/tls") -> None:
    data = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    cluster.put(secret_path("tls"), data=data, type=kind)


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        (GOOD, PASS, "is for popsink.example and ends in 89 days"),
        (pair("*.example"), PASS, "is for popsink.example"),
        (pair("other.example"), FAIL, "is for other.example, not for popsink.example"),
        (pair(HOST, ends=NOW - DAY), FAIL, "ended on"),
        (pair(HOST, begins=NOW + DAY), FAIL, "is not valid before"),
        (pair(HOST, ends=NOW + 14.5 * DAY), PASS, "ends in 14 days"),
        (pair(HOST, ends=NOW + 13.5 * DAY), WARN, "ends in 13 days, on"),
    ],
)
def test_certificate(cluster: FakeCluster, given: Any, status: str, words: str) -> None:
    put_tls(cluster, {"tls.crt": given.certificate, "tls.key": given.key})
    finding = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls")))
    assert (finding.status, words in finding.found) == (status, True)
    assert status == PASS or "create secret tls tls" in finding.remedy
    assert "PRIVATE KEY" not in str(finding)


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ({"tls.crt": GOOD.certificate, "tls.key": pair(HOST).key}, "kubernetes.io/tls", "the key (tls.key) of another"),
        ({"tls.crt": GOOD.certificate, "tls.key": "x"}, "kubernetes.io/tls", "that cannot be read"),
        ({"tls.crt": "x", "tls.key": GOOD.key}, "kubernetes.io/tls", "no certificate in PEM"),
        ({"tls.crt": GOOD.certificate}, "kubernetes.io/tls", "has no tls.key"),
        ({}, "kubernetes.io/tls", "has no tls.crt and no tls.key"),
        ({"tls.crt": GOOD.certificate, "tls.key": GOOD.key}, "Opaque", "is of type Opaque, not kubernetes.io/tls"),
    ],
)
def test_a_secret_that_is_none_for_tls(cluster: FakeCluster, values: dict[str, str], kind: str, words: str) -> None:
    put_tls(cluster, values, kind)
    finding = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls")))
    assert (finding.status, words in finding.found) == (FAIL, True)


def test_who_renews_it_is_named(cluster: FakeCluster) -> None:
    given = pair(HOST, ends=NOW + DAY)
    put_tls(cluster, {"tls.crt": given.certificate, "tls.key": given.key})
    finding = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls", **ISSUER)))
    assert (finding.status, "describe certificate tls" in finding.remedy) == (WARN, True)


def test_without_the_library_nothing_is_said_of_a_certificate(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingress, "CRYPTOGRAPHY_IMPORT_ERROR", ImportError("no module"))
    put_tls(cluster, {"tls.crt": GOOD.certificate, "tls.key": GOOD.key})
    finding = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls")))
    assert (finding.status, "cryptography" in finding.found) == (NOT_CHECKED, True)


def an_issuer(status: str, message: str = "") -> dict[str, Any]:
    return {"status": {"conditions": [{"type": "Ready", "status": status, "message": message}]}}


CLUSTER_ISSUER = f"{KINDS}/clusterissuers/ca"
OWN_ISSUER = f"{KINDS}/namespaces/popsink/issuers/ca"


@pytest.mark.parametrize(
    ("annotations", "there", "status", "words"),
    [
        ({}, {}, FAIL, "There is no Secret tls (popsink_ingress_tls_secret) in namespace popsink, and no annotation"),
        (ISSUER, {}, FAIL, "popsink_ingress_annotations ask for one, is not installed"),
        (ISSUER, {KINDS: {}}, FAIL, "no ClusterIssuer ca that would make it"),
        (ISSUER, {KINDS: {}, OWN_ISSUER: an_issuer("True")}, FAIL, "no ClusterIssuer ca that would make it"),
        (ISSUER, {KINDS: {}, CLUSTER_ISSUER: an_issuer("True")}, PASS, "will be issued by ClusterIssuer ca"),
        (ISSUER, {KINDS: {}, CLUSTER_ISSUER: an_issuer("False", "no key.")}, FAIL, "is not ready: no key."),
        (ISSUER, {KINDS: {}, CLUSTER_ISSUER: {}}, FAIL, "is not ready: it has not said why."),
        ({"cert-manager.io/issuer": "ca"}, {KINDS: {}, OWN_ISSUER: an_issuer("True")}, PASS, "issued by Issuer ca"),
        ({"cert-manager.io/issuer": "ca"}, {KINDS: {}, CLUSTER_ISSUER: an_issuer("True")}, FAIL, "no Issuer ca"),
        (
            {"cert-manager.io/issuer": "ca", "cert-manager.io/issuer-kind": "ClusterIssuer"},
            {KINDS: {}, CLUSTER_ISSUER: an_issuer("True")},
            PASS,
            "issued by ClusterIssuer ca",
        ),
        (
            {
                "cert-manager.io/issuer": "ca",
                "cert-manager.io/issuer-kind": "Own",
                "cert-manager.io/issuer-group": "x.y",
            },
            {KINDS: {}},
            NOT_CHECKED,
            "whether Own ca of x.y makes it",
        ),
        ({"kubernetes.io/tls-acme": "true"}, {KINDS: {}}, NOT_CHECKED, "cert-manager's default issuer"),
        ({"kubernetes.io/tls-acme": "false"}, {KINDS: {}}, FAIL, "no annotation of the Ingress names an issuer"),
    ],
)
def test_a_certificate_that_is_to_be_issued(
    cluster: FakeCluster, annotations: dict[str, str], there: dict[str, Any], status: str, words: str
) -> None:
    for path, content in there.items():
        cluster.answers["GET", path] = content
    finding = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls", **annotations)))
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize("annotations", [{}, ISSUER])
@pytest.mark.parametrize("there", [True, False])
def test_where_the_secret_of_a_certificate_is_made_by_hand(
    cluster: FakeCluster, annotations: dict[str, str], there: bool
) -> None:
    if there:
        cluster.put("/api/v1/namespaces/popsink")
    remedy = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls", **annotations))).remedy
    made = "kubectl --namespace popsink create secret tls tls"
    assert (made in remedy, f"kubectl create namespace popsink && {made}" in remedy) == (True, not there)


def test_an_issuer_is_named_in_an_input_of_its_own(cluster: FakeCluster) -> None:
    remedy = ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls"))).remedy
    assert "popsink_ingress_cert_manager_issuer" in remedy


@pytest.mark.parametrize(
    ("exposure", "url", "status", "words"),
    [
        (exposed(), f"https://{HOST}", PASS, "TLS ends before the cluster"),
        (None, f"https://{HOST}", PASS, "no Ingress is made"),
        (exposed(tls_secret="tls"), f"http://{HOST}", WARN, "The public URL is http://"),
        (None, f"http://{HOST}", WARN, "The public URL is http://"),
        (None, "", NOT_CHECKED, "The public URL is none"),
    ],
)
def test_where_no_certificate_is_looked_at(
    cluster: FakeCluster, exposure: Exposure | None, url: str, status: str, words: str
) -> None:
    finding = ingress.certificate.run(site(cluster, exposure=exposure, public_url=url))
    assert (finding.status, words in finding.found, cluster.requests) == (status, True, [])


def test_a_secret_that_may_not_be_read_is_not_judged(cluster: FakeCluster) -> None:
    cluster.answers["GET", secret_path("tls")] = ApiError(403, "no")
    assert ingress.certificate.run(site(cluster, exposure=exposed(tls_secret="tls"))).status == NOT_CHECKED


KINDS_OF = {"Route": "route.openshift.io/v1", "Middleware": "traefik.io/v1alpha1", "Ingress": "networking.k8s.io/v1"}


@pytest.mark.parametrize(
    ("mode", "kinds", "there", "status", "words"),
    [
        ("managed", ["Ingress"], [], PASS, "the cluster has Ingress"),
        ("chart", [], [], PASS, "nothing is made"),
        ("route", ["Route"], ["Route"], PASS, "the cluster has Route"),
        ("route", ["Route"], [], FAIL, "popsink_ingress_mode is route, and the cluster has no Route"),
        ("managed", ["Middleware", "Ingress"], [], FAIL, "no Middleware of traefik.io/v1alpha1"),
        (None, [], [], PASS, "nothing is made"),
    ],
)
def test_kinds(
    cluster: FakeCluster, mode: str | None, kinds: list[str], there: list[str], status: str, words: str
) -> None:
    for kind in there:
        cluster.answers["GET", f"/apis/{KINDS_OF[kind]}"] = {"resources": [{"kind": kind}]}
    objects = [PlannedObject(KINDS_OF[kind], kind, "popsink-public") for kind in kinds]
    exposure = None if mode is None else Exposure(HOST, "https", mode=mode, objects=objects)
    finding = ingress.ingress_kinds.run(site(cluster, exposure=exposure))
    assert (finding.status, words in finding.found) == (status, True)
    assert status == PASS or "popsink_ingress_" in finding.remedy


@pytest.mark.parametrize(
    ("wanted", "controller", "status", "words"),
    [
        ("", TRAEFIK, PASS, "none are told"),
        ("traefik", TRAEFIK, PASS, "served by Traefik"),
        ("nginx", "k8s.io/ingress-nginx", PASS, "served by ingress-nginx"),
        ("nginx", TRAEFIK, FAIL, "popsink_ingress_controller is nginx: everybody would be let in"),
        ("haproxy", "haproxy-ingress.github.io/controller", FAIL, "served by HAProxy Ingress"),
        ("nginx", "nginx.org/ingress-controller", FAIL, "served by NGINX"),
        ("nginx", "own.example/any", NOT_CHECKED, "is not known here"),
    ],
)
def test_source_ranges(cluster: FakeCluster, wanted: str, controller: str, status: str, words: str) -> None:
    let_be(cluster, controller=controller)
    exposure = Exposure(HOST, "https", "own", controller=wanted)
    finding = ingress.source_ranges.run(site(cluster, exposure=exposure))
    assert (finding.status, words in finding.found) == (status, True)
    assert status != FAIL or "popsink_ingress_" in finding.remedy


GATEWAY = "/apis/gateway.networking.k8s.io/v1/namespaces/infra/gateways/public"


def listener(hostname: str = "", protocol: str = "HTTPS", namespaces: str = "All") -> dict[str, Any]:
    rules = {"namespaces": {"from": namespaces}}
    return {"name": "https", "hostname": hostname, "protocol": protocol, "allowedRoutes": rules}


@pytest.mark.parametrize(
    ("listeners", "section", "status", "words"),
    [
        (None, "", FAIL, "There is no Gateway infra/public."),
        ([listener()], "", PASS, "has a listener for popsink.example"),
        ([listener(hostname="*.example")], "https", PASS, "has a listener"),
        ([listener(hostname="*.other.example")], "", FAIL, "no listener that takes popsink.example"),
        ([listener()], "web", FAIL, "has no listener web (there is: https)"),
        ([listener(namespaces="Same")], "", FAIL, "takes no routes of other namespaces"),
        ([listener(protocol="HTTP")], "", WARN, "speaks HTTPS"),
    ],
)
def test_gateway(
    cluster: FakeCluster, listeners: list[dict[str, Any]] | None, section: str, status: str, words: str
) -> None:
    if listeners is not None:
        cluster.put(GATEWAY, spec={"listeners": listeners})
    exposure = Exposure(HOST, "https", mode="gateway", gateway=Gateway("public", "infra", section))
    finding = ingress.gateway.run(site(cluster, exposure=exposure))
    assert (finding.status, words in finding.found) == (status, True)


def test_a_gateway_of_the_namespace_takes_its_routes(cluster: FakeCluster) -> None:
    cluster.put(GATEWAY.replace("infra", "popsink"), spec={"listeners": [listener(namespaces="Same")]})
    exposure = Exposure(HOST, "https", mode="gateway", gateway=Gateway("public", "popsink"))
    assert ingress.gateway.run(site(cluster, exposure=exposure)).status == PASS


@pytest.mark.parametrize(
    ("addresses", "found", "status", "words"),
    [
        ([], [], WARN, "Have it lead to Gateway infra/public"),
        (["192.0.2.5"], [], WARN, "Have it lead to 192.0.2.5"),
        (["192.0.2.5"], ["192.0.2.9"], WARN, "Gateway infra/public is at 192.0.2.5"),
        (["192.0.2.5"], ["192.0.2.5"], PASS, "where Gateway infra/public is"),
        ([], ["192.0.2.9"], PASS, "resolves to 192.0.2.9"),
    ],
)
def test_a_name_leads_to_the_gateway(
    cluster: FakeCluster, names: dict[str, list[str]], addresses: list[str], found: list[str], status: str, words: str
) -> None:
    names.update({HOST: found} if found else {})
    let_be(cluster, an_ingress(IP))
    cluster.put(GATEWAY, spec={}, status={"addresses": [{"value": address} for address in addresses]})
    finding = ingress.dns.run(
        site(cluster, exposure=Exposure(HOST, "https", mode="gateway", gateway=Gateway("public", "infra")))
    )
    assert (finding.status, words in f"{finding.found} {finding.remedy}") == (status, True)


@pytest.mark.parametrize(("mode", "door"), [("route", "OpenShift's router"), ("istio", "Istio's gateway")])
def test_a_name_leads_to_what_serves_the_mode(
    cluster: FakeCluster, names: dict[str, list[str]], mode: str, door: str
) -> None:
    assert not names
    assert (
        f"Have it lead to {door}" in ingress.dns.run(site(cluster, exposure=Exposure(HOST, "https", mode=mode))).remedy
    )


@pytest.mark.parametrize("check", [ingress.ingress_class, ingress.controller, ingress.gateway])
def test_a_route_needs_neither_class_nor_gateway(cluster: FakeCluster, check: Any) -> None:
    assert check.run(site(cluster, exposure=Exposure(HOST, "https", mode="route"))).status == PASS
