"""The account of docs/rbac/preflight.yaml suffices, and each of its rights is needed."""

from __future__ import annotations

import base64
import copy
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .looking import NAME, Looked, Place
from .playbook import ROOT
from .preflight_breaks import class_of

pytestmark = pytest.mark.alone

ACCOUNT = (ROOT / "docs" / "rbac" / "preflight.yaml").read_text().replace("NAMESPACE", NAME)
ROLES = [item for item in yaml.safe_load(ACCOUNT)["items"] if item["kind"] in ("ClusterRole", "Role")]

#: What only the account that rolls out can pass; and what cannot be told on the lab.
ABOUT_ANOTHER = {"access.permissions"}
UNKNOWN = {"release.objects", "volumes.speed"}

#: What cert-manager brings, without cert-manager.
ISSUERS = "\n---\n".join(
    yaml.safe_dump(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.cert-manager.io"},
            "spec": {
                "group": "cert-manager.io",
                "scope": scope,
                "names": {"plural": plural, "singular": plural[:-1], "kind": kind},
                "versions": [
                    {
                        "name": "v1",
                        "served": True,
                        "storage": True,
                        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                    }
                ],
            },
        }
    )
    for plural, scope, kind in (("issuers", "Namespaced", "Issuer"), ("clusterissuers", "Cluster", "ClusterIssuer"))
)

#: Of no controller's.
GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "looked"},
    "spec": {"gatewayClassName": "none", "listeners": [{"name": "https", "protocol": "HTTP", "port": 80}]},
}

#: Inventories in which a right is needed; most are needed in any.
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "a driver": {"popsink_database_storage_class": "looked-csi"},
    "an issuer": {
        "popsink_ingress_tls_secret": "to-be-issued",
        "popsink_ingress_annotations": {"cert-manager.io/issuer": "company"},
    },
    "a cluster's issuer": {
        "popsink_ingress_tls_secret": "to-be-issued",
        "popsink_ingress_annotations": {"cert-manager.io/cluster-issuer": "company"},
    },
    "a Gateway": {
        "popsink_ingress_mode": "gateway",
        "popsink_ingress_tls_secret": "",
        "popsink_gateway_name": "looked",
    },
    "a priority": {"popsink_priority_class": "system-cluster-critical"},
    "an account of somebody else": {"popsink_values": {"serviceAccount": {"create": False, "name": "default"}}},
}
WHERE = {
    "csinodes": "a driver",
    "csidrivers": "a driver",
    "issuers": "an issuer",
    "clusterissuers": "a cluster's issuer",
    "gateways": "a Gateway",
    "priorityclasses": "a priority",
    "serviceaccounts": "an account of somebody else",
}

RIGHTS = [
    (role["kind"], rule["apiGroups"][0], resource, verb)
    for role in ROLES
    for rule in role["rules"]
    for resource in rule["resources"]
    for verb in rule["verbs"]
]


#: A run looks at some of them, another day at others; make test-long looks at all.
SEED = int(os.environ.get("RIGHTS_SEED") or time.strftime("%j"))
SAMPLE = random.Random(SEED).sample(RIGHTS, 8)  # noqa: S311 - no secret
ROWS = [pytest.param(*right, marks=() if right in SAMPLE else pytest.mark.long) for right in RIGHTS]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A deployment's surroundings, with the account."""
    made = Place(tmp_path_factory.mktemp("account"))
    made.kubectl("apply", "--filename=-", stdin=ISSUERS)
    made.kubectl(
        "wait", "--for=condition=Established", "crd/issuers.cert-manager.io", "crd/clusterissuers.cert-manager.io"
    )
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    more = yaml.safe_dump_all(
        {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": {"name": "company"}, **ready}
        for kind in ("Issuer", "ClusterIssuer")
    )
    more += "\n---\n" + yaml.safe_dump(GATEWAY)
    # No CSINode has the driver, so that its CSIDriver is looked for.
    more += "\n---\n" + class_of("looked-csi", "csi.popsink.example")
    made.apply(more)
    made.apply(ACCOUNT)
    yield made
    made.kubectl("delete", "--filename=-", "--ignore-not-found", stdin=more)
    made.kubectl("delete", "--filename=-", "--ignore-not-found", stdin=ACCOUNT)
    made.kubectl("delete", "--filename=-", stdin=ISSUERS)
    made.clean()


def look(place: Place, variant: str, **extra: Any) -> Looked:
    """Look with the account."""
    token = place.kubectl("create", "token", "popsink-preflight").strip()
    config = yaml.safe_load((place.deployed.folder / "kubeconfig").read_text())["clusters"][0]["cluster"]
    authority = place.folder / "ca.crt"
    authority.write_bytes(base64.b64decode(config["certificate-authority-data"]))
    access = {"host": config["server"], "api_key": token, "ca_cert": str(authority)}
    return place.look(popsink_kubeconfig="", popsink_cluster=access, **{**VARIANTS[variant], **extra})


@pytest.fixture(scope="module")
def whole(place: Place) -> dict[str, Looked]:
    """What is found with all rights, by variant."""

    class Found(dict[str, Looked]):
        def __missing__(self, variant: str) -> Looked:
            self[variant] = look(place, variant)
            return self[variant]

    return Found()


def test_the_account_suffices(whole: dict[str, Looked]) -> None:
    looked = whole["plain"]
    assert (looked.ids("fail"), looked.ids("warn"), looked.ids("not checked")) == (ABOUT_ANOTHER, set(), UNKNOWN)


def test_the_account_changes_nothing() -> None:
    assert {verb for _kind, _group, _resource, verb in RIGHTS} <= {"get", "list"}


@pytest.mark.parametrize(("kind", "group", "resource", "verb"), ROWS, ids=lambda value: value or "core")
def test_each_right_is_needed(
    place: Place, whole: dict[str, Looked], kind: str, group: str, resource: str, verb: str
) -> None:
    variant = WHERE.get(resource, "plain")
    before = whole[variant]
    (role,) = [item for item in ROLES if item["kind"] == kind]
    place.apply(yaml.safe_dump(without(role, group, resource, verb)))
    try:
        after = look(place, variant)
    finally:
        place.apply(yaml.safe_dump(role))
    assert after.ids("not checked") - before.ids("not checked")
    assert after.ids("pass") <= before.ids("pass")
    assert "Traceback" not in after.run.output


def test_with_more_rights_it_looks_from_inside(place: Place) -> None:
    more = (ROOT / "docs" / "rbac" / "preflight-inside.yaml").read_text().replace("NAMESPACE", NAME)
    with place.applied(more):
        looked = look(place, "plain", popsink_preflight_inside=True, popsink_database_storage_class="standard")
    assert {name for name in looked.ids("pass") if name.startswith("inside.")} == {
        *("inside.pod", "inside.volume", "inside.images"),
        *("inside.control_plane", "inside.object_store", "inside.schema_registry"),
    }


def without(role: dict[str, Any], group: str, resource: str, verb: str) -> dict[str, Any]:
    """A role less one verb of one resource."""
    left = copy.deepcopy(role)
    rules = []
    for rule in left["rules"]:
        for name in rule["resources"]:
            verbs = [one for one in rule["verbs"] if (rule["apiGroups"][0], name, one) != (group, resource, verb)]
            if verbs:
                rules.append({"apiGroups": rule["apiGroups"], "resources": [name], "verbs": verbs})
    return {**left, "rules": rules}
