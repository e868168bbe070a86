"""The Kubernetes API, as a pod's service account sees it."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

Object = dict[str, Any]


class KubernetesError(Exception):
    """status is None where the API was not reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Kubernetes:
    url: str
    namespace: str
    account: Path = ACCOUNT

    @classmethod
    def in_cluster(cls, namespace: str) -> Kubernetes:
        host = os.environ.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
        port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        return cls(f"https://{host}:{port}", namespace)

    def deployment(self, name: str) -> Object:
        return self._call("GET", f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}")

    def pods(self) -> Object:
        return self._call("GET", f"/api/v1/namespaces/{self.namespace}/pods?limit=1")

    def get(self, kind: str, name: str) -> Object | None:
        try:
            return self._call("GET", self._core(kind, name))
        except KubernetesError as problem:
            if problem.status == 404:
                return None
            raise

    def create(self, kind: str, body: Object) -> Object:
        return self._call("POST", self._core(kind), body)

    def merge(self, kind: str, name: str, body: Object) -> Object:
        return self._call("PATCH", self._core(kind, name), body, "application/merge-patch+json")

    def delete(self, kind: str, name: str) -> None:
        try:
            self._call("DELETE", self._core(kind, name))
        except KubernetesError as problem:
            if problem.status != 404:
                raise

    def _core(self, kind: str, name: str = "") -> str:
        return f"/api/v1/namespaces/{self.namespace}/{kind}" + (f"/{name}" if name else "")

    def _call(self, method: str, path: str, body: Object | None = None, media: str = "application/json") -> Object:
        try:
            # Read each time: the kubelet renews the token.
            token = (self.account / "token").read_text().strip()
            context = ssl.create_default_context(cafile=str(self.account / "ca.crt"))
            request = urllib.request.Request(
                self.url + path,
                data=None if body is None else json.dumps(body).encode(),
                method=method,
                headers={"Authorization": f"Bearer {token}", "Content-Type": media},
            )
            with urllib.request.urlopen(request, timeout=10, context=context) as answer:
                found: Object = json.loads(answer.read())
                return found
        except urllib.error.HTTPError as problem:
            raise KubernetesError(f"Kubernetes: {method} {path}: {problem.code}", problem.code) from problem
        except (OSError, ValueError) as problem:
            raise KubernetesError(f"Kubernetes: {method} {path}: {problem}") from problem
