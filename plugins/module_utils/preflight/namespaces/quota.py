# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ResourceQuotas: what they demand, and what the release adds to what they count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...tree import dig
from ...upgrade.transition import component_of
from ..pods.pod_requests import requests_of
from ..pods.workloads import Claim, Planned, Workload, makes_room
from ..site import Site
from .limit_range import limits_in, limits_of, requests_in, with_defaults
from .made_objects import SECRET, made_objects

Amounts = dict[str, Decimal]

#: Of these a quota demands that every container names them.
_DEMANDED = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "cpu", "memory")

#: What controllers make, some of it with every change: how much cannot be told beforehand.
INDIRECT = (
    "count/replicasets.apps",
    "count/controllerrevisions.apps",
    "count/endpoints",
    "count/endpointslices.discovery.k8s.io",
)

#: Resources that quotas name without ``requests.`` as well.
_SHORT_REQUESTS = ("cpu", "memory", "ephemeral-storage")

_CLASS = ".storageclass.storage.k8s.io/"

#: Helm keeps so many revisions, and removes the oldest before it writes another.
_HISTORY = 10

_ONE, _ZERO = Decimal(1), Decimal(0)


@dataclass(frozen=True)
class Added:
    """What a rollout adds, by the name that quotas have for it.

    :ivar lasting: what is there more afterwards.
    :ivar passing: what is needed beside that while a pod is replaced.
    """

    lasting: Amounts = field(default_factory=dict)
    passing: Amounts = field(default_factory=dict)


def hard_of(quota: Mapping[str, Any]) -> dict[str, Any]:
    """What a quota allows, by name."""
    return dict((quota.get("spec") or {}).get("hard") or {})


def is_scoped(quota: Mapping[str, Any]) -> bool:
    """Whether it counts only some of the pods."""
    spec = quota.get("spec") or {}
    return bool(spec.get("scopes") or spec.get("scopeSelector"))


