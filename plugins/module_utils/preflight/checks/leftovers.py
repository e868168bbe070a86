# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what an earlier installation, or another one, left in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ...cluster.session import together
from ...cluster.volumes import volumes_of
from ...plan.labels import INSTANCE, MANAGED_BY, MANAGER, labels_of
from ...plan.storage import engine_url
from ...secrets.catalogue import BOUND_TO_DATA, variables_of
from ...upgrade.transition import workloads
from ...urls import is_aws, one_endpoint, web_url
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..requirements import Store
from ..site import Site

_HELM = "meta.helm.sh/release-"

#: What a container is told openly, by name.
Environment = Mapping[str, str]

#: Whether a container is told what this deployment's own are. In its place None, where those are not told openly.
Told = Callable[[Environment], bool]


@check("leftovers.release", "no release of that name that is half done")
def release(site: Site) -> Verdict:
    """The release is not there, or whole; otherwise what the next run does about it."""
    found = site.release
    if found is None:
        return passes("no release of that name is there")
    said = f"Revision {found.revision} of release {site.want.release} is {found.status}"
    if found.status == "deployed":
        return passes(f"revision {found.revision} of the release is deployed")
    if found.status == "uninstalling":
        return fails(
            f"{said}: it is being uninstalled, or Helm was ended while it did so.",
            f"Let it end: helm --namespace {site.want.namespace} uninstall {site.want.release}",
        )
    if found.pending:
        age = found.age(datetime.now(timezone.utc))
        return warns(
            f"{said} since {age:.0f} seconds: another Helm is at it, or was ended in the middle.",
            "See who is at it. The next run leaves it alone until it is popsink_pending_after seconds old; then it "
            "takes it over.",
        )
    return warns(f"{said}.", "The next run brings it to the plan; look at its pods to see why it came to that.")


@check("leftovers.volume", "no volume of an earlier installation whose secrets are lost", ahead=True)
def volume(site: Site) -> Verdict:
    """What an earlier installation wrote can still be opened."""
    if site.want.storage_class is None:
        return passes("no volume is asked for (popsink_database_mode)")
    there = volumes_of(site.in_namespace("persistentvolumeclaims"), site.want.release)
    if not there:
        return passes("no volume of an earlier installation is there")
    volumes = f"volume{'s' * (len(there) != 1)} {', '.join(there)}"
    lost = [name for name in BOUND_TO_DATA if not _known(site, name)]
    if not lost:
        return passes(f"{volumes}: the secrets that open what is there are known")
    return fails(
        f"{variables_of(lost)} are known neither here nor in the cluster, and the {volumes} of an earlier installation "
        "is there: new ones would not open what it holds.",
        "Bring them back from a backup (playbooks/restore.yml), or popsink_secrets_file from version control. If the "
        f"data is to be given up: kubectl --namespace {site.want.namespace} delete pvc {' '.join(there)}",
    )


@check("leftovers.secrets", "no objects of others under the names that the deployment takes", ahead=True)
def secrets(site: Site) -> Verdict:
    """Helm takes over no object that it did not make, and the secrets role completes no Secret of others."""
    others = [f"Secret {name}" for name in _others_secrets(site)]
    if site.release is None:
        others += _not_adopted(site)
    if not others:
        return passes("nothing of others stands under a name that the deployment takes")
    return fails(
        f"In the way, and not made by this release: {', '.join(others)}.",
        "Delete what nobody needs; for the rest choose another popsink_namespace or popsink_release.",
    )


@check("leftovers.twin", "no other deployment in the cluster with the same id, store or database", ahead=True)
def twin(site: Site) -> Verdict:
    """No pod of another release is told what only this deployment's pods may be told.

    What the chart calls its variables is read from its own objects as rendered. That takes the list of pods, which
    other checks read as well, and no right to read the Secrets of the whole cluster, where Helm keeps its releases.
    """
    own = [told for item in workloads(site.objects) for told in environments(item["spec"]["template"].get("spec"))]
    marks = marks_of(site, own)
    if not marks:
        return passes("nothing of this deployment could be another's as well")
    found: dict[str, dict[str, None]] = {}
    for pod in site.pods:
        if pod["metadata"].get("namespace") == site.want.namespace and labels_of(pod).get(INSTANCE) in (
            None,
            site.want.release,
        ):
            continue
        told = list(environments(pod.get("spec")))
        for what, is_told in marks.items():
            if is_told and any(map(is_told, told)):
                found.setdefault(_owner(pod), {})[what] = None
    if found:
        others = "; ".join(f"{owner} ({', '.join(whats)})" for owner, whats in sorted(found.items()))
        return fails(
            f"Another deployment in this cluster has what must be this one's alone: {others}.",
            "Uninstall the other, or give this one its own: popsink_onboarding_file, popsink_bucket with "
            "popsink_bucket_prefix, popsink_database_name.",
        )
    if untold := [what for what, is_told in marks.items() if is_told is None]:
        return unchecked(f"The chart does not tell its pods openly, so it was not compared: {', '.join(untold)}.")
    return passes(f"no pod of another release has the same {', '.join(marks)}")


