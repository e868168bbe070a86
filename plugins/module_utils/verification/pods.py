# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that cannot go on by themselves, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..cluster.session import Cluster
from ..errors import PopsinkError
from .symptoms import explain

#: Reasons for which a container waits and that time does not mend, with what to do.
HOPELESS = {
    "ImagePullBackOff": "Check popsink_image_pull_token, and that the nodes reach the image registry.",
    "ErrImagePull": "Check popsink_image_pull_token, and that the nodes reach the image registry.",
    "InvalidImageName": "Check popsink_image_registry and the image values in popsink_values.",
    "CreateContainerConfigError": "A Secret or key that the pod names is missing: run without --tags.",
}

#: What to do where the registry answers, and has no such image.
_NO_IMAGE = "The registry has no such image: check the image values in popsink_values, and popsink_chart_version."

#: A container that was restarted this often does not come up by waiting for what it needs.
_RESTARTS = 4

#: The word for a container that was restarted and is not ready: it may come up, unless its log tells why it will not.
_RESTARTED = "Restarted"

#: Kubernetes' word for a pod that finds no node.
UNSCHEDULABLE = "Unschedulable"

#: Kubernetes' word for a container that took more memory than its limit, and what to do.
_OUT_OF_MEMORY = "OOMKilled"
_MEMORY = "It needs more memory: set popsink_size, or its resources in popsink_components."

#: Reasons of events that tell of a container that is killed because it does not answer.
_KILLED = ("Killing", "Unhealthy")

#: What to do about a pod of a former template, of a workload whose pods are replaced only once they are ready.
_KEPT = (
    "It is of a former template. Kubernetes replaces it only once it is ready; the role release does, where its "
    "account may delete pods, or kubectl delete pod."
)

#: Lines of a log that are read for its last words.
_TAIL = 20


@dataclass(frozen=True)
class Trouble:
    """A container that cannot go on.

    :ivar pod: the pod's name.
    :ivar container: the container's name.
    :ivar reason: Kubernetes' word for it.
    :ivar message: what Kubernetes says of it.
    :ivar remedy: what to do; empty when only its log can tell.
    """

    pod: str
    container: str
    reason: str
    message: str
    remedy: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether it was restarted and is not ready, which a slow start is, too."""
        return self.reason == _RESTARTED

    @property
    def never_started(self) -> bool:
        """Whether it could not even begin, for want of its image or configuration; a crash may be a connector's own."""
        return self.reason in HOPELESS


def troubles(pods: Iterable[Mapping[str, Any]]) -> list[Trouble]:
    """The containers of these pods that cannot go on."""
    return [trouble for pod in pods for trouble in _of(pod)]


def _of(pod: Mapping[str, Any]) -> Iterator[Trouble]:
    name = pod["metadata"]["name"]
    status = pod.get("status", {})
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition.get("reason") == UNSCHEDULABLE:
            yield _unschedulable(name, condition.get("message", ""))
    for container in [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]:
        waiting = container.get("state", {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        if reason in HOPELESS:
            message = waiting.get("message", "")
            remedy = _NO_IMAGE if "not found" in message and "Pull" in reason else HOPELESS[reason]
            yield Trouble(name, container["name"], reason, message, remedy)
        elif reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= _RESTARTS:
            ended = _ended(container)
            message = "; ".join(filter(None, (waiting.get("message", ""), ended)))
            yield Trouble(name, container["name"], reason, message, _MEMORY if _OUT_OF_MEMORY in ended else "")
        elif container.get("restartCount") and not container.get("ready"):
            yield Trouble(name, container["name"], _RESTARTED, "")


def _ended(container: Mapping[str, Any]) -> str:
    """How a container ended last, as far as Kubernetes tells; 137 is that it was killed."""
    last = container.get("lastState", {}).get("terminated") or {}
    if "exitCode" not in last:
        return ""
    why = last.get("reason", "")
    return f"it last ended with exit code {last['exitCode']}{f' ({why})' if why not in ('', 'Error') else ''}"


def _unschedulable(name: str, message: str) -> Trouble:
    remedy = "Add nodes, or lower the replicas."
    if "persistentvolumeclaim" in message.lower().replace(" ", ""):
        remedy = "Check popsink_database_storage_class, and that its provisioner works."
    return Trouble(name, "", UNSCHEDULABLE, message, remedy)


def with_causes(
    cluster: Cluster, namespace: str, found: Iterable[Trouble], kept: Collection[str] = ()
) -> list[Trouble]:
    """The troubles with the cause that the crashed container's log tells, where it tells one.

    :param kept: names of pods that are of a former template and are not replaced in this state.
    """
    explained = [_with_cause(cluster, namespace, trouble) for trouble in found]
    lasting = [trouble for trouble in explained if not trouble.may_pass or trouble.remedy]
    return [
        replace(trouble, remedy=f"{trouble.remedy} {_KEPT}".strip()) if trouble.pod in kept else trouble
        for trouble in lasting
    ]


def _with_cause(cluster: Cluster, namespace: str, trouble: Trouble) -> Trouble:
    if trouble.remedy:
        return trouble
    try:
        log = cluster.request(
            "GET",
            f"/api/v1/namespaces/{namespace}/pods/{trouble.pod}/log",
            query={"container": trouble.container, "previous": "true", "tailLines": _TAIL},
        )
    except PopsinkError as error:
        return replace(trouble, message=f"{trouble.message} (its log cannot be read: {error})")
    symptom = explain(str(log), pod=trouble.pod, container=trouble.container)
    if symptom is None and trouble.reason == _RESTARTED:
        return trouble
    if symptom is None:
        # The log itself is not shown: it is not known what a program writes there.
        return replace(
            trouble,
            message="; ".join([trouble.message, *_killed(cluster, namespace, trouble)]),
            remedy=f"Look at its log: kubectl -n {namespace} logs {trouble.pod} --previous",
        )
    return replace(trouble, message=symptom.cause, remedy=symptom.remedy)


def _killed(cluster: Cluster, namespace: str, trouble: Trouble) -> list[str]:
    """What events tell of a container that is killed, the last of each reason; none for who may not read them."""
    path = f"/api/v1/namespaces/{namespace}/events"
    try:
        found = cluster.items(path, fieldSelector=f"involvedObject.name={trouble.pod}")
    except PopsinkError:
        return []
    last: dict[str, str] = {}
    for event in sorted(found, key=_when):
        place, message = str(event["involvedObject"].get("fieldPath") or ""), str(event.get("message") or "")
        # One that is not ready is not killed for that.
        if f"{{{trouble.container}}}" in place and not message.startswith("Readiness"):
            last[event.get("reason", "")] = message.rstrip(".")
    return [f"{reason}: {last[reason]}" for reason in _KILLED if reason in last]


def _when(event: Mapping[str, Any]) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
