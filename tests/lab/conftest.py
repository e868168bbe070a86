"""The running lab, for tests of the lab itself: LAB=name takes another one beside the default."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab import lab as labs
from tests.lab.lab import Lab
from tests.lab.process import holders


@dataclass(frozen=True)
class Kubectl:
    """kubectl in one namespace of the lab."""

    lab: Lab
    namespace: str

    def __call__(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        done = subprocess.run(self.argv(*arguments), input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def argv(self, *arguments: str) -> list[str]:
        options = [f"--kubeconfig={self.lab.kubeconfig}", f"--namespace={self.namespace}"]
        return [str(self.lab.bin / "kubectl"), *options, *arguments]

    def apply(self, *objects: dict[str, Any]) -> None:
        self("apply", "-f", "-", stdin="\n---\n".join(json.dumps(one) for one in objects))

    def get(self, *what: str) -> Any:
        return json.loads(self("get", *what, "--output=json"))


@pytest.fixture(scope="session")
def lab() -> Lab:
    found = labs.find(os.environ.get("LAB", ""))
    running = holders(found) if found else None
    assert found, "start the lab first: python -m tests.lab up"
    assert running, "start the lab first: python -m tests.lab up"
    return found


@pytest.fixture(scope="module")
def kubectl(lab: Lab) -> Iterator[Kubectl]:
    """In a namespace of its own, with the right pull secret."""
    inside = Kubectl(lab, f"lab-test-{uuid.uuid4().hex[:8]}")
    inside("create", "namespace", inside.namespace)
    try:
        yield inside
    finally:
        inside("delete", "namespace", inside.namespace, "--wait=false")
