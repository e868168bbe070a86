# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing a release to the plan: only where it is not there already."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ..chart.sensitive import masked
from ..cluster.namespace import ensure_namespace
from ..cluster.secrets import read_secrets
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..plan.model import with_literals
from ..step import StepContext
from ..upgrade.one_way import loses_karapace, refuse_one_way
from ..upgrade.transition import Transition
from ..yaml import dump_yaml
from .broker import stop_brokers
from .drift import Drift, drifted_objects
from .guards import guard
from .helm import Helm
from .outlook import look_ahead, starts
from .state import Release, find_release
from .stuck import replace_stuck
from .validation import validate
from .wanted import Wanted, reasons_to_change


def bring(cluster: Cluster, helm: Helm, wanted: Wanted, context: StepContext) -> dict[str, Any]:
    """Install, upgrade or mend the release; do nothing when it is as planned.

    :return: a module's result: ``changed``, ``reasons``, ``revision`` and, on request, ``diff``.
    :raises PopsinkError: Helm refused, another Helm is at it, or a Secret that the values name is missing.
    """
    current = find_release(cluster, wanted.namespace, wanted.name)
    # In check mode a secret may be one that an earlier role would have made.
    values = with_literals(wanted.values, wanted.literals, partly=context.check)
    reasons = list(planned := reasons_to_change(wanted, current, values))
    # Of a revision that failed or was ended, not all objects were made.
    whole = current is not None and current.status == "deployed"
    drifted = drifted_objects(cluster, wanted.namespace, current.manifest) if current and whole else []
    reasons += map(str, drifted)
    report = [f"release {wanted.name}: {reason}" for reason in reasons]
    there: list[Release] = []
    if reasons and current is not None:
        _refuse_at_work(wanted, current)
        there = starts(cluster, wanted, current)
        guard(cluster, wanted.namespace, there[0], values, ahead=context.check)
    result: dict[str, Any] = {"changed": bool(reasons), "reasons": reasons, "report": report}
    if context.diff and reasons:
        result["diff"] = _diff(wanted, current, values, drifted)
    if not reasons:
        manifest = current.manifest if current else ()
        replaced, left = replace_stuck(cluster, wanted.namespace, manifest, check=context.check)
        told = {"changed": bool(replaced), "report": replaced + left}
        return {**result, **told, "revision": current.revision if current else 0}
    rendered: list[dict[str, Any]] = []
    if current is not None and current.pending:
        # Helm renders nothing while a revision is pending: as much as can be told without.
        _refuse(look_ahead(there, wanted, values, None), wanted)
    elif planned or context.check:
        rendered = _rendered(helm, wanted, there if planned else [], values)
    if context.check:
        return {**result, "validated": _validated(cluster, wanted, current, rendered)}
    _require_secrets(cluster, wanted)
    if current is None:
        ensure_namespace(cluster, wanted.namespace)
    if current is not None and current.pending:
        # The record of a revision whose Helm was ended: the next one would be refused.
        cluster.delete(
            f"/api/v1/namespaces/{wanted.namespace}/secrets/{current.record}", unchanged_since=current.resource_version
        )
        rendered = _rendered(helm, wanted, there[:-1], values)
    if rendered:
        # By the prerequisites, too, where they ran; this role can be run alone.
        validate(cluster, wanted.namespace, rendered)
    if wanted.stops_broker and current is not None:
        # Where only what runs was changed by hand, the release's own objects are brought back.
        report += stop_brokers(cluster, wanted.namespace, rendered or current.manifest, wanted.broker_seconds)
    helm.upgrade(wanted.name, wanted.namespace, wanted.archive, values)
    after = find_release(cluster, wanted.namespace, wanted.name)
    for lines in replace_stuck(cluster, wanted.namespace, after.manifest if after else (), check=False):
        report += lines
    return {**result, "revision": after.revision if after else 0}


def _rendered(helm: Helm, wanted: Wanted, there: list[Release], values: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects that Helm would bring.

    :param there: what they are held against.
    :raises PopsinkError: the change takes a step without consent that cannot be taken back.
    """
    rendered = helm.render(wanted.name, wanted.namespace, wanted.archive, values)
    if there:
        _refuse(look_ahead(there, wanted, values, rendered), wanted)
    return rendered


def _refuse(ahead: list[Transition], wanted: Wanted) -> None:
    """End at a step that cannot be taken back, without consent or before what it loses is written down."""
    refuse_one_way(ahead, wanted.consent)
    if any(map(loses_karapace, ahead)) and not wanted.audited:
        raise PopsinkError(
            "Karapace goes, and what it holds is not written down by this role alone; the release was not changed.",
            remedy="Run without --tags, or with --tags prerequisites,release.",
        )


def _validated(cluster: Cluster, wanted: Wanted, current: Release | None, rendered: list[dict[str, Any]]) -> str:
    if current is not None and current.pending:
        return f"not validated by the server: revision {current.revision} is {current.status}"
    return validate(cluster, wanted.namespace, rendered)


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
