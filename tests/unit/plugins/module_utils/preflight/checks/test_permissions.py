"""What the account may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import permissions
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Exposure, PlannedObject

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import site

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RBAC = "rbac.authorization.k8s.io/v1"
KINDS = (("Role", "roles", True), ("RoleBinding", "rolebindings", True), ("ClusterRole", "clusterroles", False))

#: Verb, resource with its group and part, and namespace.
Asked = tuple[str, str, str]

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
ROLE = {"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "r"},
        "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "watch"]}]}  # fmt: skip
BINDING = {
    "apiVersion": RBAC,
    "kind": "RoleBinding",
    "metadata": {"name": "b"},
    "roleRef": {"kind": "Role", "name": "r"},
}
FOREIGN = {**BINDING, "roleRef": {"kind": "ClusterRole", "name": "their"}}
CLUSTER_ROLE = {**ROLE, "kind": "ClusterRole"}


def look(cluster: FakeCluster, allowed: Callable[[Asked], bool], *objects: dict[str, Any], **want: Any) -> Finding:
    def review(body: dict[str, Any]) -> dict[str, Any]:
        asked = body["spec"]["resourceAttributes"]
        parts = (asked["resource"], asked.get("group", ""))
        name = ".".join(part for part in parts if part) + (f"/{asked['subresource']}" if "subresource" in asked else "")
        return {"status": {"allowed": allowed((asked["verb"], name, asked.get("namespace", "")))}}

    cluster.answers["POST", REVIEW] = review
    resources = [{"kind": kind, "name": name, "namespaced": inside} for kind, name, inside in KINDS]
    cluster.answers["GET", f"/apis/{RBAC}"] = {"resources": resources}
    return permissions.permissions.run(site(cluster, objects=list(objects) or [SERVICE], **want))


def lacking(*missing: tuple[str, str]) -> Callable[[Asked], bool]:
    """All but these may be done, in the namespace and each by itself."""
    return lambda asked: "*" not in asked[1] and (asked[0], asked[1]) not in missing


@pytest.mark.parametrize(("wanted", "status"), [({"server": {}, "wanted": {}}, FAIL), (None, PASS)])
def test_programs_are_run_in_a_pod_only_to_make_a_database(
    cluster: FakeCluster, wanted: dict[str, Any] | None, status: str
) -> None:
    finding = look(cluster, lacking(("create", "pods/exec")), bundled_database=wanted)
    assert finding.status == status


def test_an_administrator_is_asked_about_once(cluster: FakeCluster) -> None:
    assert look(cluster, lambda asked: True).status == PASS
    assert [path for _method, path, _body in cluster.requests] == [REVIEW]


def test_a_namespaces_administrator_is_asked_about_the_rest(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    assert look(cluster, lambda asked: asked[2] == "popsink", SERVICE, ROLE, BINDING).status == PASS
    assert sum(path == REVIEW for _method, path, _body in cluster.requests) == 2
    finding = look(cluster, lambda asked: asked[2] == "popsink", CLUSTER_ROLE)
    assert finding.status == FAIL
    assert (
        "clusterroles.rbac.authorization.k8s.io (in the whole cluster): get, list, create, patch, delete"
        in finding.found
    )


def test_one_who_may_do_all_that_is_needed_passes(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    escalation = lacking(("escalate", f"roles.{RBAC[:-3]}"), ("bind", f"roles.{RBAC[:-3]}"))
    assert look(cluster, escalation, SERVICE, ROLE, BINDING).status == PASS


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        *(("secrets", verb) for verb in ("get", "list", "create", "update", "patch", "delete")),
        *(("services", verb) for verb in ("get", "list", "create", "patch", "delete")),
        ("deployments.apps", "list"),
        ("statefulsets.apps", "list"),
        ("pods", "list"),
        ("pods/log", "get"),
        ("services/proxy", "get"),
        ("services/proxy", "create"),
        ("ingresses.networking.k8s.io", "get"),
    ],
)
def test_what_is_missing_is_told(cluster: FakeCluster, verb: str, resource: str) -> None:
    resource, verb = verb, resource
    cluster.namespace("popsink")
    finding = look(cluster, lacking((verb, resource)))
    assert finding.status == FAIL
    assert finding.found == f"The account may not: {resource}: {verb}."
    assert "kubectl auth can-i --list --namespace popsink" in finding.remedy


def test_all_that_is_missing_is_told_by_resource(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    finding = look(cluster, lacking(("create", "secrets"), ("patch", "secrets"), ("get", "pods/log")))
    assert "secrets: create, patch; pods/log: get" in finding.found


def test_a_namespace_is_made_where_it_is_missing(cluster: FakeCluster) -> None:
    assert "namespaces (in the whole cluster): create" in look(cluster, lacking(("create", "namespaces"))).found
    cluster.namespace("popsink")
    assert look(cluster, lacking(("create", "namespaces"))).status == PASS


def test_a_namespace_that_may_not_be_looked_at_is_told(cluster: FakeCluster) -> None:
    cluster.answers["GET", "/api/v1/namespaces/popsink"] = ApiError(403, "forbidden")
    assert look(cluster, lacking(("get", "namespaces"))).found == "The account may not: namespaces popsink: get."


def test_an_ingress_is_made_where_one_is_wanted(cluster: FakeCluster) -> None:
    cluster.namespace("popsink")
    missing = lacking(("create", "ingresses.networking.k8s.io"))
    assert look(cluster, missing).status == PASS
    made = [PlannedObject("networking.k8s.io/v1", "Ingress", "popsink-public")]
    assert look(cluster, missing, exposure=Exposure("popsink.example", "https", objects=made)).status == FAIL


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        pytest.param([("watch", "configmaps")], "", id="the verbs escalate and bind are enough"),
        pytest.param(
            [("watch", "configmaps"), ("escalate", "roles.rbac.authorization.k8s.io")],
            "make Role r without having itself (configmaps: watch), or the verb escalate",
            id="a Role",
        ),
        pytest.param(
            [("watch", "configmaps"), ("bind", "roles.rbac.authorization.k8s.io")],
            "make RoleBinding b without having itself (configmaps: watch), or the verb bind",
            id="a binding",
        ),
    ],
)
def test_who_grants_must_have_it(cluster: FakeCluster, missing: list[tuple[str, str]], words: str) -> None:
    cluster.namespace("popsink")
    finding = look(cluster, lacking(*missing), SERVICE, ROLE, BINDING)
    assert (finding.status, words in finding.found) == (FAIL if words else PASS, True), finding.found


@pytest.mark.parametrize(
    ("there", "missing", "status"),
    [
        pytest.param(ROLE["rules"], [], PASS, id="has what it holds"),
        pytest.param(ROLE["rules"], [("watch", "configmaps")], FAIL, id="lacks what it holds"),
        pytest.param(None, [], NOT_CHECKED, id="cannot see what it holds"),
        pytest.param([{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}], [], NOT_CHECKED, id="holds something else"),
    ],
)
def test_a_role_that_is_there_is_bound(cluster: FakeCluster, there: Any, missing: Any, status: str) -> None:
    cluster.namespace("popsink")
    if there is not None:
        cluster.put("/apis/rbac.authorization.k8s.io/v1/clusterroles/their", rules=there)
    denied = lacking(("bind", "clusterroles.rbac.authorization.k8s.io"), *missing)
    assert look(cluster, denied, SERVICE, FOREIGN).status == status


@pytest.mark.parametrize("answer", [ApiError(403, "forbidden"), {}, {"status": {}}, "no JSON"])
def test_no_answer_is_no_pass(cluster: FakeCluster, answer: Any) -> None:
    cluster.namespace("popsink")
    cluster.answers["POST", REVIEW] = answer
    assert permissions.permissions.run(site(cluster, objects=[SERVICE])).status == NOT_CHECKED


def test_unknown_objects_are_no_pass(cluster: FakeCluster) -> None:
    cluster.answers["POST", REVIEW] = {"status": {"allowed": False}}
    assert permissions.permissions.run(site(cluster)).status == NOT_CHECKED