def unnamed(quota: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[str]:
    """What a quota demands that containers of a pod do not name, as ``kora (limits.cpu)``."""
    demanded = set(hard_of(quota)) & set(_DEMANDED)
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        requests = requests_in(container)
        named = {*requests, *(f"requests.{name}" for name in requests)}
        named |= {f"limits.{name}" for name in limits_in(container)}
        if lacking := sorted(demanded - named):
            yield f"{container.get('name')} ({', '.join(lacking)})"


def added(site: Site, plan: Planned, ranges: Sequence[Mapping[str, Any]], names: Collection[str]) -> Added:
    """What the rollout adds. Only what quotas name is asked for.

    Pods of the release that run now make room for those that replace them, since controllers try again until they find
    it. Other objects do not: Helm makes new ones first, and is refused at once. So they
    count unless their name is there.

    :param names: those that the quotas have.
    """
    lasting: Amounts = {}
    passing: Amounts = {}
    if any(map(_is_of_pods, names)):
        running = [pod for pod in site.in_namespace("pods") if _goes(pod, site)]
        for workload in plan.workloads:
            one = charge(with_defaults(workload.spec, ranges))
            _add(lasting, one, workload.replicas or 0)
            if _surges(site.objects, workload) and any(component_of(pod) == workload.component for pod in running):
                passing = {name: max(one.get(name, _ZERO), passing.get(name, _ZERO)) for name in {**one, **passing}}
        for pod in running:
            _add(lasting, charge(pod.get("spec") or {}), -1)
    if any("storage" in name or "persistentvolumeclaims" in name for name in names):
        there = _names(site.in_namespace("persistentvolumeclaims"))
        for claim in plan.claims:
            _add(lasting, _claim_charge(claim), int(claim.name not in there))
    for one in _objects(site, names):
        _add(lasting, one)
    return Added(lasting, passing)


def charge(spec: Mapping[str, Any]) -> Amounts:
    """What quotas count of one pod."""
    found: Amounts = {"pods": _ONE, "count/pods": _ONE}
    for name, value in requests_of(spec).items():
        found[f"requests.{name}"] = value
        if name in _SHORT_REQUESTS:
            found[name] = value
    return {**found, **{f"limits.{name}": value for name, value in limits_of(spec).items()}}


def _is_of_pods(name: str) -> bool:
    return name in ("pods", "count/pods", *_SHORT_REQUESTS) or name.startswith(("requests.", "limits."))


def _add(total: Amounts, more: Mapping[str, Decimal], times: int = 1) -> None:
    for name, value in more.items():
        total[name] = total.get(name, _ZERO) + value * times


def _goes(pod: Mapping[str, Any], site: Site) -> bool:
    """Whether a pod counts now, and ends with the change."""
    counts = dig(pod, "status.phase") not in ("Succeeded", "Failed")
    return counts and makes_room(pod, site.want.namespace, site.want.release)


def _surges(objects: Iterable[Mapping[str, Any]], workload: Workload) -> bool:
    """Whether a new pod must fit beside the old ones before any of those ends."""
    for item in objects:
        if workload.kind == "Deployment" == item.get("kind") and item["metadata"]["name"] == workload.name:
            share = str(dig(item, "spec.strategy.rollingUpdate.maxUnavailable", "25%"))
            replicas = workload.replicas or 0
            away = replicas * int(share[:-1]) // 100 if share.endswith("%") else int(share)
            return bool(replicas) and not away and dig(item, "spec.strategy.type") != "Recreate"
    return False


def _claim_charge(claim: Claim) -> Amounts:
    found = {"persistentvolumeclaims": _ONE, "requests.storage": claim.size}
    if claim.storage_class:
        found |= {f"{claim.storage_class}{_CLASS}{name}": value for name, value in found.items()}
    return {**found, "count/persistentvolumeclaims": _ONE}


def _objects(site: Site, names: Collection[str]) -> Iterator[Amounts]:
    """What new objects add, and Helm's record of the revision."""
    for (version, kind), items in made_objects(site).items():
        path = site.cluster.path_of(version, kind, namespace=site.want.namespace)
        plural, group = path.rpartition("/")[2], version.rpartition("/")[0]
        keys = {f"count/{plural}{'.' if group else ''}{group}": _one, **_SHORT.get(kind, {})}
        if kind == "PersistentVolumeClaim" or not keys.keys() & set(names):
            continue
        there = _names(site.items(path))
        new = {str(item["metadata"]["name"]): item for item in items if item["metadata"]["name"] not in there}
        for item in new.values():
            yield {key: value(item) for key, value in keys.items()}
        records = [name for name in there if name.startswith(f"sh.helm.release.v1.{site.want.release}.v")]
        if (version, kind) == SECRET and len(records) < _HISTORY:
            yield dict.fromkeys(keys, _ONE)


def _names(items: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(item["metadata"]["name"]) for item in items}


def _one(_item: Mapping[str, Any]) -> Decimal:
    return _ONE


def _load_balancers(item: Mapping[str, Any]) -> Decimal:
    return Decimal(dig(item, "spec.type") == "LoadBalancer")


def _node_ports(item: Mapping[str, Any]) -> Decimal:
    kind, wanted = dig(item, "spec.type"), dig(item, "spec.allocateLoadBalancerNodePorts") is not False
    outside = kind == "NodePort" or (kind == "LoadBalancer" and wanted)
    return Decimal(len(dig(item, "spec.ports") or ()) if outside else 0)


#: Names beside ``count/…``, with how many of it an object is.
_SHORT: dict[str, dict[str, Callable[[Mapping[str, Any]], Decimal]]] = {
    "Secret": {"secrets": _one},
    "ConfigMap": {"configmaps": _one},
    "Service": {"services": _one, "services.loadbalancers": _load_balancers, "services.nodeports": _node_ports},
}
