"""The connector worker: a pod that the data plane makes, replaces when it should be another, and owns."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from data_plane import tokens
from data_plane.settings import Settings
from data_plane.store import Connector
from standin import log
from standin.kubernetes import Kubernetes, Object

COMPONENT = "connector-worker"
#: Annotation with the digest of what the pod was made from.
MADE_FROM = "popsink.com/made-from"
ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class WorkerPod:
    settings: Settings
    cluster: Kubernetes
    connector: Connector

    @property
    def name(self) -> str:
        return f"{self.settings.release}-{COMPONENT}"[:63].rstrip("-")

    def ensure(self) -> None:
        """One step towards the pod that should be there. Raises KubernetesError."""
        found = self.cluster.get("pods", self.name)
        if found is None:
            self._create()
            return
        if found["metadata"].get("deletionTimestamp"):
            return
        outdated = found["metadata"].get("annotations", {}).get(MADE_FROM) != self._digest()
        if outdated or found.get("status", {}).get("phase") in ENDED:
            log.info(f"replacing the worker pod {self.name}")
            self.cluster.delete("pods", self.name)

    def _create(self) -> None:
        # Owned by the Deployment, so that an uninstall takes pod and Secret along.
        deployment = self.cluster.deployment(self.settings.kubernetes_deployment)
        owner = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": deployment["metadata"]["name"],
            "uid": deployment["metadata"]["uid"],
        }
        secret = self.secret(owner)
        if self.cluster.get("secrets", self.name) is None:
            self.cluster.create("secrets", secret)
        else:
            self.cluster.merge("secrets", self.name, secret)
        self.cluster.create("pods", self.pod(owner))
        log.info(f"started the worker pod {self.name}")

    def _metadata(self, owner: Object) -> Object:
        return {
            "name": self.name,
            "labels": {
                "app.kubernetes.io/name": "data-plane",
                "app.kubernetes.io/instance": self.settings.release,
                "app.kubernetes.io/component": COMPONENT,
            },
            "ownerReferences": [owner],
        }

    def _secret_values(self) -> dict[str, str]:
        return {
            "config": json.dumps(self.connector.config, sort_keys=True),
            "token": tokens.for_worker(self.settings.jwt_secret, self.connector.id),
            "registry-username": self.settings.registry_username,
            "registry-password": self.settings.registry_password,
            **dict(self._kafka_secrets().values()),
        }

    def _kafka_secrets(self) -> dict[str, tuple[str, str]]:
        """Variable to its key in the Secret, and its value."""
        kafka, prefix = self.settings.kafka, self.settings.kafka.PREFIX
        return {
            f"{prefix}{name.upper()}": (f"kafka-{name.replace('_', '-')}", getattr(kafka, name))
            for name in kafka.SECRET
        }

    def secret(self, owner: Object) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": self._metadata(owner),
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in self._secret_values().items()},
        }

    def _spec(self) -> Object:
        settings = self.settings
        plain = {
            "WORKER_ID": self.connector.id,
            "DATA_PLANE_URL": settings.data_plane_url,
            "TOPIC": settings.topic,
            **{name: value for name, value in settings.kafka.variables().items() if name not in self._kafka_secrets()},
            "SCHEMA_REGISTRY_URL": settings.registry_url,
            "REQUIRE_REGISTRY_LOGIN": str(settings.registry_login_required).lower(),
        }
        secret = {
            "WORKER_TOKEN": "token",
            "WORKER_CONFIG": "config",
            "SCHEMA_REGISTRY_USERNAME": "registry-username",
            "SCHEMA_REGISTRY_PASSWORD": "registry-password",
        }
        secret |= {name: key for name, (key, _value) in self._kafka_secrets().items()}
        from_secret = [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": self.name, "key": key}}}
            for name, key in secret.items()
        ]
        return {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 5,
            "imagePullSecrets": [{"name": name} for name in settings.worker_pull_secrets],
            "containers": [
                {
                    "name": COMPONENT,
                    "image": settings.worker_image,
                    "args": [COMPONENT],
                    "env": [{"name": name, "value": value} for name, value in plain.items()] + from_secret,
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 3},
                    "livenessProbe": {"httpGet": {"path": "/livez", "port": "http"}, "initialDelaySeconds": 5},
                    "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
                }
            ],
        }

    def _digest(self) -> str:
        made_from = json.dumps([self._spec(), self._secret_values()], sort_keys=True)
        return hashlib.sha256(made_from.encode()).hexdigest()[:16]

    def pod(self, owner: Object) -> Object:
        metadata = self._metadata(owner) | {"annotations": {MADE_FROM: self._digest()}}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": self._spec()}
