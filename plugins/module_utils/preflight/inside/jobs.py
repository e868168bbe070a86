# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs of ours in the cluster: made, waited for, and always removed."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from ...cluster.session import Cluster
from ...errors import PopsinkError
from ...verification.pods import HOPELESS
from . import manifests

#: Seconds between two looks.
_PAUSE = 0.5

#: Seconds before a Job's time limit at which nothing is waited for any longer. The cluster counts from a whole second,
#: and takes the pod away, with what there is to see of it.
_BEFORE_THE_END = 3

#: Seconds that the removal is waited for; the cluster goes on with it by itself.
_PATIENCE = 20

#: Seconds after which a Job without a pod is asked why.
_NO_POD = 10

#: Seconds until a relay has said whether it reaches its server; it tries for five.
_LOG_PATIENCE = 15


class Jobs:
    """Jobs for one run, in one namespace.

    :ivar namespace: where they are.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        release: str,
        *,
        seconds: int,
        any_user: bool,
        docker_config: Callable[[], str],
    ) -> None:
        """Prepare; nothing is made yet.

        :param seconds: time limit of each Job.
        :param any_user: whether the cluster chooses the user that pods run as.
        :param docker_config: gives the registry login that pods pull with, empty for none.
        """
        self.namespace = namespace
        self.seconds = seconds
        self._cluster = cluster
        self._release = release
        self._any_user = any_user
        self._docker_config = docker_config
        self._lock = threading.Lock()
        self._closed = False
        self._made: list[str] = []
        self._owners: list[dict[str, Any]] = []
        self._owned: dict[str, str] = {}

    def start(self, containers: Sequence[dict[str, Any]], volumes: Sequence[dict[str, Any]] = ()) -> str:
        """Make a Job, with a registry login of its own.

        :return: its name.
        :raises PopsinkError: the cluster refused it.
        """
        name = f"popsink-preflight-{secrets.token_hex(4)}"
        login = self._docker_config()
        manifest = manifests.job(
            name,
            self.namespace,
            self._release,
            containers,
            seconds=self.seconds,
            any_user=self._any_user,
            pull_secret=name if login else "",
            volumes=volumes,
        )
        with self._lock:
            if self._closed:
                raise PopsinkError("The time is up.")
            # Also where the answer gets lost, it may be there.
            self._made.append(name)
        owner = self._cluster.create(manifest)
        self._owners.append(owner)
        if login:
            self._cluster.create(manifests.pull_secret(owner, login))
        return name

    def make(self, manifest: dict[str, Any]) -> None:
        """Make another object for as long as it is looked. It goes with the first Job, which must be there.

        :raises PopsinkError: the cluster refused it, or something of its name is there.
        """
        owned = manifests.owned(manifest, self._owners[0])
        path = self._cluster.path_of(
            manifest["apiVersion"], manifest["kind"], namespace=self.namespace, name=manifest["metadata"]["name"]
        )
        with self._lock:
            if self._closed:
                raise PopsinkError("The time is up.")
            # Only the very object is removed: somebody may make another of its name when it is gone.
            self._owned[path] = str(self._cluster.create(owned)["metadata"]["uid"])

    def wait(self, name: str, arrived: Callable[[dict[str, Any]], bool], *, patient: bool = False) -> dict[str, Any]:
        """Wait for a Job's pod.

        :param arrived: says of the pod whether it is as far as it must be.
        :param patient: whether it is waited for also where a container cannot start.
        :return: the pod.
        :raises PopsinkError: it cannot get there, with the reason.
        """
        began = time.monotonic()
        while True:
            pods = self._pods(name)
            if pods:
                if arrived(pods[0]):
                    return pods[0]
                if not patient and (reason := hopeless(pods[0])):
                    raise PopsinkError(f"A pod in namespace {self.namespace} cannot start: {reason}.")
            elif time.monotonic() - began > _NO_POD and (reason := self._refusal(name)):
                raise PopsinkError(f"Namespace {self.namespace} takes no pod: {reason}.")
            if time.monotonic() - began > self.seconds - _BEFORE_THE_END:
                reason = waiting(pods[0]) if pods else "there is no pod yet"
                raise PopsinkError(
                    f"A pod in namespace {self.namespace} is not ready within {self.seconds} seconds: {reason}.",
                    remedy="Where that is only slow, set popsink_preflight_inside_timeout.",
                )
            time.sleep(_PAUSE)

    def has_pending_claim(self, name: str) -> bool:
        """Whether the volume of a Job's pod is what it waits for."""
        pods = {pod["metadata"]["name"] for pod in self._pods(name)}
        path = f"/api/v1/namespaces/{self.namespace}/persistentvolumeclaims"
        claims = self._cluster.items(path)
        return any(
            (claim.get("status") or {}).get("phase") == "Pending"
            and any(owner.get("name") in pods for owner in claim["metadata"].get("ownerReferences") or ())
            for claim in claims
        )

    def await_log(self, pod: str, container: str, lines: Sequence[str]) -> str:
        """What a container says, as soon as one of these lines is among it, or the time is up."""
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/log"
        end = time.monotonic() + _LOG_PATIENCE
        while True:
            said = str(self._cluster.request("GET", path, query={"container": container, "tailLines": 20}))
            if time.monotonic() > end or any(line in said.splitlines() for line in lines):
                return said
            time.sleep(_PAUSE)

    def close(self) -> None:
        """Remove all of them with what belongs to them, and wait until their pods are gone.

        What was made and never answered for goes with its Job.

        Raises nothing: what cannot be removed now goes away by itself.
        """
        with self._lock:
            self._closed = True
            made = list(self._made)
        end = time.monotonic() + _PATIENCE
        doomed: list[tuple[str, dict[str, Any]]] = [
            (path, {"preconditions": {"uid": uid}}) for path, uid in self._owned.items()
        ]
        for name in made:
            job = f"/apis/batch/v1/namespaces/{self.namespace}/jobs/{name}"
            doomed.append((job, {"propagationPolicy": "Background", "gracePeriodSeconds": 0}))
            doomed.append((f"/api/v1/namespaces/{self.namespace}/secrets/{name}", {}))
        for path, options in doomed:
            if time.monotonic() < end:
                with suppress(PopsinkError):
                    self._cluster.delete(path, options=options, timeout=_PAUSE * 10)
        while made and time.monotonic() < end:
            with suppress(PopsinkError):
                made = [name for name in made if self._pods(name) or self._secret(name) is not None]
            if made:
                time.sleep(_PAUSE)

    def _secret(self, name: str) -> Any:
        return self._cluster.find(f"/api/v1/namespaces/{self.namespace}/secrets/{name}")

    def _pods(self, name: str) -> list[dict[str, Any]]:
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        return self._cluster.items(path, labelSelector=f"job-name={name}")

    def _refusal(self, name: str) -> str:
        """Why a Job has no pod, as far as its events tell."""
        path = f"/api/v1/namespaces/{self.namespace}/events"
        try:
            events = self._cluster.items(path, fieldSelector=f"involvedObject.name={name}")
        except PopsinkError:
            return ""
        told = [str(event.get("message") or "") for event in events if event.get("type") == "Warning"]
        return told[-1].rstrip(".") if told else ""


