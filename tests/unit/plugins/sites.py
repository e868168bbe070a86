"""Surroundings of a deployment for the checks: a cluster in memory, and what else is asked, given."""

from __future__ import annotations

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Requirements, Store
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site
from ansible_collections.popsink.data_plane.plugins.module_utils.release.outlook import Outlook

from .fakes import FakeCluster

#: The inputs' defaults.
REQUIRED = {
    "kubernetes": "1.23",
    "helm": "3.8.0",
    "nodes": 2,
    "node_cpu": "4",
    "node_memory": "16G",
    "storage": "200Gi",
    "certificate_days": 14,
    "clock_skew": 30,
    "database_connections": 10,
}


def requirements(**changes: Any) -> Requirements:
    """What an ordinary deployment needs; thresholds can be changed by their names as well."""
    required = {**REQUIRED, **{name: changes.pop(name) for name in REQUIRED if name in changes}}
    whole: dict[str, Any] = {
        "helm": "helm",
        "required": required,
        "release": "popsink",
        "namespace": "popsink",
        "deployment": "00000000-0000-4000-8000-000000000001",
        "public_url": "https://popsink.example",
        "storage_class": "",
        "secrets": [],
        "store": Store("records", "eu-west-1", "", "kafka/"),
        **changes,
    }
    return Requirements(**whole)


def site(
    cluster: FakeCluster | None = None,
    *,
    known: dict[str, str] | None = None,
    objects: list[dict[str, Any]] | None = None,
    as_planned: bool = False,
    **want: Any,
) -> Site:
    """A deployment's surroundings.

    :param known: values that the controller has.
    :param objects: what the release consists of.
    :param want: changes of :func:`requirements`.
    """
    made = Site(requirements(**want), cluster or FakeCluster(), known or {}, {}, seconds=10.0)
    outlook = Outlook((), objects=objects or [], as_planned=as_planned)
    made.once("outlook", lambda: outlook)
    return made


def listed(cluster: FakeCluster, path: str, *items: dict[str, Any]) -> None:
    """Let a list of the cluster have these objects."""
    cluster.answers["GET", path] = {"items": list(items)}
