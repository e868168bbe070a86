# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the NetworkPolicies that others have put into the namespace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...plan.labels import INSTANCE, MANAGED_BY, RELEASE
from ..check import Verdict, check, fails, passes, warns
from ..namespaces.connections import Connection, connections
from ..namespaces.network_policy import EGRESS, INGRESS, Policies, Reach
from ..site import Site

_GROUP = "networking.k8s.io/v1"


@check("namespace.network_policies", "NetworkPolicies that let the deployment's connections through", ahead=True)
def network_policies(site: Site) -> Verdict:
    """No policy of the namespace cuts off what the deployment lives by."""
    namespace = site.namespace
    if namespace is None:
        return passes("the namespace is not there yet, and has no NetworkPolicy")
    rendered = [item for item in site.objects if item["kind"] == "NetworkPolicy"]
    own = {item["metadata"]["name"] for item in rendered}
    others = [item for item in site.in_namespace("networkpolicies", group=_GROUP) if not _is_own(item, site, own)]
    if not others:
        return passes("the namespace has no NetworkPolicy but the release's own")
    labels = {"kubernetes.io/metadata.name": site.want.namespace, **(namespace["metadata"].get("labels") or {})}
    # All of them count together: what one lets through is let through. Only what others began is told.
    together, foreign = Policies([*others, *rendered], labels), Policies(others, labels)
    cut: dict[str, list[Connection]] = {}
    unclear: dict[str, list[Connection]] = {}
    for connection in connections(site):
        for names, reach in _barriers(connection, together, foreign):
            found = cut if reach == Reach.NO and connection.certain else unclear
            found.setdefault(names, []).append(connection)
    remedy = (
        "Add a NetworkPolicy that lets them through: what one allows is allowed, whatever others say. The release's "
        f"pods have the label {INSTANCE}={site.want.release}."
    )
    if cut:
        also = f" It may also cut off: {_told(unclear)}." if unclear else ""
        return fails(f"In namespace {site.want.namespace} it is cut off: {_told(cut)}.{also}", remedy)
    if unclear:
        return warns(f"In namespace {site.want.namespace} it may be cut off: {_told(unclear)}.", remedy)
    return passes(f"{', '.join(str(item['metadata']['name']) for item in others)}: everything is let through")


def _is_own(item: Mapping[str, Any], site: Site, rendered: set[str]) -> bool:
    """Whether the release has it, or had it: it then comes anew, or goes."""
    metadata = item["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    labelled = labels.get(INSTANCE) == site.want.release and labels.get(MANAGED_BY) == "Helm"
    return labelled or annotations.get(RELEASE) == site.want.release or metadata.get("name") in rendered


def _barriers(connection: Connection, together: Policies, foreign: Policies) -> Iterator[tuple[str, Reach]]:
    """Names of others' policies that do not let a connection through, or of which it cannot be told."""
    ends = ((connection.source, EGRESS, connection.target), (connection.target, INGRESS, connection.source))
    for pod, direction, other in ends:
        if pod.labels is None:
            continue
        selecting = foreign.selecting(pod.labels, direction)
        reach = together.reach(pod.labels, direction, other, connection.ports)
        if selecting and reach < (Reach.MAYBE if connection.lenient else Reach.YES):
            yield ", ".join(sorted(str(item["metadata"]["name"]) for item in selecting)), reach


def _told(found: Mapping[str, list[Connection]]) -> str:
    return "; ".join(f"by {names}: {', '.join(_lines(cut))}" for names, cut in found.items())


def _lines(cut: list[Connection]) -> Iterator[str]:
    """What is cut off, each target once."""
    sources: dict[str, list[str]] = {}
    for connection in cut:
        sources.setdefault(connection.end, []).append(connection.source.title)
    for end, titles in sources.items():
        yield f"{' and '.join(dict.fromkeys(titles))} to {end}"
