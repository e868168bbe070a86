"""The objects with which it is looked from inside: harmless, small, and gone by themselves."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.inside import manifests

RELAY = manifests.relay_container("relay-0", "busybox", "db.example", 5432, 9100)


def job(**changes: Any) -> dict[str, Any]:
    return manifests.job("a-job", "popsink", "popsink", [RELAY], **{"seconds": 60, "any_user": False, **changes})


def test_it_ends_and_is_removed_whatever_becomes_of_the_run() -> None:
    spec = job()["spec"]
    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"]) == (60, 0)
    assert 0 <= spec["ttlSecondsAfterFinished"] <= 60


def test_the_strictest_rules_for_pods_take_it() -> None:
    pod = job()["spec"]["template"]["spec"]
    container = pod["containers"][0]["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False


def test_a_cluster_that_chooses_users_is_not_told_one() -> None:
    security = job(any_user=True)["spec"]["template"]["spec"]["securityContext"]
    assert {"runAsUser", "runAsGroup", "fsGroup"}.isdisjoint(security)


def test_every_container_states_what_it_takes() -> None:
    assert all(
        set(container["resources"]) == {"requests", "limits"}
        for container in job()["spec"]["template"]["spec"]["containers"]
    )


def test_no_service_takes_it_for_a_pod_of_the_deployment() -> None:
    labels = job()["spec"]["template"]["metadata"]["labels"]
    assert "app.kubernetes.io/instance" not in labels
    assert "app.kubernetes.io/name" not in labels


def test_a_host_is_never_part_of_the_script() -> None:
    odd = manifests.relay_container("relay-0", "busybox", "$(reboot)", 5432, 9100)
    assert [index for index, word in enumerate(odd["command"]) if "reboot" in word] == [3]


@pytest.mark.parametrize(("name", "mounted"), [("", False), ("a-job", True)])
def test_no_node_pulls_before_the_login_is_there(name: str, mounted: bool) -> None:
    pod = job(pull_secret=name)["spec"]["template"]["spec"]
    assert ("imagePullSecrets" in pod) == mounted
    assert bool(pod["containers"][0].get("volumeMounts")) == mounted
    assert all(item["key"] != ".dockerconfigjson" for volume in pod["volumes"] for item in volume["secret"]["items"])


def test_the_login_goes_with_its_job() -> None:
    owner = {**job(), "metadata": {**job()["metadata"], "uid": "a-uid"}}
    secret = manifests.pull_secret(owner, "{}")
    assert secret["metadata"]["ownerReferences"] == [
        {"apiVersion": "batch/v1", "kind": "Job", "name": "a-job", "uid": "a-uid"}
    ]
    assert base64.b64decode(secret["data"][".dockerconfigjson"]) == b"{}"


@pytest.mark.parametrize(("name", "given"), [("", False), ("ssd", True)])
def test_a_claim_lives_as_long_as_its_pod(name: str, given: bool) -> None:
    spec = manifests.claim(name)["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert ("storageClassName" in spec) == given


def test_nothing_of_an_image_is_run() -> None:
    container = manifests.image_container("image-0", "registry.example/data-plane:1")
    assert (container["imagePullPolicy"], container["command"]) == ("Always", ["/popsink-preflight-starts-nothing"])
