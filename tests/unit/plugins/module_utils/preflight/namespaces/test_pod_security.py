"""What the levels of the Pod Security Standards refuse; every row was tried against a real API server."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.namespaces.pod_security import (
    BASELINE,
    PRIVILEGED,
    RESTRICTED,
    broken_rules,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import merged

CONTAINER: dict[str, Any] = {"name": "one", "image": "x"}
FIT: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD: dict[str, Any] = {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}}


def spec(pod: dict[str, Any] | None = None, own: dict[str, Any] | None = None) -> dict[str, Any]:
    """A pod that keeps to the strictest level, but for what is given."""
    container = {**CONTAINER, "securityContext": {**FIT, **(own or {})}}
    return {**merged(copy.deepcopy(POD), pod or {}), "containers": [container]}


@pytest.mark.parametrize("level", [PRIVILEGED, BASELINE, RESTRICTED])
def test_a_fit_pod_breaks_nothing(level: str) -> None:
    assert broken_rules(level, spec()) == []


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(spec({"hostNetwork": True}), id="network of the node"),
        pytest.param(spec({"hostPID": True}), id="processes of the node"),
        pytest.param(spec({"hostIPC": True}), id="memory of the node"),
        pytest.param(spec({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}), id="folder of the node"),
        pytest.param(
            {"containers": [{**CONTAINER, "ports": [{"containerPort": 80, "hostPort": 80}]}]}, id="port of the node"
        ),
        pytest.param(spec(own={"privileged": True}), id="privileged"),
        pytest.param(spec(own={"capabilities": {"add": ["SYS_ADMIN"]}}), id="a capability of administrators"),
        pytest.param(spec(own={"seccompProfile": {"type": "Unconfined"}}), id="container without seccomp"),
        pytest.param(spec({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}), id="pod without seccomp"),
        pytest.param(spec({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}), id="a sysctl"),
        pytest.param(spec(own={"procMount": "Unmasked"}), id="procMount"),
        pytest.param(spec(own={"seLinuxOptions": {"type": "spc_t"}}), id="SELinux type"),
        pytest.param(spec({"securityContext": {"seLinuxOptions": {"user": "system_u"}}}), id="SELinux user"),
        pytest.param(spec(own={"appArmorProfile": {"type": "Unconfined"}}), id="no AppArmor"),
        pytest.param(
            {"initContainers": [{**CONTAINER, "securityContext": {"privileged": True}}]}, id="first container"
        ),
    ],
)
def test_baseline_refuses(given: dict[str, Any]) -> None:
    assert len(broken_rules(BASELINE, given)) == 1
    assert broken_rules(BASELINE, given)[0] in broken_rules(RESTRICTED, given)
    assert broken_rules(PRIVILEGED, given) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (spec({"volumes": [{"name": "v", "nfs": {"server": "a", "path": "/"}}]}), "only the usual kinds of volumes"),
        (spec(own={"allowPrivilegeEscalation": None}), "allowPrivilegeEscalation: false"),
        (spec(own={"allowPrivilegeEscalation": True}), "allowPrivilegeEscalation: false"),
        (spec({"securityContext": {"runAsNonRoot": None}}), "runAsNonRoot: true"),
        (spec(own={"runAsNonRoot": False}), "runAsNonRoot: true"),
        # Refused although every container says otherwise.
        (spec({"securityContext": {"runAsNonRoot": False}}, {"runAsNonRoot": True}), "runAsNonRoot: true"),
        (spec({"securityContext": {"runAsUser": 0}}), "no runAsUser: 0"),
        (spec(own={"runAsUser": 0}), "no runAsUser: 0"),
        (spec({"securityContext": {"seccompProfile": None}}), "seccompProfile RuntimeDefault or Localhost"),
        (spec(own={"capabilities": None}), "capabilities drop: [ALL]"),
        (spec(own={"capabilities": {"drop": ["KILL"]}}), "capabilities drop: [ALL]"),
        (spec(own={"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}), "no capabilities added but NET_BIND_SERVICE"),
    ],
)
def test_restricted_refuses_what_baseline_takes(given: dict[str, Any], words: str) -> None:
    assert broken_rules(RESTRICTED, given) == [words]
    assert broken_rules(BASELINE, given) == []


@pytest.mark.parametrize(
    "given",
    [
        spec({"securityContext": {"runAsNonRoot": None}}, {"runAsNonRoot": True}),
        spec({"securityContext": {"seccompProfile": None}}, {"seccompProfile": {"type": "Localhost"}}),
        spec({"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"secretName": "x"}}, {"name": "c"}]}),
        spec(own={"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}),
        spec({"securityContext": {"seLinuxOptions": {"type": "container_t"}, "runAsUser": 1001}}),
    ],
)
def test_restricted_takes(given: dict[str, Any]) -> None:
    assert broken_rules(RESTRICTED, given) == []