def marks_of(site: Site, own: list[Environment]) -> dict[str, Told | None]:
    """What tells this deployment from others, by what it is.

    :param own: what its own containers are told.
    """
    want = site.want
    marks: dict[str, Told | None] = {}
    if want.deployment:
        marks["deployment id"] = _alike(own, want.deployment)
    # A name without a dot is a Service of the namespace, and each namespace has its own.
    if want.store and _is_global(want.store):
        marks["bucket and prefix"] = _same_store(own, want.store)
    for database in want.databases:
        if "." in database.host or ":" in database.host:
            marks[f"database {database.name}"] = _alike(own, database.host, database.name)
    return marks


def environments(spec: Mapping[str, Any] | None) -> Iterator[Environment]:
    """What the containers of a pod are told openly."""
    for kind in ("containers", "initContainers"):
        for container in (spec or {}).get(kind) or ():
            variables = container.get("env") or ()
            yield {item["name"]: str(item["value"]) for item in variables if item.get("value") is not None}


def _alike(own: list[Environment], *values: str) -> Told | None:
    """Told all of some values by the names under which one of its own containers is told them."""
    for environment in own:
        if set(values) <= set(environment.values()):
            mark = {name: value for name, value in environment.items() if value in values}
            return lambda other: all(other.get(name) == value for name, value in mark.items())
    return None


def _same_store(own: list[Environment], store: Store) -> Told | None:
    """Told the same engine at the same endpoint: a bucket of one name may be there in another store as well."""
    engine = engine_url(store.name, store.prefix).rstrip("/")
    for environment in own:
        names = [name for name, value in environment.items() if value.rstrip("/") == engine]
        urls = _urls(environment)
        if names and (is_aws(store.endpoint) or one_endpoint(store.endpoint) in urls):
            return lambda other: (
                any(other.get(name, "").rstrip("/") == engine for name in names)
                and (urls <= _urls(other) if urls else not _urls(other))
            )
    return None


def _urls(environment: Environment) -> set[str]:
    """What may be the endpoint of a store, other than AWS's."""
    return {one_endpoint(value) for value in environment.values() if web_url(value) and not is_aws(value)}


def _is_global(store: Store) -> bool:
    url = web_url(store.endpoint)
    return not store.endpoint or (url is not None and ("." in url.host or ":" in url.host))


def _owner(pod: Mapping[str, Any]) -> str:
    instance = labels_of(pod).get(INSTANCE) or pod["metadata"]["name"]
    return f"{pod['metadata'].get('namespace')}/{instance}"


def _known(site: Site, name: str) -> bool:
    """Whether a secret that this collection makes has a value, here or in the cluster."""
    places = [
        (spec.name, key)
        for spec in site.want.secrets
        for key, secret in spec.data.items()
        if secret == name and not spec.variable
    ]
    return not places or bool(site.secret(name)) or any(_data(site, secret).get(key) for secret, key in places)


def _data(site: Site, secret: str) -> dict[str, Any]:
    return (site.find(f"/api/v1/namespaces/{site.want.namespace}/secrets/{secret}") or {}).get("data") or {}


def _others_secrets(site: Site) -> Iterator[str]:
    """Secrets under names of ours that lack something, and that are not ours to complete."""
    for spec in site.want.secrets:
        there = None if spec.variable else site.find(f"/api/v1/namespaces/{site.want.namespace}/secrets/{spec.name}")
        lacking = [key for key in spec.data if key not in ((there or {}).get("data") or {})]
        if there and lacking and labels_of(there).get(MANAGED_BY) != MANAGER:
            yield f"{spec.name} (without {', '.join(lacking)})"


def _not_adopted(site: Site) -> list[str]:
    """Objects that are there, and that Helm refuses to take over: they do not say that they are of this release."""
    namespace = site.want.namespace
    paths = {
        site.cluster.path_of(
            item["apiVersion"],
            item["kind"],
            namespace=item["metadata"].get("namespace") or namespace,
            name=item["metadata"]["name"],
        ): f"{item['kind']} {item['metadata']['name']}"
        for item in site.objects
    }
    if site.namespace is None:
        paths = {path: title for path, title in paths.items() if "/namespaces/" not in path}
    there = together(*(partial(site.find, path) for path in paths))
    return [
        title
        for title, item in zip(paths.values(), there, strict=True)
        if item is not None and not _is_of_release(item, site.want.release, namespace)
    ]


def _is_of_release(item: Mapping[str, Any], release: str, namespace: str) -> bool:
    annotations = item["metadata"].get("annotations") or {}
    said = (annotations.get(f"{_HELM}name"), annotations.get(f"{_HELM}namespace"))
    return labels_of(item).get(MANAGED_BY) == "Helm" and said == (release, namespace)
