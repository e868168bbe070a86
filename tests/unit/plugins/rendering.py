"""What Helm makes of a plan, and what stands in the pods that come out of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import yaml
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan, with_literals
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE

Objects = list[dict[str, Any]]

#: Stands for each secret that a chart takes as a value.
LITERALS = {name: f"value-of-{name}" for name in CATALOGUE}


def render(
    helm: str, archive: str, values: dict[str, Any], release: str = "popsink", namespace: str = "popsink"
) -> str:
    """The manifest; Helm's error ends the test."""
    run = subprocess.run(
        [helm, "template", release, archive, "--namespace", namespace, "--values", "-"],
        input=json.dumps(with_literals(values, LITERALS)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def objects_of(manifest: str) -> Objects:
    """The objects of a manifest."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [item for item in yaml.load_all(manifest, loader) if item]


def pods(objects: Objects) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name of the workload, and what its pods are."""
    for item in objects:
        template = item.get("spec", {}).get("template")
        if template:
            yield item["metadata"]["name"], template["spec"]


def environment(objects: Objects, workload: str) -> dict[str, Any]:
    """Environment of a workload's containers: text, or (Secret, key) where it comes from one that is not rendered."""
    found: dict[str, Any] = {}
    rendered = {item["metadata"]["name"]: item for item in objects if item["kind"] == "Secret"}
    for name, spec in pods(objects):
        if name != workload:
            continue
        for container in spec["containers"]:
            for source in container.get("envFrom", ()):
                found |= rendered.get((source.get("secretRef") or {}).get("name"), {}).get("stringData", {})
            for entry in container.get("env", ()):
                ref = (entry.get("valueFrom") or {}).get("secretKeyRef")
                found[entry["name"]] = (ref["name"], ref["key"]) if ref else entry.get("value")
    return found


def references(objects: Objects) -> Iterator[tuple[str, str, str]]:
    """Workload, Secret and key of each value that a pod takes from a Secret; no key where it takes all."""
    for workload, spec in pods(objects):
        for container in [*spec.get("initContainers", ()), *spec["containers"]]:
            for entry in container.get("env", ()):
                if ref := (entry.get("valueFrom") or {}).get("secretKeyRef"):
                    yield workload, ref["name"], ref["key"]
            for entry in container.get("envFrom", ()):
                if ref := entry.get("secretRef"):
                    yield workload, ref["name"], ""
        for volume in spec.get("volumes", ()):
            if secret := volume.get("secret"):
                yield workload, secret["secretName"], ""


def provided(plan: Plan, objects: Objects) -> dict[str, set[str]]:
    """Secret to its keys: those that the plan makes, and those that the chart renders."""
    secrets = {secret.name: set(secret.data) for secret in plan.secrets}
    for item in objects:
        if item["kind"] == "Secret":
            secrets[item["metadata"]["name"]] = {*item.get("data", {}), *item.get("stringData", {})}
    return secrets
