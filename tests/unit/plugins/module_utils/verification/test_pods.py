"""Pods that cannot go on by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.pods import (
    Trouble,
    troubles,
    with_causes,
)

from tests.unit.plugins.fakes import FakeCluster

LOG = "/api/v1/namespaces/popsink/pods/p/log"


def waiting(reason: str, restarts: int = 0, message: str = "its message") -> dict[str, Any]:
    return {"name": "main", "restartCount": restarts, "state": {"waiting": {"reason": reason, "message": message}}}


def pod(*containers: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "status": {"containerStatuses": list(containers), **status}}


@pytest.mark.parametrize(
    ("seen", "reasons"),
    [
        pytest.param(pod({"name": "main", "state": {"running": {}}}), [], id="running"),
        pytest.param(pod({"name": "main", "restartCount": 1, "ready": True}), [], id="runs again"),
        pytest.param(pod({"name": "main", "restartCount": 1, "ready": False}), ["Restarted"], id="not ready again"),
        pytest.param(pod(waiting("ContainerCreating")), [], id="being made"),
        pytest.param(pod(waiting("PodInitializing")), [], id="initializing"),
        pytest.param(pod(waiting("ImagePullBackOff")), ["ImagePullBackOff"], id="image"),
        pytest.param(pod(waiting("ErrImagePull")), ["ErrImagePull"], id="image, first time"),
        pytest.param(pod(waiting("CreateContainerConfigError")), ["CreateContainerConfigError"], id="Secret missing"),
        pytest.param(pod(waiting("CrashLoopBackOff", 3)), ["Restarted"], id="crashes while it waits for others"),
        pytest.param(pod(waiting("CrashLoopBackOff", 4)), ["CrashLoopBackOff"], id="crashes again and again"),
        pytest.param(pod({"name": "main", "state": {"terminated": {"exitCode": 1}}}), [], id="crashed just now"),
        pytest.param(
            pod(initContainerStatuses=[waiting("ImagePullBackOff")]), ["ImagePullBackOff"], id="an init container"
        ),
        pytest.param(
            pod(conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1"}]),
            ["Unschedulable"],
            id="no node takes it",
        ),
        pytest.param(pod(conditions=[{"type": "PodScheduled", "status": "True"}]), [], id="scheduled"),
        pytest.param({"metadata": {"name": "p"}}, [], id="new"),
        pytest.param(
            pod(waiting("ImagePullBackOff"), waiting("ErrImagePull")), ["ImagePullBackOff", "ErrImagePull"], id="two"
        ),
    ],
)
def test_troubles(seen: dict[str, Any], reasons: list[str]) -> None:
    assert [trouble.reason for trouble in troubles([seen])] == reasons


def test_all_pods_count() -> None:
    assert len(troubles([pod(waiting("ErrImagePull"))] * 3)) == 3


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "CreateContainerConfigError"])
def test_what_kubernetes_tells_needs_no_log(cluster: FakeCluster, reason: str) -> None:
    found = troubles([pod(waiting(reason))])
    assert with_causes(cluster, "popsink", found) == found
    assert cluster.requests == []


def crashed() -> list[Trouble]:
    return troubles([pod(waiting("CrashLoopBackOff", 9))])


def test_a_crash_is_explained_by_its_log(cluster: FakeCluster) -> None:
    cluster.answers["GET", LOG] = "FATAL: DB_USER is empty"
    (trouble,) = with_causes(cluster, "popsink", [replace(crashed()[0], container="data-plane")])
    assert (trouble.message, trouble.remedy) == ("the database's user name is empty", "Set popsink_database_user.")


@pytest.mark.parametrize(
    ("log", "causes"),
    [
        ("FATAL: password authentication failed for user", ["the database refuses the password"]),
        ("waiting for the broker", []),
        (ApiError(403, "forbidden"), []),
    ],
)
def test_a_container_that_was_restarted_counts_where_its_log_tells_why(
    cluster: FakeCluster, log: object, causes: list[str]
) -> None:
    cluster.answers["GET", LOG] = log
    found = troubles([pod({"name": "data-plane", "restartCount": 1, "ready": False})])
    assert [trouble.message for trouble in with_causes(cluster, "popsink", found)] == causes


def test_words_of_another_component_explain_nothing(cluster: FakeCluster) -> None:
    cluster.answers["GET", LOG] = "FATAL: DB_USER is empty"
    (trouble,) = with_causes(cluster, "popsink", crashed())
    assert "kubectl -n popsink logs p --previous" in trouble.remedy


def test_a_log_that_explains_nothing_is_not_shown(cluster: FakeCluster) -> None:
    cluster.answers["GET", LOG] = "token=hidden"
    (trouble,) = with_causes(cluster, "popsink", crashed())
    assert "hidden" not in str(trouble)
    assert "kubectl -n popsink logs p --previous" in trouble.remedy


def ended(code: int, reason: str) -> list[Trouble]:
    container = {**waiting("CrashLoopBackOff", 9), "lastState": {"terminated": {"exitCode": code, "reason": reason}}}
    return troubles([pod(container)])


@pytest.mark.parametrize(
    ("code", "reason", "message", "remedy"),
    [
        (137, "OOMKilled", "exit code 137 (OOMKilled)", "popsink_size"),
        (137, "Error", "exit code 137", "logs p --previous"),
        (1, "", "exit code 1", "logs p --previous"),
    ],
)
def test_how_a_container_ended_is_told(cluster: FakeCluster, code: int, reason: str, message: str, remedy: str) -> None:
    cluster.answers["GET", LOG] = "nothing known"
    (trouble,) = with_causes(cluster, "popsink", ended(code, reason))
    assert trouble.message == f"its message; it last ended with {message}"
    assert remedy in trouble.remedy


def event(reason: str, message: str, at: str, container: str = "main") -> dict[str, Any]:
    place = {"name": "p", "fieldPath": f"spec.containers{{{container}}}"}
    return {"reason": reason, "message": message, "lastTimestamp": f"2026-01-01T00:{at}Z", "involvedObject": place}


UNHEALTHY = event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500", "02:00")
KILLING = event("Killing", "Container main failed liveness probe, will be restarted", "01:00")


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([], ""),
        ([UNHEALTHY], "; Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500"),
        ([UNHEALTHY, event("Unhealthy", "Liveness probe failed: timeout", "01:00")], "statuscode: 500"),
        ([UNHEALTHY, KILLING], "; Killing: Container main failed liveness probe, will be restarted; Unhealthy: Live"),
        ([event("Unhealthy", "Readiness probe failed: no", "01:00")], ""),
        ([event("BackOff", "Back-off restarting", "01:00")], ""),
        ([event("Killing", "Stopping container other", "01:00", "other")], ""),
        (ApiError(403, "forbidden"), ""),
    ],
)
def test_a_container_that_is_killed_for_not_answering_is_told(cluster: FakeCluster, events: Any, told: str) -> None:
    cluster.answers["GET", LOG] = "nothing known"
    cluster.answers["GET", "/api/v1/namespaces/popsink/events"] = (
        {"items": events} if isinstance(events, list) else events
    )
    (trouble,) = with_causes(cluster, "popsink", ended(137, "Error"))
    assert told in trouble.message if told else trouble.message.endswith("exit code 137")


def test_a_log_that_cannot_be_read_is_said(cluster: FakeCluster) -> None:
    cluster.answers["GET", LOG] = ApiError(403, "forbidden")
    (trouble,) = with_causes(cluster, "popsink", crashed())
    assert "its log cannot be read: forbidden" in trouble.message
