"""Packaged charts, rendered by Helm itself, and the manifest taken apart."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RELEASE = "popsink"

Object = dict[str, Any]


class RenderError(Exception):
    """What Helm said instead of a manifest."""


@dataclass(frozen=True)
class Manifest:
    objects: tuple[Object, ...]

    def names(self, kind: str) -> set[str]:
        return {found["metadata"]["name"] for found in self.objects if found["kind"] == kind}

    def get(self, kind: str, name: str) -> Object:
        (found,) = [one for one in self.objects if one["kind"] == kind and one["metadata"]["name"] == name]
        return found

    def workloads(self) -> list[Object]:
        return [one for one in self.objects if one["kind"] in ("Deployment", "StatefulSet")]

    def container(self, workload: str) -> Object:
        (found,) = [one for one in self.workloads() if one["metadata"]["name"] == workload]
        container: Object = found["spec"]["template"]["spec"]["containers"][0]
        return container

    def environment(self, workload: str) -> dict[str, str]:
        """Name to value; a value from a Secret is read as SECRET/KEY."""
        found = {}
        for entry in self.container(workload).get("env", []):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            found[entry["name"]] = f"{reference['name']}/{reference['key']}" if reference else entry.get("value", "")
        return found

    def secret(self, name: str) -> dict[str, str]:
        data = self.get("Secret", name).get("data", {})
        return {key: base64.b64decode(value).decode() for key, value in data.items()}


def find() -> str | None:
    """Helm's path: the variable HELM, PATH, or the default lab's."""
    lab = Path(__file__).parents[3] / ".lab/bin/helm"
    return os.environ.get("HELM") or shutil.which("helm") or (str(lab) if lab.exists() else None)


def template(chart: Path, values: Object, home: Path) -> Manifest:
    file = home / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    done = subprocess.run(
        [find() or "helm", "template", RELEASE, str(chart), "-n", "data-plane", "-f", str(file)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        check=False,
    )
    if done.returncode:
        raise RenderError(done.stderr)
    return Manifest(tuple(found for found in yaml.safe_load_all(done.stdout) if found))
