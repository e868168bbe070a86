# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the release would become, found out before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..findings import Finding, failed, not_checked, passed, warned
from ..plan.model import with_literals
from ..upgrade.one_way import KARAPACE, loses_karapace, one_way
from ..upgrade.registry_audit import audit, through_cluster
from ..upgrade.registry_content import Audit
from ..upgrade.transition import BROKER, Side, Transition, component_of, workloads
from .guards import guard
from .helm import Helm
from .state import Release, find_deployed, find_release
from .validation import validate
from .wanted import Wanted, reasons_to_change


@dataclass(frozen=True)
class Outlook:
    """What is ahead.

    :ivar findings: what is wrong with it, or worth knowing.
    :ivar lines: what a change of version comes to, for people.
    :ivar objects: what the release consists of: as Helm renders it where it changes, else as it is. Empty where neither
        is known.
    :ivar as_planned: whether nothing of the release changes.
    :ivar given_up: whether a schema registry goes of which nothing could be written down, as the user said.
    :ivar audit: what the schema registry holds that goes, as plain data; None where none goes.
    """

    findings: tuple[Finding, ...]
    lines: tuple[str, ...] = ()
    objects: list[dict[str, Any]] = field(default_factory=list, repr=False)
    as_planned: bool = False
    audit: dict[str, Any] | None = field(default=None, repr=False)
    given_up: bool = False


def outlook(cluster: Cluster, helm: Helm, wanted: Wanted) -> Outlook:
    """Render what is wanted, have the server judge it, and hold it against what is there. Changes nothing.

    Nothing of that is done where the release is as wanted already.
    """
    current = find_release(cluster, wanted.namespace, wanted.name)
    # A secret may be one that a later role makes.
    values = with_literals(wanted.values, wanted.literals, partly=True)
    if current is not None and not reasons_to_change(wanted, current, values):
        said = passed("release.outlook", "the release is as planned")
        return Outlook((said,), objects=current.manifest, as_planned=True)
    pending = current is not None and current.pending
    rendered: list[dict[str, Any]] = []
    if current is not None and pending:
        findings = [not_checked("release.outlook", f"Revision {current.revision} is {current.status}.")]
    else:
        try:
            rendered = helm.render(wanted.name, wanted.namespace, wanted.archive, values)
        except PopsinkError as error:
            refused = _unrendered(error)
            return Outlook((refused,), objects=_offline(cluster, helm, wanted, values) if current is None else [])
        findings = [_judged(cluster, wanted, rendered)]
    if current is None:
        return Outlook(tuple(findings), objects=rendered)
    there = starts(cluster, wanted, current)
    try:
        guard(cluster, wanted.namespace, there[0], values, ahead=True)
    except PopsinkError as error:
        findings.append(failed("release.guard", str(error)))
    ahead = look_ahead(there, wanted, values, None if pending else rendered)
    findings += dict.fromkeys(finding for transition in ahead for finding in one_way(transition, wanted.consent))
    kept = None
    losing = [release for release, transition in zip(there, ahead, strict=True) if loses_karapace(transition)]
    if losing:
        kept, told = _audited(cluster, wanted, losing[0])
        findings += told
    given_up = bool(losing) and kept is None
    if pending:
        return Outlook(tuple(findings), objects=current.manifest, audit=kept, given_up=given_up)
    # A failed revision may have brought its brokers already, or not.
    findings += dict.fromkeys(finding for transition in ahead for finding in _broker(transition, wanted))
    changing = [transition for transition in ahead if transition.before.version != wanted.chart_version]
    lines = tuple(changing[0].lines()) if changing else ()
    return Outlook(tuple(findings), lines, rendered, audit=kept, given_up=given_up)


def _unrendered(error: PopsinkError) -> Finding:
    """What Helm says that cannot render; where the account may not look, that is no verdict on the release."""
    if "forbidden" in str(error):
        return not_checked("release.render", str(error), "access.permissions tells what the account lacks.")
    return failed("release.render", str(error))


def _offline(cluster: Cluster, helm: Helm, wanted: Wanted, values: dict[str, Any]) -> list[dict[str, Any]]:
    """What a new release would consist of that the cluster does not take, for the sake of further findings."""
    try:
        kubernetes = str(cluster.request("GET", "/version")["gitVersion"])
        return helm.template(wanted.name, wanted.namespace, wanted.archive, values, kubernetes)
    except PopsinkError:
        return []


