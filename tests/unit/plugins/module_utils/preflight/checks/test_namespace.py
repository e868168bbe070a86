"""The namespace's rules for what runs in it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.check import Check
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import namespace
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Exposure, PlannedObject

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site

SPACE = "/api/v1/namespaces/popsink"
RESOURCES = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "2Gi"}}
LABELS = {"app.kubernetes.io/instance": "popsink", "app.kubernetes.io/component": "data-plane"}


def deployment(resources: dict[str, Any] | None = None, replicas: int = 2, **pod: Any) -> dict[str, Any]:
    container = {"name": "api", "resources": RESOURCES if resources is None else resources}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "popsink-data-plane", "labels": LABELS},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container], **pod}},
        },
    }


def stateful_set() -> dict[str, Any]:
    claim = {"metadata": {"name": "data"},
             "spec": {"storageClassName": "ssd", "resources": {"requests": {"storage": "50Gi"}}}}  # fmt: skip
    item = deployment(replicas=1)
    item["spec"]["volumeClaimTemplates"] = [claim]
    return {**item, "kind": "StatefulSet", "metadata": {"name": "db", "labels": {"app.kubernetes.io/name": "db"}}}


def service(kind: str = "ClusterIP") -> dict[str, Any]:
    spec = {"type": kind, "ports": [{"port": 1}, {"port": 2}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "popsink-data-plane"}, "spec": spec}


def running(name: str, component: str = "data-plane", phase: str = "Running") -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "popsink",
            "labels": {**LABELS, "app.kubernetes.io/component": component},
            "ownerReferences": [{"kind": "ReplicaSet", "controller": True}],
        },
        "spec": {"containers": [{"name": "api", "resources": RESOURCES}]},
        "status": {"phase": phase},
    }


def quota(hard: dict[str, str], used: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    used = {**dict.fromkeys(hard, "0"), **(used or {})}
    return {"metadata": {"name": "team"}, "spec": {"hard": hard, **spec}, "status": {"used": used}}


def look(check: Check, cluster: FakeCluster, *objects: dict[str, Any], **want: Any) -> Finding:
    if f"{SPACE}" not in cluster.objects:
        cluster.namespace("popsink")
    return check.run(site(cluster, objects=list(objects) or [deployment()], **want))


def look_at_quota(cluster: FakeCluster, item: dict[str, Any], *objects: dict[str, Any], **want: Any) -> Finding:
    listed(cluster, f"{SPACE}/resourcequotas", item)
    return look(namespace.quota, cluster, *objects, **want)


@pytest.mark.parametrize(
    ("item", "status", "words"),
    [
        pytest.param(quota({"requests.cpu": "1"}), PASS, "fits into team", id="just fits"),
        pytest.param(quota({"requests.cpu": "900m"}), FAIL, "requests.cpu 900m (0 used, 1 more needed)", id="CPUs"),
        pytest.param(quota({"cpu": "900m"}), FAIL, "cpu 900m", id="CPUs by their short name"),
        pytest.param(quota({"requests.memory": "3Gi"}, {"requests.memory": "2Gi"}), FAIL, "2Gi more", id="memory"),
        pytest.param(quota({"limits.cpu": "1"}), FAIL, "limits.cpu 1 (0 used, 2 more needed)", id="limits"),
        pytest.param(quota({"pods": "2"}, {"pods": "1"}), FAIL, "pods 2 (1 used, 2 more needed)", id="pods"),
        pytest.param(quota({"count/pods": "1"}), FAIL, "count/pods", id="pods, counted"),
        pytest.param(quota({"count/deployments.apps": "0"}), FAIL, "count/deployments.apps", id="Deployments"),
        pytest.param(quota({"count/statefulsets.apps": "0"}), PASS, "", id="of which there is none"),
        pytest.param(quota({"pods": "1"}, scopes=["BestEffort"]), NOT_CHECKED, "team (has scopes)", id="scopes"),
        pytest.param(quota({"pods": "1"}, scopeSelector={"a": 1}), NOT_CHECKED, "has scopes", id="a scope selector"),
        pytest.param(quota({"count/replicasets.apps": "9"}), NOT_CHECKED, "made by controllers", id="made by others"),
        pytest.param({**quota({"pods": "9"}), "status": {}}, NOT_CHECKED, "is not told", id="not counted yet"),
    ],
)
def test_quota(cluster: FakeCluster, item: dict[str, Any], status: str, words: str) -> None:
    finding = look_at_quota(cluster, item)
    assert (finding.status, words in finding.found) == (status, True), finding.found


@pytest.mark.parametrize(
    ("hard", "words"),
    [
        ({"persistentvolumeclaims": "0"}, "persistentvolumeclaims 0"),
        ({"requests.storage": "20Gi"}, "requests.storage 20Gi (0 used, 50Gi more needed)"),
        ({"ssd.storageclass.storage.k8s.io/requests.storage": "20Gi"}, "ssd.storageclass"),
        ({"ssd.storageclass.storage.k8s.io/persistentvolumeclaims": "0"}, "ssd.storageclass"),
        ({"hdd.storageclass.storage.k8s.io/requests.storage": "0"}, ""),
        ({"count/persistentvolumeclaims": "0"}, "count/persistentvolumeclaims 0"),
    ],
)
def test_quota_of_volumes(cluster: FakeCluster, hard: dict[str, str], words: str) -> None:
    finding = look_at_quota(cluster, quota(hard), stateful_set())
    assert (finding.status, words in finding.found) == (FAIL if words else PASS, True), finding.found


def test_claims_that_are_there_are_counted_already(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    cluster.put(f"{SPACE}/persistentvolumeclaims/data-db-0")
    assert look_at_quota(cluster, quota({"requests.storage": "20Gi"}), stateful_set()).status == PASS


@pytest.mark.parametrize(
    ("kind", "hard", "status"),
    [
        ("ClusterIP", {"services": "0"}, FAIL),
        ("ClusterIP", {"services": "1"}, PASS),
        ("ClusterIP", {"services.loadbalancers": "0", "services.nodeports": "0"}, PASS),
        ("LoadBalancer", {"services.loadbalancers": "0"}, FAIL),
        ("LoadBalancer", {"services.nodeports": "1"}, FAIL),
        ("NodePort", {"services.nodeports": "2"}, PASS),
    ],
)
def test_quota_of_services(cluster: FakeCluster, kind: str, hard: dict[str, str], status: str) -> None:
    assert look_at_quota(cluster, quota(hard), service(kind)).status == status


@pytest.mark.parametrize(
    ("there", "needed"),
    [
        pytest.param([], 2, id="one of ours, and Helm's record"),
        pytest.param(["ours"], 1, id="Helm's record alone"),
        pytest.param(
            ["ours", *(f"sh.helm.release.v1.popsink.v{n}" for n in range(1, 11))], 0, id="Helm's history is full"
        ),
    ],
)
def test_quota_of_secrets(cluster: FakeCluster, there: list[str], needed: int) -> None:
    for name in there:
        cluster.secret(name, {})
    secrets = [SecretSpec("ours", {}), SecretSpec("theirs", {}, variable="popsink_existing_secrets")]
    for allowed in (needed, needed - 1):
        item = quota({"secrets": str(allowed)})
        status = look_at_quota(cluster, item, secrets=secrets).status
        assert status == (PASS if allowed == needed else FAIL if needed else PASS)


def test_our_ingress_counts(cluster: FakeCluster) -> None:
    made = [PlannedObject("networking.k8s.io/v1", "Ingress", "popsink-public")]
    item = quota({"count/ingresses.networking.k8s.io": "0"})
    exposure = Exposure("popsink.example", "https", objects=made)
    assert look_at_quota(cluster, item).status == PASS
    assert look_at_quota(cluster, item, exposure=exposure).status == FAIL


@pytest.mark.parametrize(
    ("pods", "hard", "status"),
    [
        pytest.param([running("a"), running("b")], "2", WARN, id="replaced, without room for one more"),
        pytest.param([running("a"), running("b")], "3", PASS, id="replaced, with room for one more"),
        pytest.param([running("a")], "2", FAIL, id="one of two runs, and another's pod"),
        pytest.param([running("a"), running("b", phase="Failed")], "2", FAIL, id="one has ended and counts no more"),
        pytest.param([running("a"), running("b", "connector-worker")], "2", FAIL, id="a connector worker stays"),
    ],
)
def test_pods_of_the_release_make_room(cluster: FakeCluster, pods: list[Any], hard: str, status: str) -> None:
    listed(cluster, f"{SPACE}/pods", *pods)
    assert look_at_quota(cluster, quota({"pods": hard}, {"pods": "2"})).status == status


def test_pods_that_are_ended_first_need_no_more_room(cluster: FakeCluster) -> None:
    listed(cluster, f"{SPACE}/pods", running("a"), running("b"))
    item = deployment()
    item["spec"]["strategy"] = {"type": "Recreate"}
    assert look_at_quota(cluster, quota({"pods": "2"}, {"pods": "2"}), item).status == PASS


@pytest.mark.parametrize(
    ("hard", "resources", "default", "status"),
    [
        pytest.param({"limits.memory": "9Gi"}, {"requests": {"memory": "1Gi"}}, {}, FAIL, id="a limit is demanded"),
        pytest.param({"limits.memory": "9Gi"}, {"limits": {"memory": "1Gi"}}, {}, PASS, id="and named"),
        pytest.param({"requests.cpu": "9"}, {"limits": {"cpu": "1"}}, {}, PASS, id="a limit is a request"),
        pytest.param({"requests.cpu": "9"}, {}, {"defaultRequest": {"cpu": "1"}}, PASS, id="or the LimitRange's"),
        pytest.param({"requests.cpu": "1"}, {}, {"defaultRequest": {"cpu": "1"}}, FAIL, id="which then counts"),
        pytest.param({"memory": "9Gi"}, {}, {}, FAIL, id="by the short name"),
        pytest.param({"memory": "9Gi"}, {"requests": {"memory": "1Gi"}}, {}, PASS, id="and named so"),
        pytest.param({"requests.ephemeral-storage": "9Gi"}, {}, {}, PASS, id="not demanded of this"),
    ],
)
def test_what_quotas_demand(
    cluster: FakeCluster, hard: dict[str, str], resources: dict[str, Any], default: dict[str, Any], status: str
) -> None:
    limits = {"metadata": {"name": "l"}, "spec": {"limits": [{"type": "Container", **default}]}}
    listed(cluster, f"{SPACE}/limitranges", limits)
    assert look_at_quota(cluster, quota(hard), deployment(resources)).status == status


def test_it_is_told_which_containers_name_nothing(cluster: FakeCluster) -> None:
    finding = look_at_quota(cluster, quota({"limits.memory": "9Gi"}), deployment({}))
    assert "ResourceQuota team demands of every container" in finding.found
    assert "data-plane: api (limits.memory)" in finding.found


@pytest.mark.parametrize(
    "check", [namespace.quota, namespace.limit_range, namespace.pod_security], ids=lambda check: str(check.id)
)
def test_a_namespace_that_is_not_there_has_no_rules(cluster: FakeCluster, check: Check) -> None:
    finding = check.run(site(cluster, objects=[deployment()]))
    assert (finding.status, "not there yet" in finding.found) == (PASS, True)


@pytest.mark.parametrize(
    ("check", "path"),
    [
        (namespace.quota, f"{SPACE}/resourcequotas"),
        (namespace.limit_range, f"{SPACE}/limitranges"),
        (namespace.pod_security, SPACE),
        (namespace.scc, "/apis/security.openshift.io/v1"),
    ],
)
def test_what_may_not_be_read_is_not_checked(cluster: FakeCluster, check: Check, path: str) -> None:
    cluster.namespace("popsink")
    cluster.answers["GET", path] = ApiError(403, "forbidden")
    assert check.run(site(cluster, objects=[deployment()])).status == NOT_CHECKED


@pytest.mark.parametrize(
    ("limits", "status", "words"),
    [
        ([], PASS, "no LimitRange"),
        ([{"type": "Container", "max": {"memory": "4Gi"}}], PASS, "within bounds"),
        (
            [{"type": "Container", "max": {"memory": "1Gi"}}],
            FAIL,
            "LimitRange bounds: container api of Deployment popsink",
        ),
        ([{"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}], FAIL, "claim data-db-0"),
    ],
)
def test_limit_range(cluster: FakeCluster, limits: list[dict[str, Any]], status: str, words: str) -> None:
    ranges = [{"metadata": {"name": "bounds"}, "spec": {"limits": limits}}] if limits else []
    listed(cluster, f"{SPACE}/limitranges", *ranges)
    finding = look(namespace.limit_range, cluster, deployment(), stateful_set())
    assert (finding.status, words in finding.found) == (status, True), finding.found


def test_a_claim_that_is_there_stays(cluster: FakeCluster) -> None:
    limits = {
        "metadata": {"name": "l"},
        "spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "1"}}]},
    }
    listed(cluster, f"{SPACE}/limitranges", limits)
    cluster.namespace("popsink")
    cluster.put(f"{SPACE}/persistentvolumeclaims/data-db-0")
    assert look(namespace.limit_range, cluster, stateful_set()).status == PASS


ENFORCE, WARNING = "pod-security.kubernetes.io/enforce", "pod-security.kubernetes.io/warn"


@pytest.mark.parametrize(
    ("labels", "pod", "status", "words"),
    [
        ({}, {"hostNetwork": True}, PASS, "enforces no level"),
        ({ENFORCE: "privileged"}, {"hostNetwork": True}, PASS, "enforces no level"),
        ({ENFORCE: "baseline"}, {}, PASS, "enforces baseline"),
        ({ENFORCE: "baseline"}, {"hostNetwork": True}, FAIL, "no hostNetwork (data-plane)"),
        ({ENFORCE: "restricted"}, {}, FAIL, "runAsNonRoot: true (data-plane)"),
        ({ENFORCE: "baseline", WARNING: "restricted"}, {}, WARN, "warns of pods below restricted"),
        ({ENFORCE: "strict"}, {}, NOT_CHECKED, "strict"),
    ],
)
def test_pod_security(cluster: FakeCluster, labels: Any, pod: Any, status: str, words: str) -> None:
    cluster.put(SPACE, metadata={"labels": labels})
    finding = look(namespace.pod_security, cluster, deployment(**pod))
    assert (finding.status, words in finding.found) == (status, True), finding.found


def test_the_remedy_names_a_level_that_would_do(cluster: FakeCluster) -> None:
    cluster.put(SPACE, metadata={"labels": {ENFORCE: "restricted"}})
    assert f"{ENFORCE}=baseline" in look(namespace.pod_security, cluster).remedy
    assert f"{ENFORCE}=privileged" in look(namespace.pod_security, cluster, deployment(hostIPC=True)).remedy


def account(name: str, automount: bool | None = None) -> dict[str, Any]:
    item = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    return item if automount is None else {**item, "automountServiceAccountToken": automount}


def binding(name: str) -> dict[str, Any]:
    subject = {"kind": "ServiceAccount", "name": name, "namespace": "popsink"}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b"},
            "subjects": [subject], "roleRef": {"kind": "Role", "name": "r"}}  # fmt: skip


def other(**pod: Any) -> dict[str, Any]:
    item = copy.deepcopy(deployment(**pod))
    item["metadata"]["labels"] = {"app.kubernetes.io/component": "kora"}
    return item


TOKEN: dict[str, Any] = {
    "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]
}


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        pytest.param([deployment(serviceAccountName="a"), account("a")], "", id="comes with the release"),
        pytest.param(
            [deployment(serviceAccountName="a")], "ServiceAccount a, which pods of data-plane name", id="missing"
        ),
        pytest.param([deployment(serviceAccountName="there")], "", id="is there"),
        pytest.param(
            [deployment(serviceAccountName="tokenless")], "of ServiceAccount tokenless is false", id="no token"
        ),
        pytest.param(
            [deployment(serviceAccountName="a"), account("a", False)], "get no token", id="nor with the release"
        ),
        pytest.param(
            [deployment(serviceAccountName="there", automountServiceAccountToken=False)],
            "of Deployment popsink-data-plane is false",
            id="the pod wants none",
        ),
        pytest.param(
            [deployment(serviceAccountName="a", automountServiceAccountToken=True), account("a", False)],
            "",
            id="the pod wants one whatever its account says",
        ),
        pytest.param(
            [deployment(serviceAccountName="a", automountServiceAccountToken=False, **TOKEN), account("a")],
            "",
            id="a token as a volume",
        ),
        pytest.param([other(serviceAccountName="tokenless")], "", id="others need none"),
        pytest.param([other(serviceAccountName="gone")], "ServiceAccount gone", id="but their account"),
        pytest.param([other(automountServiceAccountToken=False)], "", id="nor need the default one's"),
        pytest.param(
            [other(serviceAccountName="a"), account("a", False), binding("a")], "pods of kora", id="bound to a Role"
        ),
    ],
)
def test_service_accounts(cluster: FakeCluster, objects: list[dict[str, Any]], words: str) -> None:
    for item in (account("there"), account("tokenless", False), account("default")):
        cluster.put(f"{SPACE}/serviceaccounts/{item['metadata']['name']}", **copy.deepcopy(item))
    finding = look(namespace.service_accounts, cluster, *objects)
    assert (finding.status, words in finding.found) == (FAIL if words else PASS, True), finding.found


RANGE = {"openshift.io/sa.scc.uid-range": "1000650000/10000"}


@pytest.mark.parametrize(
    ("annotations", "pod", "words"),
    [
        (RANGE, {}, ""),
        (RANGE, {"securityContext": {"runAsUser": 1000650000, "fsGroup": 1000659999}}, ""),
        (RANGE, {"securityContext": {"runAsUser": 1000660000}}, "runAsUser 1000660000 of the pod"),
        (RANGE, {"securityContext": {"fsGroup": 1001}}, "data-plane: fsGroup 1001 of the pod"),
        (RANGE, {"initContainers": [{"name": "i", "securityContext": {"runAsUser": 0}}]}, "runAsUser 0 of container i"),
        ({}, {"securityContext": {"runAsUser": 1001}}, "(none yet)"),
        ({**RANGE, "openshift.io/sa.scc.supplemental-groups": "1-2,9-9"}, {"securityContext": {"fsGroup": 9}}, ""),
    ],
)
def test_scc(cluster: FakeCluster, annotations: Any, pod: Any, words: str) -> None:
    cluster.answers["GET", "/apis/security.openshift.io/v1"] = {"resources": []}
    cluster.put(SPACE, metadata={"annotations": annotations})
    finding = look(namespace.scc, cluster, deployment(serviceAccountName="app", **pod))
    assert (finding.status, words in finding.found) == (WARN if words else PASS, True), finding.found
    assert not words or "oc adm policy add-scc-to-user nonroot-v2 -z app -n popsink" in finding.remedy


def test_users_are_open_elsewhere(cluster: FakeCluster) -> None:
    finding = look(namespace.scc, cluster, deployment(securityContext={"runAsUser": 1001}))
    assert (finding.status, finding.found) == (PASS, "not an OpenShift cluster")


@pytest.mark.parametrize(
    ("there", "status"),
    [
        (None, PASS),
        ({"status": {"phase": "Active"}}, PASS),
        ({}, PASS),
        ({"status": {"phase": "Terminating"}}, FAIL),
        ({"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}}, FAIL),
    ],
)
def test_state(cluster: FakeCluster, there: dict[str, Any] | None, status: str) -> None:
    if there is not None:
        cluster.put(SPACE, **there)
    assert namespace.state.run(site(cluster)).status == status
