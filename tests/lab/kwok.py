"""A big cluster for a test: simulated nodes and pods in a lab, played by kwok, and gone afterwards.

kwok is built when it is first wanted (two minutes), and is no part of the lab.
"""

from __future__ import annotations

import datetime
import http.client
import json
import math
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import lab as labs
from .binaries import KUBERNETES, KWOK
from .config import BUSYBOX
from .errors import LabError
from .keeper import end_with_parent
from .lab import Lab
from .probe import wait

NAMESPACE = "simulated"
#: On each simulated node, as label and as annotation; kwok plays what has the annotation.
MARK = "kwok.x-k8s.io/node"
NODES = "/api/v1/nodes"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
MERGE = "application/merge-patch+json"
#: A label by which all of it falls into some parts.
PART = "simulated/part"
PARTS = 4
#: Requests at a time. More do not help: etcd, the API server and this process share the machine.
AT_ONCE = 8
PATIENCE = 60

#: What kwok does beside renewing the leases by which nodes stay Ready: it has no stages of its own, and does not start
#: without any. Pods are Running by our own calls, for which it needs twice the time; it lets deleted ones go.
STAGES = """
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: node-heartbeat
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
      - {key: .status.phase, operator: In, values: [Running]}
  delay: {durationMilliseconds: 600000, jitterDurationMilliseconds: 900000}
  next:
    statusTemplate: |
      conditions:
        - type: Ready
          status: "True"
          reason: KubeletReady
          lastHeartbeatTime: {{ Now | Quote }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: pod-delete
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: Exists}
  next:
    delete: true
"""