def starts(cluster: Cluster, wanted: Wanted, current: Release) -> list[Release]:
    """What the change goes out from: as for Helm, the revision that was deployed last.

    Where a newer one failed or was ended, that may have come some way: it counts as well, as the last, and of the
    deployed one's workloads those that still run.
    """
    if current.status == "deployed":
        return [current]
    before = find_deployed(cluster, wanted.namespace, wanted.name)
    if before is None or before.status != "deployed":
        return [current]
    gone = [item for item in workloads(before.manifest) if not _runs(cluster, wanted.namespace, item)]
    return [replace(before, manifest=[item for item in before.manifest if item not in gone]), current]


def _runs(cluster: Cluster, namespace: str, item: dict[str, Any]) -> bool:
    name = item["metadata"]["name"]
    return cluster.find(cluster.path_of(item["apiVersion"], item["kind"], namespace=namespace, name=name)) is not None


def look_ahead(
    there: list[Release], wanted: Wanted, values: dict[str, Any], rendered: list[dict[str, Any]] | None
) -> list[Transition]:
    """From each of what is there to what is wanted.

    :param rendered: None where Helm renders nothing, as while a revision is pending: what the chart has no longer goes.
    """
    chart = wanted.chart

    def objects(release: Release) -> list[dict[str, Any]]:
        if rendered is not None:
            return rendered
        return [item for item in release.manifest if component_of(item) != KARAPACE or chart.has(KARAPACE)]

    return [
        Transition(
            Side(release.chart_version, release.values, release.defaults, release.manifest),
            Side(wanted.chart_version, values, chart.values, objects(release)),
        )
        for release in there
    ]


def _judged(cluster: Cluster, wanted: Wanted, rendered: list[dict[str, Any]]) -> Finding:
    try:
        said = validate(cluster, wanted.namespace, rendered)
    except PopsinkError as error:
        return failed("release.objects", str(error))
    sentence = f"{said[0].upper()}{said[1:].rstrip('.')}."
    return (not_checked if said.startswith("not ") else passed)("release.objects", sentence)


def _audited(cluster: Cluster, wanted: Wanted, current: Release) -> tuple[dict[str, Any] | None, list[Finding]]:
    """What Karapace holds, and what that means for what the user wants to do with it."""
    consent = wanted.consent.karapace_schemas
    try:
        service, port = _service(current.manifest)
        found = audit(through_cluster(cluster, wanted.namespace, service, port))
    except PopsinkError as error:
        unread = f"What Karapace holds could not be written down: {error}"
        if consent == "discard":
            return None, [warned("upgrade.audit", unread)]
        return None, [
            failed(
                "upgrade.audit",
                unread,
                "Mend that first; it needs its brokers, which a run that was ended may have stopped: kubectl scale. Or "
                "give its schemas up (popsink_karapace_schemas: discard).",
            )
        ]
    kept = found.as_dict(
        taken_at=datetime.now(timezone.utc).isoformat(timespec="seconds"), registry=f"{wanted.namespace}/{service}"
    )
    return kept, [_audit_finding(found, consent)]


def _audit_finding(found: Audit, consent: str) -> Finding:
    said = f"Karapace holds {found.summary()}."
    if consent == "migrate" and (found.collisions or found.unread):
        return failed(
            "upgrade.audit",
            said,
            "The vendor's migration does not take that: delete what stands twice in Karapace, and run again.",
        )
    return warned("upgrade.audit", said)


def _service(manifest: list[dict[str, Any]]) -> tuple[str, int]:
    """Name and port of Karapace's Service."""
    for item in manifest:
        if item["kind"] == "Service" and component_of(item) == KARAPACE:
            return item["metadata"]["name"], int(item["spec"]["ports"][0]["port"])
    raise PopsinkError("the release has no Service for it")


def _broker(transition: Transition, wanted: Wanted) -> list[Finding]:
    """How brokers of another image take the place of the old ones."""
    before, after = (side.components().get(BROKER) for side in (transition.before, transition.after))
    if not before or not after or before == after:
        return []
    notes = " ".join(wanted.chart.note("kodansu.image.tag").split())
    said = f" The chart says of the tag: {notes}" if notes else ""
    if wanted.stops_broker:
        return [
            warned(
                "upgrade.broker",
                "The broker's image changes. All brokers are stopped before the first new one starts, so Kafka is away "
                f"for that while.{said}",
                "Where the vendor's notes allow it, set popsink_broker_update to rolling.",
            )
        ]
    return [
        warned(
            "upgrade.broker",
            "The broker's image changes, and brokers are replaced one after the other. Some versions change the layout "
            f"of the objects in the bucket, and two layouts at once corrupt it.{said}",
            "Unless the vendor's notes say that it is safe here, set popsink_broker_update to stop.",
        )
    ]
