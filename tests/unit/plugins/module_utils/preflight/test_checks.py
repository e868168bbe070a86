"""Each check on its own: what it takes, what it refuses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, passed
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight import cluster_checks, outside_checks
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.check import Check
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import (
    Collected,
    Requirements,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import CHECKS
from ansible_collections.popsink.data_plane.plugins.module_utils.release.outlook import Outlook
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Bucket

PULL_TYPE = "kubernetes.io/dockerconfigjson"
STORAGE_DEFAULT = "storageclass.kubernetes.io/is-default-class"
INGRESS_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def want(**changes: Any) -> Requirements:
    whole: dict[str, Any] = {
        "helm": "helm",
        "minimum_kubernetes": "1.23",
        "minimum_helm": "3.8.0",
        "nodes": 2,
        "node_cpu": "4",
        "node_memory": "16G",
        "storage_class": "",
        "ingress_class": "",
        "namespace": "popsink",
        "secrets": [],
        "bucket": Bucket("records", "eu-west-1"),
        "control_plane": None,
        **changes,
    }
    return Requirements(**whole)


def encoded(values: dict[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


def version(text: str) -> dict[str, str]:
    major, minor = text.split(".")
    return {"major": major, "minor": minor, "gitVersion": f"v{text}.0"}


def node(
    *, cpu: str = "8", memory: str = "32Gi", arch: str = "amd64", ready: str = "True", unschedulable: bool = False
) -> dict[str, Any]:
    return {
        "spec": {"unschedulable": True} if unschedulable else {},
        "status": {
            "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}],
            "nodeInfo": {"architecture": arch},
            "capacity": {"cpu": cpu, "memory": memory},
        },
    }


def named(*names: str, default: str = "", annotation: str = STORAGE_DEFAULT) -> list[dict[str, Any]]:
    return [
        {"metadata": {"name": name, **({"annotations": {annotation: "true"}} if name == default else {})}}
        for name in names
    ]


@pytest.mark.parametrize(
    ("found", "minimum", "status"),
    [
        ("1.23", "1.23", PASS),
        ("1.22", "1.23", FAIL),
        ("1.9", "1.23", FAIL),
        ("1.35", "1.23", PASS),
        ("1.30+", "1.23", PASS),
        ("2.0", "1.23", PASS),
        ("1.23", "1.23.0", PASS),
    ],
)
def test_cluster_version(found: str, minimum: str, status: str) -> None:
    assert cluster_checks.cluster_version(version(found), want(minimum_kubernetes=minimum)).status == status


@pytest.mark.parametrize(
    ("second", "status"),
    [
        pytest.param(node(), PASS, id="as large as needed"),
        pytest.param(node(cpu="4", memory="16G"), PASS, id="just large enough"),
        pytest.param(node(cpu="4000m", memory="16000000Ki"), PASS, id="in other units"),
        pytest.param(node(cpu="3999m"), FAIL, id="too few CPUs"),
        pytest.param(node(memory="15G"), FAIL, id="too little memory"),
        pytest.param(node(arch="arm64"), FAIL, id="another architecture"),
        pytest.param(node(ready="False"), FAIL, id="not ready"),
        pytest.param(node(ready="Unknown"), FAIL, id="not heard of"),
        pytest.param(node(unschedulable=True), FAIL, id="cordoned"),
    ],
)
def test_cluster_nodes(second: dict[str, Any], status: str) -> None:
    assert cluster_checks.cluster_nodes([node(), second], want()).status == status


@pytest.mark.parametrize(("count", "status"), [(0, FAIL), (1, FAIL), (2, PASS), (3, PASS)])
def test_number_of_nodes(count: int, status: str) -> None:
    assert cluster_checks.cluster_nodes([node()] * count, want()).status == status


def test_nodes_are_told_with_what_is_needed() -> None:
    finding = cluster_checks.cluster_nodes([node(), node(cpu="1")], want())
    assert finding.found.startswith("1 of 2 nodes are Ready, schedulable, amd64 and have 4 CPU and 16G of memory")
    assert "popsink_required_nodes" in finding.remedy


@pytest.mark.parametrize("wrong", [{"node_cpu": "four"}, {"node_memory": "16GB"}, {"node_memory": ""}])
def test_a_threshold_that_is_no_quantity_is_no_pass(wrong: dict[str, str]) -> None:
    assert cluster_checks.cluster_nodes([node(), node()], want(**wrong)).status != PASS


@pytest.mark.parametrize(
    ("classes", "wanted", "status", "words"),
    [
        (named("ssd", "hdd"), "ssd", PASS, "ssd is there"),
        (named("ssd", default="ssd"), "", PASS, "ssd is the default"),
        (named("ssd", "hdd"), "nvme", FAIL, "There is no StorageClass nvme (there is: ssd, hdd)."),
        (named("ssd"), "", FAIL, "no default StorageClass (there is: ssd)."),
        ([], "", FAIL, "there is: none"),
        ([], "ssd", FAIL, "there is: none"),
    ],
)
def test_storage_class(classes: list[dict[str, Any]], wanted: str, status: str, words: str) -> None:
    finding = cluster_checks.storage_class(classes, want(storage_class=wanted))
    assert finding.status == status
    assert words in finding.found
    assert status == PASS or "popsink_database_storage_class" in finding.remedy


@pytest.mark.parametrize(
    ("classes", "wanted", "status", "words"),
    [
        (named("nginx"), "nginx", PASS, "nginx is there"),
        (named("nginx", default="nginx", annotation=INGRESS_DEFAULT), "", PASS, "nginx is the default"),
        (named("nginx", default="nginx", annotation=STORAGE_DEFAULT), "", WARN, "no default IngressClass"),
        (named("nginx"), "traefik", FAIL, "There is no IngressClass traefik (there is: nginx)."),
        (named("nginx"), "", WARN, "no default IngressClass (there is: nginx)."),
        ([], None, PASS, "no Ingress is made"),
    ],
)
def test_ingress_class(classes: list[dict[str, Any]], wanted: str | None, status: str, words: str) -> None:
    finding = cluster_checks.ingress_class(classes, want(ingress_class=wanted))
    assert finding.status == status
    assert words in finding.found
    assert status == PASS or "popsink_ingress_class" in finding.remedy


@pytest.mark.parametrize(
    ("found", "minimum", "status"),
    [
        ((3, 8, 0), "3.8.0", PASS),
        ((3, 7, 9), "3.8.0", FAIL),
        ((3, 17, 0), "3.8.0", PASS),
        ((4, 1, 0), "3.8.0", PASS),
        ((3, 8, 0), "3.8", PASS),
    ],
)
def test_helm_version(found: tuple[int, int, int], minimum: str, status: str) -> None:
    assert outside_checks.helm_version(found, want(minimum_helm=minimum)).status == status


@pytest.mark.parametrize("wrong", [None, "", "two", True, -1, 1.5])
def test_a_number_of_nodes_that_is_none_is_a_failure(wrong: Any) -> None:
    finding = cluster_checks.cluster_nodes([node(), node()], want(nodes=wrong))
    assert (finding.status, "popsink_required_nodes" in finding.found) == (FAIL, True)


@pytest.mark.parametrize("wrong", [None, "", "abc", "v1.30", "1.", "1.x"])
def test_a_kubernetes_version_that_is_none_is_a_failure(wrong: Any) -> None:
    finding = cluster_checks.cluster_version(version("1.35"), want(minimum_kubernetes=wrong))
    assert (finding.status, "popsink_required_kubernetes" in finding.found) == (FAIL, True)


@pytest.mark.parametrize("wrong", [None, "", "abc", "v3.8", "3.8.0-rc.1"])
def test_a_helm_version_that_is_none_is_a_failure(wrong: Any) -> None:
    finding = outside_checks.helm_version((4, 1, 0), want(minimum_helm=wrong))
    assert (finding.status, "popsink_required_helm" in finding.found) == (FAIL, True)


def test_a_deployment_without_control_plane_is_not_asked_about() -> None:
    assert outside_checks.control_plane(None, want()).status == PASS


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("version", FAIL),
        ("helm", FAIL),
        ("nodes", NOT_CHECKED),
        ("storage_classes", NOT_CHECKED),
        ("ingress_classes", NOT_CHECKED),
    ],
)
def test_a_source_that_did_not_answer(source: str, status: str) -> None:
    answers: dict[str, Any] = {name: PopsinkError("the reason") for name in Collected.__dataclass_fields__}
    (check,) = (check for check in CHECKS if check.source == source)
    finding = check.run(Collected(**answers), want())
    assert (finding.id, finding.status, finding.found) == (check.id, status, "the reason")


@pytest.mark.parametrize(("required", "status"), [(True, FAIL), (False, NOT_CHECKED)])
def test_a_check_says_itself_whether_it_is_required(required: bool, status: str) -> None:
    answers: dict[str, Any] = dict.fromkeys(Collected.__dataclass_fields__, PopsinkError("the reason"))
    check = Check("any.id", "nodes", cluster_checks.cluster_nodes, required=required)
    assert check.run(Collected(**answers), want()).status == status


def test_every_answer_has_a_check() -> None:
    # The outlook on the release is findings by itself.
    assert {check.source for check in CHECKS} == set(Collected.__dataclass_fields__) - {"outlook"}


def test_each_check_reports_under_its_own_id() -> None:
    good: dict[str, Any] = {
        "version": version("1.35"),
        "nodes": [node(), node()],
        "storage_classes": named("ssd", default="ssd"),
        "ingress_classes": named("nginx", default="nginx", annotation=INGRESS_DEFAULT),
        "secrets": {},
        "helm": (4, 1, 0),
        "bucket": passed("storage.bucket", "it is there"),
        "control_plane": None,
        "outlook": Outlook(()),
    }
    findings = [check.run(Collected(**good), want()) for check in CHECKS]
    assert [(finding.id, finding.status) for finding in findings] == [(check.id, PASS) for check in CHECKS]


PULL = SecretSpec(
    "registry-login", {".dockerconfigjson": "image_pull_docker_config"}, PULL_TYPE, "popsink_image_pull_secret"
)
JWT = SecretSpec("sessions", {"signing-key": "jwt_secret"}, variable="popsink_existing_secrets['jwt']")
OURS = SecretSpec("popsink-vault-jwt", {"secret": "jwt_secret"})
LOGINS = json.dumps({"auths": {"registry.example": {"auth": "x"}}})


@pytest.mark.parametrize(
    ("spec", "values", "type", "words"),
    [
        pytest.param(PULL, {".dockerconfigjson": LOGINS}, PULL_TYPE, "somebody else looks after: 1", id="there"),
        pytest.param(PULL, {"other": "x"}, PULL_TYPE, "has no key .dockerconfigjson (it has: other)", id="another key"),
        pytest.param(PULL, {}, PULL_TYPE, "has no key", id="empty"),
        pytest.param(PULL, None, "", "registry-login (popsink_image_pull_secret) does not exist", id="not there"),
        pytest.param(PULL, {".dockerconfigjson": "x"}, PULL_TYPE, "is not a Docker configuration", id="no JSON"),
        pytest.param(PULL, {".dockerconfigjson": LOGINS}, "Opaque", f"is of type Opaque, not {PULL_TYPE}", id="type"),
        pytest.param(JWT, {"signing-key": "x" * 40}, "Opaque", "somebody else looks after: 1", id="any type will do"),
        pytest.param(JWT, {"signing-key": "x" * 8}, "Opaque", "sessions (popsink_existing_secrets['jwt']): signing-key "
                     "has fewer than 32 characters", id="form"),
        pytest.param(JWT, {"signing-key": "x" * 40 + "\n"}, "Opaque", "ends in a line break", id="line break"),
    ],
)  # fmt: skip
def test_a_secret_of_somebody_else(spec: SecretSpec, values: dict[str, str] | None, type: str, words: str) -> None:
    live = {} if values is None else {spec.name: {"type": type, "data": encoded(values)}}
    finding = cluster_checks.secrets(live, want(secrets=[spec, OURS]))
    assert words in finding.found
    assert (finding.status == PASS) == words.startswith("somebody else looks after")


def test_no_finding_shows_a_value_of_somebody_else() -> None:
    live = {"sessions": {"type": "Opaque", "data": encoded({"signing-key": "too-short-value"})}}
    assert "too-short-value" not in str(cluster_checks.secrets(live, want(secrets=[JWT])))
