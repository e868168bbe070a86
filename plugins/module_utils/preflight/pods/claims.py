# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volume claims of a release that no volume is there for yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...findings import FAIL, NOT_CHECKED, ORDER
from ..check import Verdict, passes
from ..classes import default_of
from ..site import Site
from .workloads import Claim, claim_of, planned

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def claims_there(site: Site) -> dict[str, dict[str, Any]]:
    """The claims of the namespace by name."""
    return {str(item["metadata"]["name"]): item for item in site.in_namespace("persistentvolumeclaims")}


def phase_of(claim: dict[str, Any]) -> str:
    """``Bound``, ``Pending`` or ``Lost``."""
    return str((claim.get("status") or {}).get("phase") or "")


def awaited(site: Site) -> list[Claim]:
    """Claims that need a volume made or found. One that waits already counts as it is: nobody changes it."""
    there = claims_there(site)
    waiting = []
    for claim in planned(site).claims:
        found = there.get(claim.name)
        if found is None:
            waiting.append(claim)
        elif phase_of(found) != "Bound":
            waiting.append(claim_of(found, claim.name, claim.owner))
    return waiting


#: Judges the claims of one class: its name (empty for none), the StorageClass (None when there is none), the claims.
Judge = Callable[[str, "dict[str, Any] | None", list[Claim]], Verdict]


def each_class(site: Site, judge: Judge) -> Verdict:
    """What is found of the awaited claims, class by class; the worst of it counts."""
    if not planned(site).claims:
        return passes("no volume is asked for")
    claims = awaited(site)
    if not claims:
        return passes("all volumes are there")
    classes = site.items(CLASSES)
    by_name = {str(item["metadata"]["name"]): item for item in classes}
    default = default_of(classes, DEFAULT)
    usual = str(default["metadata"]["name"]) if default else ""
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        groups.setdefault(usual if claim.storage_class is None else claim.storage_class, []).append(claim)
    return worst_of(judge(name, by_name.get(name), group) for name, group in groups.items())


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdicts of the worst status as one."""
    verdicts = list(verdicts)
    status = min((verdict.status for verdict in verdicts), key=ORDER.index)
    found = list(dict.fromkeys(verdict.found for verdict in verdicts if verdict.status == status))
    remedies = dict.fromkeys(verdict.remedy for verdict in verdicts if verdict.status == status and verdict.remedy)
    return Verdict(status, " ".join(found) if status in (FAIL, NOT_CHECKED) else "; ".join(found), " ".join(remedies))


def told(claims: list[Claim]) -> str:
    """Names of claims, for people."""
    return ", ".join(claim.name for claim in claims)
