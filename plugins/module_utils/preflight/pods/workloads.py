# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What will run: the release's workloads with their pods and volume claims, read from its rendered objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from ...plan.labels import INSTANCE
from ...tree import dig
from ...upgrade.transition import component_of
from ..site import Site
from .amounts import amount
from .pod_requests import requests_of

#: Where a kind that runs pods keeps their template; a Pod is its own.
_TEMPLATES = {
    "Deployment": "spec.template",
    "StatefulSet": "spec.template",
    "DaemonSet": "spec.template",
    "ReplicaSet": "spec.template",
    "Job": "spec.template",
    "CronJob": "spec.jobTemplate.spec.template",
    "Pod": "",
}

#: Kinds whose pods end by themselves.
_ENDING = ("Job", "CronJob")

#: Components of all charts: their pods make room when the release changes. Connector workers are none of them: the data
#: plane makes them, and they go on. Source: docs/chart.md.
_COMPONENTS = ("data-plane", "tansu", "karapace", "kora", "kotatsu", "kafka-ui", "metrics-exporter", "postgresql")

#: Kinds that keep up a number of pods.
_CONTROLLERS = ("ReplicaSet", "StatefulSet", "DaemonSet")

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_CLAIM_NAME = "persistentVolumeClaim.claimName"
_PVC = "PersistentVolumeClaim"


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim that the release makes or has.

    :ivar name: of the claim itself, for instance ``data-popsink-postgresql-0``.
    :ivar owner: workload whose pods it is for; empty for a claim that stands by itself.
    :ivar size: in bytes.
    :ivar storage_class: None for the cluster's default class; empty for volumes without one.
    :ivar access_modes: for instance ``ReadWriteOnce``.
    """

    name: str
    owner: str
    size: Decimal
    storage_class: str | None
    access_modes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Workload:
    """An object that runs pods, all of one kind.

    :ivar component: as people and the chart call it, for instance ``data-plane``, ``tansu``, ``postgresql``.
    :ivar replicas: pods; None for one on each node.
    :ivar labels: of a pod.
    :ivar spec: of a pod, as rendered: the server's defaults are not in it.
    :ivar claims: that are made for its pods.
    """

    kind: str
    name: str
    namespace: str
    component: str
    replicas: int | None
    labels: Mapping[str, str] = field(repr=False)
    spec: Mapping[str, Any] = field(repr=False)
    claims: tuple[Claim, ...] = ()

    @property
    def lasting(self) -> bool:
        """Whether its pods stay, unlike those of a Job."""
        return self.kind not in _ENDING

    @cached_property
    def requests(self) -> dict[str, Decimal]:
        """What one pod asks for, by resource: CPUs, bytes.

        :raises PopsinkError: it holds something that is no quantity.
        """
        return requests_of(self.spec)

    @property
    def images(self) -> tuple[str, ...]:
        """Images of its containers, init containers first; each once."""
        found = (str(container.get("image") or "") for container in self.containers)
        return tuple(dict.fromkeys(image for image in found if image))

    @property
    def containers(self) -> tuple[Mapping[str, Any], ...]:
        """Its containers, init containers first."""
        return (*(self.spec.get("initContainers") or ()), *(self.spec.get("containers") or ()))

    @property
    def service_account(self) -> str:
        """Name of its ServiceAccount."""
        return str(self.spec.get("serviceAccountName") or self.spec.get("serviceAccount") or "default")

    @property
    def pull_secrets(self) -> tuple[str, ...]:
        """Names of the pull secrets that its pods name themselves."""
        return tuple(str(item.get("name") or "") for item in self.spec.get("imagePullSecrets") or ())

    @property
    def node_selector(self) -> Mapping[str, str]:
        """Labels that a node must have."""
        return self.spec.get("nodeSelector") or {}

    @property
    def node_affinity(self) -> list[Mapping[str, Any]] | None:
        """Terms of which a node must meet one; None for any node."""
        required = dig(self.spec, f"affinity.nodeAffinity.{_REQUIRED}")
        return None if required is None else list(required.get("nodeSelectorTerms") or ())

    @property
    def tolerations(self) -> list[Mapping[str, Any]]:
        """Taints that its pods bear."""
        return list(self.spec.get("tolerations") or ())

    @property
    def anti_affinity(self) -> list[Mapping[str, Any]]:
        """Terms: its pods may not be where pods that meet one of them are."""
        return anti_affinity_of(self.spec)

    @property
    def pod_affinity(self) -> list[Mapping[str, Any]]:
        """Terms: its pods must be where pods that meet them are."""
        return list(dig(self.spec, f"affinity.podAffinity.{_REQUIRED}") or ())

    @property
    def spread(self) -> list[Mapping[str, Any]]:
        """Constraints on how its pods are spread that must be kept."""
        constraints = self.spec.get("topologySpreadConstraints") or ()
        return [item for item in constraints if item.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"]

    @property
    def mounted_claims(self) -> tuple[str, ...]:
        """Names of claims that its pods mount and that are not made for each of them."""
        volumes = self.spec.get("volumes") or ()
        return tuple(str(dig(volume, _CLAIM_NAME)) for volume in volumes if dig(volume, _CLAIM_NAME))


@dataclass(frozen=True, eq=False)
class Planned:
    """What the release runs and keeps.

    :ivar claims: of all workloads, and those that stand by themselves.
    """

    workloads: tuple[Workload, ...]
    claims: tuple[Claim, ...]


def images_of_all(site: Site) -> list[str]:
    """Images of the release, those of init containers and Jobs among them, each once."""
    return list(dict.fromkeys(name for workload in planned(site).workloads for name in workload.images))


def planned(site: Site) -> Planned:
    """What will run at a site.

    :raises PopsinkError: it is not known, since Helm renders nothing.
    """
    return site.once("planned", lambda: planned_of(site.objects, site.want.namespace))


def planned_of(objects: Iterable[Mapping[str, Any]], namespace: str) -> Planned:
    """What some rendered objects run and keep.

    :param namespace: of objects that name none.
    """
    objects = list(objects)
    least = dict(_scaled(objects))
    workloads = tuple(_workload(item, namespace, least) for item in objects if item.get("kind") in _TEMPLATES)
    alone = [claim_of(item, item["metadata"]["name"], "") for item in objects if item.get("kind") == _PVC]
    return Planned(workloads, (*(claim for workload in workloads for claim in workload.claims), *alone))


def _scaled(objects: list[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], int]]:
    """Kind and name of what is scaled by the load, with the least number of pods."""
    for item in objects:
        if item.get("kind") == "HorizontalPodAutoscaler":
            target = dig(item, "spec.scaleTargetRef") or {}
            least = dig(item, "spec.minReplicas")
            yield (str(target.get("kind")), str(target.get("name"))), 1 if least is None else int(least)


def _workload(item: Mapping[str, Any], namespace: str, least: Mapping[tuple[str, str], int]) -> Workload:
    kind, name = str(item["kind"]), str(item["metadata"]["name"])
    template: Mapping[str, Any] = dig(item, _TEMPLATES[kind], {}) if _TEMPLATES[kind] else item
    replicas = least.get((kind, name), _replicas(item))
    return Workload(
        kind=kind,
        name=name,
        namespace=str(item["metadata"].get("namespace") or namespace),
        component=component_of(item),
        replicas=replicas,
        labels=dig(template, "metadata.labels") or {},
        spec=template.get("spec") or {},
        claims=tuple(_claims(item, name, replicas or 0)),
    )


def _replicas(item: Mapping[str, Any]) -> int | None:
    if item["kind"] == "DaemonSet":
        return None
    given = dig(item, "spec.parallelism" if item["kind"] == "Job" else "spec.replicas")
    return 1 if given is None else int(given)


def _claims(item: Mapping[str, Any], name: str, replicas: int) -> Iterator[Claim]:
    """Those that a StatefulSet makes, one of each template for each pod."""
    if item["kind"] != "StatefulSet":
        return
    first = int(dig(item, "spec.ordinals.start") or 0)
    for template in dig(item, "spec.volumeClaimTemplates") or ():
        for number in range(first, first + replicas):
            yield claim_of(template, f"{template['metadata']['name']}-{name}-{number}", name)


def claim_of(item: Mapping[str, Any], name: str, owner: str) -> Claim:
    """A PersistentVolumeClaim, or a template of one.

    :raises PopsinkError: its size is no quantity.
    """
    spec = item.get("spec") or {}
    storage_class = spec.get("storageClassName")
    return Claim(
        name=name,
        owner=owner,
        size=amount(dig(spec, "resources.requests.storage") or "0"),
        storage_class=None if storage_class is None else str(storage_class),
        access_modes=tuple(spec.get("accessModes") or ()),
    )


def anti_affinity_of(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Terms of a pod's required anti-affinity."""
    affinity = spec.get("affinity")
    return list(dig(affinity, f"podAntiAffinity.{_REQUIRED}") or ()) if affinity else []


def makes_room(pod: Mapping[str, Any], namespace: str, release: str) -> bool:
    """Whether a pod that runs now is one of the release's own, which goes when the release changes.

    A rolling update starts new pods before it ends old ones; that it needs this much more for a moment is not counted.
    """
    metadata = pod["metadata"]
    labels = metadata.get("labels") or {}
    if metadata.get("namespace") != namespace or labels.get(INSTANCE) != release:
        return False
    owners = metadata.get("ownerReferences") or ()
    controlled = any(owner.get("controller") and owner.get("kind") in _CONTROLLERS for owner in owners)
    return controlled and component_of(pod) in _COMPONENTS
