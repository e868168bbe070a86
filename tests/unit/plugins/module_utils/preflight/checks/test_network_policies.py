"""NetworkPolicies of others in the namespace."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import network_policies
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Database, Exposure, Store

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site

PATH = "/apis/networking.k8s.io/v1/namespaces/popsink/networkpolicies"
API = "/api/v1/namespaces/default/endpoints/kubernetes"
INSTANCE = {"app.kubernetes.io/instance": "popsink"}


def deployment(component: str, port: int, name: str) -> dict[str, Any]:
    labels = {**INSTANCE, "app.kubernetes.io/component": component}
    container = {"name": component, "ports": [{"name": name, "containerPort": port}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"popsink-{component}", "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
    }


OBJECTS = [
    deployment("data-plane", 8000, "http"),
    deployment("tansu", 9092, "kafka"),
    deployment("kora", 8081, "http"),
    deployment("postgresql", 5432, "pg"),
]


def policy(name: str = "theirs", labels: dict[str, str] | None = None, owner: str = "", **spec: Any) -> dict[str, Any]:
    types = ["Ingress", "Egress"]
    return {
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": labels or {}, "annotations": {"meta.helm.sh/release-name": owner}},
        "spec": {"podSelector": {}, "policyTypes": types, **spec},
    }


DENY = policy("default-deny")
PODS = policy("within", ingress=[{"from": [{"podSelector": {}}]}], egress=[{"to": [{"podSelector": {}}]}])
DNS = policy("dns", egress=[{"ports": [{"port": 53, "protocol": "UDP"}], "to": [{"namespaceSelector": {}}]}])
KUBE_DNS = policy("dns", egress=[{"ports": [{"port": 53, "protocol": "UDP"}],
                                  "to": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}])  # fmt: skip
OUT = policy("out", egress=[{"ports": [{"port": 443}, {"port": 6443}]}])


def look(cluster: FakeCluster, *policies: dict[str, Any], objects: Any = None, **want: Any) -> Finding:
    cluster.namespace("popsink")
    listed(cluster, PATH, *policies)
    cluster.put(API, subsets=[{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 6443}]}])
    want = {"control_plane": ControlPlane("https://control-plane-api.popsink.com/api", "x"), **want}
    return network_policies.network_policies.run(site(cluster, objects=objects or OBJECTS, **want))


def to_tansu(*labels: dict[str, str]) -> dict[str, Any]:
    """A policy that lets only pods with some of these labels reach the broker."""
    peers = [{"podSelector": {"matchLabels": item}} for item in labels]
    only = {"matchLabels": {"app.kubernetes.io/component": "tansu"}}
    return policy("guard", podSelector=only, policyTypes=["Ingress"], ingress=[{"from": peers}])


def block(cidr: str, *ports: int) -> dict[str, Any]:
    return policy("block", egress=[{"ports": [{"port": port} for port in ports], "to": [{"ipBlock": {"cidr": cidr}}]}])


@pytest.mark.parametrize(
    ("policies", "status", "words"),
    [
        pytest.param([], PASS, "no NetworkPolicy but the release's own", id="none"),
        pytest.param([DENY], FAIL, "by default-deny: data-plane to tansu (port 9092)", id="default deny"),
        pytest.param([policy(podSelector={"matchLabels": {"app": "x"}})], PASS, "everything", id="about others"),
        pytest.param([DENY, PODS, DNS, OUT], PASS, "everything is let through", id="all that is needed"),
        pytest.param([PODS, DNS, block("0.0.0.0/0", 443)], PASS, "everything", id="the API by its Service's port"),
        pytest.param([PODS, KUBE_DNS, OUT], PASS, "everything", id="names of pods that are not known here"),
        pytest.param([PODS, DNS], FAIL, "data-plane to the control plane (port 443)", id="nothing outside"),
        pytest.param([PODS, DNS], FAIL, "data-plane to the Kubernetes API (port 6443)", id="no API"),
        pytest.param([PODS, DNS], FAIL, "data-plane to the object store (port 443)", id="no object store"),
        pytest.param([PODS, OUT], FAIL, "to DNS (port 53/UDP)", id="no names"),
        pytest.param([DENY, DNS, OUT], FAIL, "kora to postgresql (port 5432)", id="not within"),
        pytest.param([PODS, DNS, block("10.0.0.0/8", 443, 6443)], WARN, "may be cut off", id="some addresses"),
        pytest.param([PODS, DNS, block("0.0.0.0/0", 443, 6443)], PASS, "everything", id="all addresses"),
        pytest.param(
            [PODS, DNS, OUT, to_tansu({"a": "b"})],
            PASS,
            "everything",
            id="one allows what another does not",
        ),
        pytest.param(
            [to_tansu({"a": "b"})],
            FAIL,
            "it is cut off: by guard: data-plane to tansu (port 9092).",
            id="one component alone",
        ),
    ],
)
def test_policies(cluster: FakeCluster, policies: list[dict[str, Any]], status: str, words: str) -> None:
    finding = look(cluster, *policies)
    assert (finding.status, words in finding.found) == (status, True), finding.found


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(policy(labels={**INSTANCE, "app.kubernetes.io/managed-by": "Helm"}), id="by its labels"),
        pytest.param(policy("popsink-data-plane"), id="by its name"),
        pytest.param(policy(owner="popsink"), id="by Helm's annotation"),
    ],
)
def test_the_releases_own_policies_are_its_own_matter(cluster: FakeCluster, own: dict[str, Any]) -> None:
    finding = look(cluster, own, objects=[*OBJECTS, policy("popsink-data-plane")])
    assert finding.status == PASS
    assert "the release's own" in finding.found


def test_a_policy_that_only_has_the_releases_label_is_somebody_elses(cluster: FakeCluster) -> None:
    assert look(cluster, policy(labels=INSTANCE)).status == FAIL


def test_what_the_release_lets_through_counts(cluster: FakeCluster) -> None:
    own = policy("popsink-all", ingress=[{}], egress=[{}])
    assert look(cluster, DENY, objects=[*OBJECTS, own]).status == PASS


def test_connector_workers_only_warn_since_their_labels_are_not_known(cluster: FakeCluster) -> None:
    guard = to_tansu({"app.kubernetes.io/component": "data-plane"})
    finding = look(cluster, guard)
    assert (finding.status, "connector workers to tansu (port 9092)" in finding.found) == (WARN, True)


def test_connector_workers_have_the_labels_that_the_releases_policies_tell(cluster: FakeCluster) -> None:
    labels = {"kind": "worker"}
    own = policy("popsink-worker", podSelector={"matchLabels": labels}, ingress=[{}], egress=[{}])
    guard = to_tansu(labels, {"app.kubernetes.io/component": "data-plane"})
    assert look(cluster, guard, objects=[*OBJECTS, own]).status == PASS


def test_an_ingress_controller_that_is_not_let_in_is_a_warning(cluster: FakeCluster) -> None:
    finding = look(cluster, PODS, DNS, OUT, exposure=Exposure("popsink.example", "https"))
    assert (finding.status, "the Ingress controller to data-plane (port 8000)" in finding.found) == (WARN, True)


@pytest.mark.parametrize(
    ("want", "words"),
    [
        ({"store": Store("b", "eu", "http://10.1.1.1:9000")}, "tansu and data-plane to the object store (port 9000)"),
        ({"control_plane": ControlPlane("http://control.example.com/api", "x")}, "the control plane (port 80)"),
        (
            {"databases": [Database("d", "db.example.com", 6432, "records", "u", "p", "popsink_database_")]},
            "data-plane to database records (port 6432)",
        ),
        (
            {
                "databases": [
                    Database("d", "db.example.com", 1521, "kora", "u", "p", "popsink_schema_registry_database_")
                ]
            },
            "kora to database kora (port 1521)",
        ),
    ],
)
def test_ports_are_those_of_the_servers(cluster: FakeCluster, want: dict[str, Any], words: str) -> None:
    assert words in look(cluster, DENY, **want).found


def test_a_store_within_the_cluster_cannot_be_told_by_a_namespace(cluster: FakeCluster) -> None:
    near = policy(
        "near", egress=[{"ports": [{"port": 9000}], "to": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}]
    )
    finding = look(cluster, PODS, DNS, OUT, near, store=Store("b", "eu", "http://minio.minio.svc:9000"))
    assert (finding.status, "the object store" in finding.found) == (WARN, True)


def test_a_registry_with_a_database_elsewhere_needs_none_here(cluster: FakeCluster) -> None:
    there = Database("d", "db.example.com", 5432, "kora", "u", "p", "popsink_schema_registry_database_")
    assert "kora to postgresql" not in look(cluster, PODS, DENY, databases=[there]).found
    assert "kora to postgresql" not in look(cluster, DENY, databases=[there]).found
    assert "data-plane and kora to postgresql" in look(cluster, DENY).found


def test_of_several_ports_that_of_the_service_is_needed(cluster: FakeCluster) -> None:
    tansu = deployment("tansu", 9092, "kafka")
    tansu["spec"]["template"]["spec"]["containers"][0]["ports"].insert(0, {"name": "metrics", "containerPort": 9100})
    spec = {"selector": {"app.kubernetes.io/component": "tansu"}, "ports": [{"port": 1, "targetPort": "kafka"}]}
    service = {"kind": "Service", "metadata": {"name": "popsink-tansu"}, "spec": spec}
    objects = [OBJECTS[0], tansu, service]
    assert "data-plane to tansu (port 9092)" in look(cluster, DENY, objects=objects).found


def test_ports_follow_the_services(cluster: FakeCluster) -> None:
    service = {
        "kind": "Service",
        "metadata": {"name": "popsink-tansu"},
        "spec": {"selector": {"app.kubernetes.io/component": "tansu"}, "ports": [{"port": 1, "targetPort": 9999}]},
    }
    assert "data-plane to tansu (port 9999)" in look(cluster, DENY, objects=[*OBJECTS, service]).found


def test_a_missing_namespace_has_none(cluster: FakeCluster) -> None:
    assert network_policies.network_policies.run(site(cluster, objects=OBJECTS)).status == PASS


def test_what_may_not_be_read_is_not_checked(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    cluster.answers["GET", PATH] = ApiError(403, "forbidden")
    assert network_policies.network_policies.run(site(cluster, objects=OBJECTS)).status == NOT_CHECKED
