# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects with which it is looked from inside the cluster. Pure: nothing is made here.

All of them go away by themselves: a Job ends after its time limit and is then removed with its pod, and everything else
belongs to a Job. So nothing stays behind a run that was ended in the middle.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ...plan.labels import labels

#: Seconds for which Kubernetes keeps a Job that has ended: long enough to be looked at, for a run that is still there.
_KEPT = 20

#: A user that no image gives a meaning to. OpenShift gives each namespace a range of its own, and refuses others.
_USER = 65534

#: Little, and stated: a quota may insist on it.
_RESOURCES = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}}

#: Tries once, says in the log how that went, then leads each connection that comes in to the server.
_RELAY = (
    'if nc -w 5 "$0" "$1" </dev/null >/dev/null; then echo "reached"; else echo "not reached"; fi; '
    'exec nc -ll -p "$2" -e nc -w 60 "$0" "$1"'
)

#: A program that no image has: the container is made from its image, and cannot start.
_NOTHING = ["/popsink-preflight-starts-nothing"]

#: A key of the registry login's Secret that holds nothing. It is mounted, so that no node pulls before the Secret is
#: there: after a first try without login a node would wait before the next one.
_THERE = "there"

#: Relays listen from here on, one port each.
FIRST_PORT = 9100


def marks(release: str) -> dict[str, str]:
    """Labels of everything that is made to look."""
    return {**labels(release), "app.kubernetes.io/component": "preflight"}


def relay_container(name: str, image: str, host: str, port: int, listen: int) -> dict[str, Any]:
    """A container that leads connections at one of its ports to a server.

    :param listen: the port.
    """
    command = ["sh", "-c", _RELAY, host, str(port), str(listen)]
    return {"name": name, "image": image, "command": command, "ports": [{"containerPort": listen}]}


def image_container(name: str, image: str) -> dict[str, Any]:
    """A container for the sake of its image: nothing of it is run."""
    return {"name": name, "image": image, "imagePullPolicy": "Always", "command": _NOTHING}


def claim_container(image: str, seconds: int) -> dict[str, Any]:
    """A container that keeps a volume mounted."""
    mounted = [{"name": "claim", "mountPath": "/claim"}]
    return {"name": "claim", "image": image, "command": ["sleep", str(seconds)], "volumeMounts": mounted}


def claim(storage_class: str) -> dict[str, Any]:
    """A volume of a class that lives as long as its pod.

    :param storage_class: empty for the default one.
    """
    spec: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    if storage_class:
        spec["storageClassName"] = storage_class
    return {"name": "claim", "ephemeral": {"volumeClaimTemplate": {"spec": spec}}}


def job(
    name: str,
    namespace: str,
    release: str,
    containers: Sequence[dict[str, Any]],
    *,
    seconds: int,
    any_user: bool,
    pull_secret: str = "",
    volumes: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """A Job of one pod that the strictest rules for pods take, and that is gone after its time.

    :param any_user: whether the cluster chooses the user that the pod runs as.
    :param pull_secret: name of the Secret with the registry login, which :func:`pull_secret` makes; empty for none.
    """
    security: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if not any_user:
        security |= {"runAsUser": _USER, "runAsGroup": _USER, "fsGroup": _USER}
    guarded = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": security,
        "containers": [{**container, "resources": _RESOURCES, "securityContext": guarded} for container in containers],
        "volumes": list(volumes),
    }
    if pull_secret:
        pod["imagePullSecrets"] = [{"name": pull_secret}]
        items = [{"key": _THERE, "path": _THERE}]
        pod["volumes"].append({"name": "login", "secret": {"secretName": pull_secret, "items": items}})
        mounted = {"name": "login", "mountPath": "/popsink-login", "readOnly": True}
        first = pod["containers"][0]
        first["volumeMounts"] = [*first.get("volumeMounts", ()), mounted]
    marked = marks(release)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": marked},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": seconds,
            "ttlSecondsAfterFinished": _KEPT,
            "template": {"metadata": {"labels": marked}, "spec": pod},
        },
    }


def pull_secret(owner: Mapping[str, Any], docker_config: str) -> dict[str, Any]:
    """The registry login for a Job's pod, which goes with the Job and has its name.

    :param owner: the Job as the cluster has it.
    """
    metadata = owner["metadata"]
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], "labels": metadata["labels"]},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(docker_config.encode()).decode("ascii"), _THERE: ""},
    }
    return owned(secret, owner)


def owned(manifest: Mapping[str, Any], owner: Mapping[str, Any]) -> dict[str, Any]:
    """An object that the cluster removes with a Job.

    :param owner: the Job as the cluster has it.
    """
    metadata = owner["metadata"]
    reference = {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"]}
    return {**manifest, "metadata": {**manifest["metadata"], "ownerReferences": [reference]}}
