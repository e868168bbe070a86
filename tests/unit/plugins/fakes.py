"""Stand-ins for what the plugins talk to: a cluster in memory, and a Helm that keeps its releases in it."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.state import find_release
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import merged

#: Kind, name in paths, and whether its objects stand in namespaces.
KINDS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "/api/v1": (
        ("Namespace", "namespaces", False),
        ("Secret", "secrets", True),
        ("Service", "services", True),
        ("ConfigMap", "configmaps", True),
        ("Pod", "pods", True),
        ("PersistentVolumeClaim", "persistentvolumeclaims", True),
    ),
    "/apis/apps/v1": (
        ("Deployment", "deployments", True),
        ("StatefulSet", "statefulsets", True),
        ("ReplicaSet", "replicasets", True),
    ),
    "/apis/networking.k8s.io/v1": (("Ingress", "ingresses", True), ("IngressClass", "ingressclasses", False)),
    "/apis/autoscaling/v2": (("HorizontalPodAutoscaler", "horizontalpodautoscalers", True),),
    "/apis/batch/v1": (("Job", "jobs", True),),
    "/apis/rbac.authorization.k8s.io/v1": (("ClusterRole", "clusterroles", False),),
}
#: Version and kind by name in paths.
TYPES = {
    name: {"apiVersion": root.removeprefix("/apis/").removeprefix("/api/"), "kind": kind}
    for root, rows in KINDS.items()
    for kind, name, _inside in rows
}
WRITES = ("POST", "PATCH", "PUT", "DELETE")


class FakeCluster(Cluster):
    """The API in memory: everything above :meth:`request` is the real code.

    :ivar objects: by path.
    :ivar answers: what a method and path answers instead: a value, or an error to raise.
    :ivar requests: method, path and body of each request, in order.
    """

    def __init__(self) -> None:
        super().__init__(None)
        self.objects: dict[str, dict[str, Any]] = {}
        self.answers: dict[tuple[str, str], Any] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self._applied: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return "https://cluster.example"

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Method and path of the requests that change something."""
        return [(method, path) for method, path, _body in self.requests if method in WRITES]

    def put(self, path: str, **content: Any) -> dict[str, Any]:
        """Let an object be there."""
        metadata = {"name": path.rpartition("/")[2], "resourceVersion": "1", **content.pop("metadata", {})}
        self.objects[path] = {"metadata": metadata, **content}
        return self.objects[path]

    def namespace(self, name: str) -> None:
        """Let a namespace be there."""
        self.put(f"/api/v1/namespaces/{name}")

    def secret(self, name: str, values: Mapping[str, str], labels: Mapping[str, str] | None = None) -> None:
        """Let a Secret be there, in namespace ``popsink``."""
        self.namespace("popsink")
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        self.put(secret_path(name), data=data, type="Opaque", metadata={"labels": dict(labels or {})})

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        timeout: float | None = None,
    ) -> Any:
        with self._lock:
            dry_run = bool((query or {}).get("dryRun"))
            self.requests.append(("DRY" if dry_run else method, path, copy.deepcopy(body if form is None else form)))
            if (method, path) in self.answers:
                answer = self.answers[method, path]
                if isinstance(answer, Exception):
                    raise answer
                answer = copy.deepcopy(answer(body if form is None else form) if callable(answer) else answer)
            elif method == "PATCH":
                answer = copy.deepcopy(self._patch(path, body, dry_run, "apply-patch" in content_type))
            else:
                answer = copy.deepcopy(self._answer(method, path, query or {}, body))
            return {**_type_of(path), **answer} if method == "PATCH" else answer

    def _answer(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> Any:
        if method == "GET":
            return self._get(path, str(query.get("labelSelector") or ""))
        if method == "POST":
            self._require_namespace(path)
            here = f"{path}/{body['metadata']['name']}"
            if here in self.objects:
                raise ApiError(409, f"{here} already exists")
            self.objects[here] = copy.deepcopy(dict(body))
            self.objects[here]["metadata"] = {"resourceVersion": "1", "uid": f"uid-of-{here}", **body["metadata"]}
            return self.objects[here]
        if path not in self.objects:
            raise ApiError(404, f"{path} not found")
        self._applied.pop(path, None)
        return self.objects.pop(path)

    def _patch(self, path: str, body: Any, dry_run: bool, apply: bool) -> Any:
        self._require_namespace(path)
        before = self.objects.get(path, {"metadata": {"resourceVersion": "1"}})
        if apply:
            before = _released(before, self._applied.get(path, {}), body)
        after = merged(before, body)
        if not apply:
            after = _without_nulls(after)
        if not dry_run:
            self.objects[path] = copy.deepcopy(after)
            if apply:
                self._applied[path] = copy.deepcopy(dict(body))
        return after

    def _get(self, path: str, selector: str) -> Any:
        if path in self.objects:
            return self.objects[path]
        if path in KINDS:
            rows = KINDS[path]
            return {"resources": [{"kind": kind, "name": name, "namespaced": inside} for kind, name, inside in rows]}
        if path.rpartition("/")[2] in {name for rows in KINDS.values() for _kind, name, _inside in rows}:
            listed = [item for here, item in self.objects.items() if _is_listed(here, item, path, selector)]
            # Unlike an object that is given alone, one in a list does not say what it is.
            return {
                "items": [{name: item[name] for name in item if name not in ("apiVersion", "kind")} for item in listed]
            }
        raise ApiError(404, f"{path} not found")

    def _require_namespace(self, path: str) -> None:
        parts = path.split("/")
        if "namespaces" in parts[:-1]:
            name = parts[parts.index("namespaces") + 1]
            if f"/api/v1/namespaces/{name}" not in self.objects:
                raise ApiError(404, f'namespaces "{name}" not found')


def _released(live: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the fields that were applied before and are so no longer."""
    kept: dict[str, Any] = {}
    for name, value in live.items():
        if isinstance(value, Mapping) and isinstance(before.get(name), Mapping):
            below = _released(value, before[name], now.get(name) or {})
            if below or name in now:
                kept[name] = below
        elif name in now or name not in before:
            kept[name] = value
    return kept


def _without_nulls(item: Any) -> Any:
    """An object as a merge patch leaves it: what is null there is removed."""
    if not isinstance(item, Mapping):
        return item
    return {name: _without_nulls(value) for name, value in item.items() if value is not None}


def _type_of(path: str) -> dict[str, str]:
    return TYPES.get(path.split("/")[-2], {})


def _is_listed(here: str, item: Mapping[str, Any], path: str, selector: str) -> bool:
    labels = item["metadata"].get("labels") or {}
    wanted = dict(pair.split("=") for pair in selector.split(",") if pair)
    return here.rpartition("/")[0] == path and all(labels.get(name) == value for name, value in wanted.items())


def secret_path(name: str) -> str:
    """Path of a Secret in namespace ``popsink``."""
    return f"/api/v1/namespaces/popsink/secrets/{name}"


def helm_record(
    revision: int = 1,
    *,
    name: str = "popsink",
    status: str = "deployed",
    chart: str = "0.1.0-alpha.205",
    values: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    manifest: str = "",
    deployed: str = "2026-10-09T12:00:00.123456789Z",
) -> dict[str, Any]:
    """The Secret in which Helm keeps a revision: JSON in gzip in base64, in the API's own base64."""
    content = {
        "name": name,
        "version": revision,
        "info": {"status": status, "last_deployed": deployed},
        "chart": {"metadata": {"version": chart}, "values": dict(defaults or {})},
        "manifest": manifest,
        **({} if values is None else {"config": dict(values)}),
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{revision}",
            "labels": {"owner": "helm", "name": name, "version": str(revision), "status": status},
        },
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(packed).decode()},
    }