@contextmanager
def simulated(lab_folder: Path, nodes: int = 500, pods: int = 2000) -> Iterator[None]:
    """So many nodes that are Ready, on which nothing real is scheduled, and pods spread over them that are Running.

    Nodes and pods are named `simulated-NUMBER`, the pods' namespace is `simulated`. Two of these at a time in one lab
    would take each other's away.
    """
    lab = labs.at(lab_folder)
    program = KWOK.build()
    api = Api(lab)
    # What a test left that was killed.
    _remove(api)
    with tempfile.TemporaryDirectory() as folder:
        stages, log = Path(folder, "stages.yaml"), Path(folder, "log")
        stages.write_text(STAGES)
        with log.open("w") as output:
            kwok = subprocess.Popen(
                [
                    program,
                    f"--kubeconfig={lab.kubeconfig}",
                    f"--config={stages}",
                    f"--manage-nodes-with-annotation-selector={MARK}=fake",
                    # Renewed every quarter of it: often enough to be Ready, and seldom enough for a small machine.
                    "--node-lease-duration-seconds=120",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent,
            )
        try:
            _create(api, nodes, pods)
            if not wait(lambda: _settled(api, nodes, pods) or kwok.poll() is not None, PATIENCE, every=0.3):
                raise LabError(f"The simulated cluster was not there within {PATIENCE} s:\n{_end(log)}")
            if kwok.poll() is not None:
                raise LabError(f"kwok ended:\n{_end(log)}")
            yield
        finally:
            kwok.terminate()
            kwok.wait()
            _remove(api)


class Api:
    """The API server, asked as the administrator, with a connection for each thread."""

    def __init__(self, lab: Lab) -> None:
        self._address = lab.network.api.removeprefix("https://")
        self._context = ssl.create_default_context(cafile=str(lab.pki / "ca.crt"))
        self._context.load_cert_chain(lab.pki / "admin.crt", lab.pki / "admin.key")
        self._own = threading.local()

    def __call__(
        self, method: str, path: str, body: Any = None, *, absent: bool = False, kind: str = "application/json"
    ) -> Any:
        """The answer; None when `absent` is fine and it is."""
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPSConnection(self._address, context=self._context, timeout=60)
        connection: http.client.HTTPSConnection = self._own.connection
        content = None if body is None else json.dumps(body)
        connection.request(method, path, body=content, headers={"Content-Type": kind})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status == 404 and absent:
            return None
        if answer.status >= 300:
            raise LabError(f"The API server answered {answer.status} to {method} {path}: {said[:300]!r}")
        return json.loads(said)

    def names(self, path: str, selector: str) -> list[str]:
        """Of the objects there that are selected."""
        found = self("GET", f"{path}?resourceVersion=0&{selector}")
        return [item["metadata"]["name"] for item in found["items"]]


def _each(do: Callable[[Any], Any], these: Iterable[Any]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _done in pool.map(do, these):
            pass


def _create(api: Api, nodes: int, pods: int) -> None:
    api("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    names = [f"simulated-{number:0{len(str(nodes))}}" for number in range(nodes)]
    per_node = math.ceil(pods / max(nodes, 1))
    _each(lambda number: _create_node(api, number, names[number], per_node), range(nodes))
    account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
    # Pods are refused before it is there.
    if not wait(lambda: api("GET", account, absent=True) is not None, PATIENCE):
        raise LabError(f"the controllers made no service account in {NAMESPACE}")
    _each(lambda number: _create_pod(api, number, names[number % nodes]), range(pods))


def _create_node(api: Api, number: int, name: str, pods: int) -> None:
    node = _node(number, name, pods)
    api("POST", NODES, node)
    # Every new node gets a taint more, until a controller has seen that it is Ready: in here that takes half a minute
    # for 500, since the controllers ask 20 times in a second only.
    taints = {"spec": {"taints": node["spec"]["taints"]}}
    api("PATCH", f"{NODES}/{name}", taints, kind=MERGE)


def _node(number: int, name: str, pods: int) -> dict[str, Any]:
    capacity = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": str(max(110, pods))}
    now = _now()
    cidr = f"10.{192 + number // 256}.{number % 256}.0/24"
    described = {"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": name}
    return {
        "metadata": {
            "name": name,
            "labels": {**described, MARK: "fake", PART: str(number % PARTS)},
            "annotations": {MARK: "fake"},
        },
        "spec": {
            "taints": [{"key": MARK, "value": "fake", "effect": "NoSchedule"}],
            # Else the controllers look for one that is left, find none, and say so in an event for each.
            "podCIDR": cidr,
            "podCIDRs": [cidr],
        },
        "status": {
            "phase": "Running",
            "capacity": capacity,
            "allocatable": capacity,
            # Without its time the node would have been silent for too long.
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now}],
            "nodeInfo": {
                **dict.fromkeys(("bootID", "kernelVersion", "machineID", "osImage", "systemUUID"), ""),
                "architecture": "amd64",
                "containerRuntimeVersion": "kwok://0",
                "kubeletVersion": KUBERNETES,
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
            },
        },
    }


def _create_pod(api: Api, number: int, node: str) -> None:
    name, now = f"simulated-{number:05}", _now()
    container = {"name": "main", "image": BUSYBOX, "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}
    pod = {
        "metadata": {"name": name, "labels": {"app": "simulated", PART: str(number % PARTS)}},
        "spec": {"nodeName": node, "automountServiceAccountToken": False, "containers": [container]},
    }
    states = {"ready": True, "started": True, "restartCount": 0, "state": {"running": {"startedAt": now}}}
    status = {
        "phase": "Running",
        "startTime": now,
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": now}
            for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
        ],
        "containerStatuses": [{"name": "main", "image": BUSYBOX, "imageID": BUSYBOX, **states}],
    }
    api("POST", PODS, pod)
    api("PATCH", f"{PODS}/{name}/status", {"status": status}, kind=MERGE)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _settled(api: Api, nodes: int, pods: int) -> bool:
    """Whether the last pod is Running, and no node has another taint than its own."""
    if len(api.names(PODS, "fieldSelector=status.phase%3DRunning")) < pods:
        return False
    found = api("GET", f"{NODES}?resourceVersion=0&labelSelector={MARK}%3Dfake")["items"]
    return len(found) == nodes and all(len(node["spec"]["taints"]) == 1 for node in found)


def _remove(api: Api) -> None:
    """All of it, whether of this run or of another."""
    # Many at once, in as many requests as the API server can work on beside each other.
    parts = [f"labelSelector={PART}%3D{part}" for part in range(PARTS)]
    nodes = api.names(NODES, f"labelSelector={MARK}%3Dfake")
    _each(lambda part: api("DELETE", f"{PODS}?gracePeriodSeconds=0&{part}"), parts)
    _each(lambda part: api("DELETE", f"{NODES}?{part}"), parts)
    # They would go with their nodes, too, but a while later.
    _each(lambda node: api("DELETE", f"{LEASES}/{node}", absent=True), nodes)
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    api("DELETE", namespace, absent=True)
    if not wait(lambda: api("GET", namespace, absent=True) is None, PATIENCE):
        raise LabError(f"the namespace {NAMESPACE} was not gone within {PATIENCE} s")


def _end(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