def statuses(pod: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The pod's containers, as the kubelet tells of them."""
    return (pod.get("status") or {}).get("containerStatuses") or ()


def runs(pod: dict[str, Any]) -> bool:
    """Whether all containers run."""
    told = list(statuses(pod))
    return bool(told) and all("running" in (status.get("state") or {}) for status in told)


def hopeless(pod: dict[str, Any]) -> str:
    """Why a pod does not come up by waiting; empty where it may."""
    for status in statuses(pod):
        state = (status.get("state") or {}).get("waiting") or {}
        if state.get("reason") in HOPELESS:
            return f"{state['reason']} of {status.get('image')}: {_first_line(state.get('message'))}".rstrip(": ")
    if (pod.get("status") or {}).get("phase") == "Failed":
        ended = [(status.get("state") or {}).get("terminated") or {} for status in statuses(pod)]
        told = [str(state.get("message") or state.get("reason")) for state in ended if state.get("exitCode")]
        return _first_line(told[0] if told else (pod["status"].get("message") or "it failed"))
    return ""


def waiting(pod: dict[str, Any]) -> str:
    """What a pod waits for."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return _first_line(condition.get("message") or condition.get("reason"))
    reasons = {str(((status.get("state") or {}).get("waiting") or {}).get("reason") or "") for status in statuses(pod)}
    return ", ".join(sorted(reasons - {""})) or "its containers are being made"


def _first_line(text: Any) -> str:
    return (str(text or "").splitlines() or [""])[0].rstrip(".")
