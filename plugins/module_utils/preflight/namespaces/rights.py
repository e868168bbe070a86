# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout does at the Kubernetes API, which its account must be allowed to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...cluster.session import ApiError, Cluster
from ...errors import PopsinkError
from ..site import Site
from .made_objects import INGRESS, made_objects

_RBAC = "rbac.authorization.k8s.io"
_FORBIDDEN = 403


class Right(NamedTuple):
    """One verb on one resource, as the API asks for it.

    :ivar resource: as in paths; of a part, with it: ``pods/log``.
    :ivar namespace: empty for the whole cluster.
    :ivar name: of the one object that it is about; empty for any.
    """

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """The resource, for people: as kubectl takes it."""
        resource, slash, part = self.resource.partition("/")
        full = f"{resource}.{self.group}" if self.group else resource
        where = "" if self.namespace else " (in the whole cluster)"
        return f"{full}{slash}{part}{f' {self.name}' if self.name else ''}{where}"

    def review(self) -> dict[str, Any]:
        """The question whether this account has it."""
        resource, _slash, part = self.resource.partition("/")
        asked = {"verb": self.verb, "group": self.group, "resource": resource, "subresource": part,
                 "namespace": self.namespace, "name": self.name}  # fmt: skip
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {name: value for name, value in asked.items() if value}},
        }


#: What the steps themselves do in the namespace, beside what concerns the objects that are made. Each row has what
#: does it: who changes that, changes this.
_STEPS = (
    # Helm keeps its records in Secrets: release/state.py reads them, Helm writes, updates and prunes them. The
    # deployment's own are read, made and completed by cluster/secrets.py.
    ("secrets", "", ("get", "list", "create", "update", "patch", "delete")),
    # What an earlier installation left: modules/popsink_kubernetes_secret_info.py.
    ("persistentvolumeclaims", "", ("list",)),
    # verification/observe.py, release/outlook.py, release/guards.py.
    ("deployments", "apps", ("get", "list")),
    ("statefulsets", "apps", ("get", "list")),
    # release/broker.py, verification/observe.py; with_causes() of verification/pods.py.
    ("pods", "", ("list",)),
    ("pods/log", "", ("get",)),
    # verification/login.py, verification/observe.py, upgrade/registry_audit.py.
    ("services/proxy", "", ("get", "create")),
)

#: verification/records.py; the API server asks for one or both, by its version.
_RECORDS = ("pods/portforward", "", ("get", "create"))

#: database/kora.py, by cluster/execution.py; likewise.
_REGISTRY_DATABASE = (("pods", "", ("get",)), ("pods/exec", "", ("get", "create")))

#: What Helm and the comparison with what is there do with every object of the release.
_OBJECTS = ("get", "list", "create", "patch", "delete")


def rights(site: Site) -> list[Right]:
    """What the rollout needs, each once.

    :raises PopsinkError: it is not known what the release consists of.
    """
    space = site.want.namespace
    steps = [
        *_STEPS,
        *([_RECORDS] if site.want.records else []),
        *(_REGISTRY_DATABASE if site.want.bundled_database else []),
    ]
    found = [Right(verb, resource, group, space) for resource, group, verbs in steps for verb in verbs]
    found.append(Right("get", "namespaces", "", space, space))
    if _is_missing(site):
        found.append(Right("create", "namespaces"))
    for version, kind in made_objects(site):
        found += _on(site.cluster, version, kind, space, _OBJECTS)
    if site.want.exposure is not None and site.want.exposure.mode == "route":
        # OpenShift asks for it before somebody may name a Route's host.
        found.append(Right("create", "routes/custom-host", "route.openshift.io", space))
    # Where none is made, it is looked whether there is one of ours to remove.
    found += _on(site.cluster, *INGRESS, space, ("get",))
    return list(dict.fromkeys(found))


def _is_missing(site: Site) -> bool:
    try:
        return site.namespace is None
    except ApiError as error:
        if error.status != _FORBIDDEN:
            raise
        # That it may not be asked for is among what is missing.
        return False


def _on(cluster: Cluster, version: str, kind: str, namespace: str, verbs: Iterable[str]) -> Iterator[Right]:
    path = cluster.path_of(version, kind, namespace=namespace)
    inside = "/namespaces/" in path
    for verb in verbs:
        yield Right(verb, path.rpartition("/")[2], version.rpartition("/")[0], namespace if inside else "")


class Grant(NamedTuple):
    """A Role that the release brings or binds: whoever makes it must have its rights, or a right to grant any.

    :ivar title: for people.
    :ivar any: the right to make it whatever it holds.
    :ivar rights: what it holds.
    :ivar unread: why that is not known, where it is not.
    """

    title: str
    any: Right
    rights: tuple[Right, ...]
    unread: str = ""


def grants(site: Site) -> list[Grant]:
    """What the release grants to its own accounts."""
    found = []
    brought = {
        (str(item["kind"]), str(item["metadata"]["name"])): item
        for item in site.objects
        if item["kind"] in ("Role", "ClusterRole")
    }
    for (kind, name), item in brought.items():
        space = site.want.namespace if kind == "Role" else ""
        one = Right("escalate", f"{kind.lower()}s", _RBAC, space, name)
        found.append(Grant(f"{kind} {name}", one, tuple(_held(item, space)), _beyond(item)))
    for item in site.objects:
        if item["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        reference = item.get("roleRef") or {}
        kind, name = str(reference.get("kind")), str(reference.get("name"))
        space = site.want.namespace if item["kind"] == "RoleBinding" else ""
        one = Right("bind", f"{kind.lower()}s", _RBAC, space, name)
        title = f"{item['kind']} {item['metadata']['name']}"
        own = brought.get((kind, name))
        role, unread = (own, "") if own is not None else _read(site, kind, name)
        found.append(Grant(title, one, tuple(_held(role, space)), unread or _beyond(role)))
    return found


def _read(site: Site, kind: str, name: str) -> tuple[Mapping[str, Any], str]:
    """A Role that is there, and why it cannot be read."""
    try:
        place = "" if kind == "ClusterRole" else f"/namespaces/{site.want.namespace}"
        role = site.find(f"/apis/{_RBAC}/v1{place}/{kind.lower()}s/{name}")
    except PopsinkError as error:
        return {}, str(error)
    return (role, "") if role else ({}, f"there is no {kind} {name}")


def _beyond(role: Mapping[str, Any]) -> str:
    """What of a Role is not asked for here."""
    return "it has nonResourceURLs" if any(rule.get("nonResourceURLs") for rule in role.get("rules") or ()) else ""


def _held(role: Mapping[str, Any], namespace: str) -> Iterator[Right]:
    for rule in role.get("rules") or ():
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for verb in rule.get("verbs") or ():
                    for name in rule.get("resourceNames") or ("",):
                        yield Right(str(verb), str(resource), str(group), namespace, str(name))
