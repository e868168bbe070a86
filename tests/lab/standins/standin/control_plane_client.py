"""The three channels that the deployment token opens at the control plane."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any


class ControlPlaneError(Exception):
    """No success. status is None where nothing answered."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class ControlPlane:
    url: str
    deployment: str
    token: str = field(repr=False)
    seconds: float = 10

    def heartbeat(self, body: dict[str, Any]) -> None:
        self._call("POST", "heartbeat", body)

    def worker_metrics(self, body: dict[str, Any]) -> None:
        self._call("POST", "worker-metrics", body)

    def config(self) -> None:
        self._call("GET", "config")

    def _call(self, method: str, channel: str, body: dict[str, Any] | None = None) -> None:
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/deployment/{self.deployment}/{channel}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.seconds) as answer:
                answer.read()
        except urllib.error.HTTPError as problem:
            raise ControlPlaneError(f"control plane: {channel} answered {problem.code}", problem.code) from problem
        except (OSError, ValueError, http.client.HTTPException) as problem:
            raise ControlPlaneError(f"control plane: {channel}: not reached: {problem}") from problem
