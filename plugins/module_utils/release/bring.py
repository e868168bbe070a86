# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing a release to the plan: only where it is not there already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from ..chart.sensitive import masked
from ..cluster.namespace import ensure_namespace
from ..cluster.secrets import read_secrets
from ..cluster.session import ApiError, Cluster, together
from ..errors import PopsinkError
from ..plan.model import with_literals
from ..step import StepContext
from ..tree import changed_paths
from ..yaml import dump_yaml
from .drift import Drift, drifted_objects
from .guards import guard
from .helm import Helm
from .state import Release, find_release

_FORBIDDEN = 403


@dataclass(frozen=True)
class Wanted:
    """What the release is to be.

    :ivar chart_version: version of the chart.
    :ivar archive: the chart's archive on this host.
    :ivar values: chart values with placeholders for secrets.
    :ivar literals: values of those secrets.
    :ivar pending_after: seconds after which a pending revision counts as abandoned.
    :ivar requires: Secrets that the values name, with the keys that they must have.
    """

    name: str
    namespace: str
    chart_version: str
    archive: Path
    values: dict[str, Any]
    literals: dict[str, str]
    pending_after: float
    requires: dict[str, list[str]] = field(default_factory=dict)


def bring(cluster: Cluster, helm: Helm, wanted: Wanted, context: StepContext) -> dict[str, Any]:
    """Install, upgrade or mend the release; do nothing when it is as planned.

    :return: a module's result: ``changed``, ``reasons``, ``revision`` and, on request, ``diff``.
    :raises PopsinkError: Helm refused, another Helm is at it, or a Secret that the values name is missing.
    """
    current = find_release(cluster, wanted.namespace, wanted.name)
    # In check mode a secret may be one that an earlier role would have made.
    values = with_literals(wanted.values, wanted.literals, partly=context.check)
    reasons = _reasons(wanted, current, values)
    # Of a revision that failed or was ended, not all objects were made.
    whole = current is not None and current.status == "deployed"
    drifted = drifted_objects(cluster, wanted.namespace, current.manifest) if current and whole else []
    reasons += map(str, drifted)
    report = [f"release {wanted.name}: {reason}" for reason in reasons]
    if reasons and current is not None:
        _refuse_at_work(wanted, current)
        guard(cluster, wanted.namespace, current, values)
    result: dict[str, Any] = {"changed": bool(reasons), "reasons": reasons, "report": report}
    if context.diff and reasons:
        result["diff"] = _diff(wanted, current, values, drifted)
    if not reasons:
        return {**result, "revision": current.revision if current else 0}
    if context.check:
        result["validated"] = _validate(cluster, helm, wanted, current, values)
        return result
    _require_secrets(cluster, wanted)
    if current is None:
        ensure_namespace(cluster, wanted.namespace)
    if current is not None and current.pending:
        # The record of a revision whose Helm was ended: the next one would be refused.
        cluster.delete(
            f"/api/v1/namespaces/{wanted.namespace}/secrets/{current.record}", unchanged_since=current.resource_version
        )
    helm.upgrade(wanted.name, wanted.namespace, wanted.archive, values)
    after = find_release(cluster, wanted.namespace, wanted.name)
    return {**result, "revision": after.revision if after else 0}


def _reasons(wanted: Wanted, current: Release | None, values: dict[str, Any]) -> list[str]:
    """Why Helm must run, as far as the release's record tells; empty when it need not."""
    if current is None:
        return ["not installed yet"]
    reasons = []
    if current.status != "deployed":
        reasons.append(f"revision {current.revision} is {current.status}")
    if current.chart_version != wanted.chart_version:
        reasons.append(f"chart {current.chart_version} becomes {wanted.chart_version}")
    return reasons + [f"value {path} changes" for path in changed_paths(current.values, values)]


def _validate(cluster: Cluster, helm: Helm, wanted: Wanted, current: Release | None, values: dict[str, Any]) -> str:
    """Let the server judge the rendered objects.

    It needs a namespace for that: where the release's is not there yet, one that every cluster has stands in.

    :raises PopsinkError: it would refuse some of them.
    """
    if current is not None and current.pending:
        return f"not validated by the server: revision {current.revision} is {current.status}"
    rendered = helm.render(wanted.name, wanted.namespace, wanted.archive, values)
    there = cluster.find(f"/api/v1/namespaces/{wanted.namespace}") is not None
    namespace = wanted.namespace if there else "default"
    # Kinds first, so that the parallel part has nothing to find out twice.
    for item in rendered:
        cluster.path_of(item["apiVersion"], item["kind"])
    refusals = [
        refusal
        for refusal in together(*(partial(_refusal, cluster, namespace, item) for item in rendered))
        if refusal is not None
    ]
    if any(refusal.status == _FORBIDDEN for refusal in refusals):
        return f"not validated by the server: {refusals[0]}"
    if refusals:
        raise PopsinkError(
            f"The server would refuse of the release: {'; '.join(map(str, refusals))}",
            remedy="Correct the input that sets it, or popsink_values.",
        )
    return f"validated by the server{'' if there else ', in namespace default'}"


def _refusal(cluster: Cluster, namespace: str, item: dict[str, Any]) -> ApiError | None:
    """The server's error if it would not take an object."""
    try:
        cluster.apply({**item, "metadata": {**item["metadata"], "namespace": namespace}}, dry_run=True)
    except ApiError as error:
        return error
    return None


def _refuse_at_work(wanted: Wanted, current: Release) -> None:
    """End where another Helm may be at it, or was ended at what an upgrade does not mend."""
    if current.status == "uninstalling":
        raise PopsinkError(
            f"Release {wanted.name} is being uninstalled, or Helm was ended while it did so.",
            remedy=f"Let it end: helm --namespace {wanted.namespace} uninstall {wanted.name}. Then run again.",
        )
    age = current.age(datetime.now(timezone.utc))
    if current.pending and age < wanted.pending_after:
        raise PopsinkError(
            f"Release {wanted.name} is {current.status} since {age:.0f} seconds: another Helm may be at it.",
            remedy=f"Run again when it is {wanted.pending_after:.0f} seconds old (popsink_pending_after): it is then "
            "taken as abandoned.",
        )


def _require_secrets(cluster: Cluster, wanted: Wanted) -> None:
    """End before Helm starts where its pods would wait for Secrets, or make up passwords of their own."""
    there = read_secrets(cluster, wanted.namespace, wanted.requires)
    lacking = [
        f"{name}.{key}"
        for name, keys in wanted.requires.items()
        for key in keys
        if key not in (there.get(name, {}).get("data") or {})
    ]
    if lacking:
        raise PopsinkError(
            f"The release names Secrets that namespace {wanted.namespace} does not have: {', '.join(lacking)}.",
            remedy="Run without --tags, or first with --tags secrets,pull_secret,storage,database.",
        )


def _diff(wanted: Wanted, current: Release | None, values: dict[str, Any], drifted: list[Drift]) -> dict[str, str]:
    """Chart version, values and objects before and after; what may be a secret is masked on both sides."""
    before: dict[str, Any] = {}
    after = {"chart": wanted.chart_version, "values": masked(values)}
    if current is not None:
        before = {"chart": current.chart_version, "values": masked(current.values)}
    if drifted:
        before["objects"] = {drift.title: drift.before() for drift in drifted}
        after["objects"] = {drift.title: drift.after() for drift in drifted}
    return {
        "before_header": f"release {wanted.namespace}/{wanted.name}",
        "after_header": f"release {wanted.namespace}/{wanted.name}",
        "before": dump_yaml(before, ordered=True) if before else "",
        "after": dump_yaml(after, ordered=True),
    }