def put_release(cluster: FakeCluster, revision: int = 1, **content: Any) -> None:
    """Let a revision of a release be there."""
    cluster.namespace("popsink")
    record = helm_record(revision, **content)
    cluster.put(secret_path(record["metadata"]["name"]), **record)


class FakeHelm:
    """Helm as far as the release step uses it. Like the real one it refuses while a revision is pending.

    :cvar manifest: what each revision has.
    :ivar calls: the values of each upgrade.
    :ivar rendered: the values of each rendering.
    """

    manifest = ""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.calls: list[Mapping[str, Any]] = []
        self.rendered: list[Mapping[str, Any]] = []

    def render(self, name: str, namespace: str, archive: Path, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.rendered.append(values)
        return [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"{name}-rendered"}, "spec": {}}]

    def upgrade(self, name: str, namespace: str, archive: Path, values: Mapping[str, Any]) -> None:
        current = find_release(self._cluster, namespace, name)
        if current is not None and current.pending:
            raise PopsinkError("another operation (install/upgrade/rollback) is in progress")
        self.calls.append(values)
        put_release(self._cluster, (current.revision if current else 0) + 1, name=name, values=values,
                    manifest=self.manifest)  # fmt: skip


def as_manifest(*objects: Mapping[str, Any]) -> str:
    """Objects as Helm keeps them in a release."""
    return "".join(f"---\n{yaml.safe_dump(dict(item))}" for item in objects)
