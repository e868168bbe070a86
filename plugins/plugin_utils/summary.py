# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a roll-out or a move, of one deployment: lines for people, and what a workflow's next job needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, WARN, WIDTH

#: Roles in the order in which they run, with the variables under which they register their results.
STEPS = {
    "prerequisites": ("__popsink_plan", "__popsink_fleet", "__popsink_preflight"),
    "secrets": ("__popsink_secrets",),
    "pull_secret": ("__popsink_pull_secret",),
    "storage": ("__popsink_bucket", "__popsink_storage"),
    "database": ("__popsink_database_passwords", "__popsink_database"),
    "move": ("__popsink_moved",),
    "release": ("__popsink_ca_certificates", "__popsink_release", "__popsink_registry_database"),
    "ingress": ("__popsink_ingress",),
    "verify": ("__popsink_verify",),
}

WORKS, FAILED, NOT_VERIFIED = "works", "failed", "not verified"
WOULD_CHANGE, AS_PLANNED = "would change", "as planned"


@dataclass(frozen=True)
class Place:
    """Where a deployment is, and what the inventory says of it.

    :ivar secrets_file: where generated secrets are kept; empty where only the cluster has them.
    """

    host: str
    release: str
    namespace: str
    secrets_file: str = ""


@dataclass(frozen=True)
class Summary:
    """What came of it.

    :ivar state: one of the above; of check mode the last two.
    :ivar chart: version that is planned; empty where there is no plan.
    :ivar revision: of the release; 0 where that is not known.
    :ivar changed: roles that changed something, or would.
    :ivar failed_step: the role that failed; empty where none did.
    :ivar reason: why, in one line.
    :ivar url: the public one; empty where there is no plan.
    :ivar findings: ids of the findings by status, of those that matter.
    :ivar next_step: what there is to do; empty where nothing is.
    """

    place: Place
    state: str
    chart: str
    revision: int
    changed: tuple[str, ...]
    failed_step: str
    reason: str
    url: str
    findings: dict[str, list[str]]
    next_step: str

    @classmethod
    def of(cls, place: Place, results: Mapping[str, Mapping[str, Any]], *, check: bool) -> Summary:
        """From what the roles' tasks returned, by variable; those that did not run may be missing."""
        by_step = {step: [results.get(name) or {} for name in names] for step, names in STEPS.items()}
        changed = tuple(step for step, told in by_step.items() if any(result.get("changed") for result in told))
        failed_step, reason = _failure(by_step)
        plan = results.get("__popsink_plan") or {}
        state = _state(by_step, failed_step, changed, check=check)
        return cls(
            place=place,
            state=state,
            chart=str((plan.get("chart") or {}).get("version") or ""),
            revision=int((results.get("__popsink_release") or {}).get("revision") or 0),
            changed=changed,
            failed_step=failed_step,
            reason=reason,
            url=str(plan.get("url") or ""),
            findings=_findings(by_step),
            next_step=_next_step(state, failed_step, place, made=bool(_made(results))),
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for the next job of a workflow."""
        return {
            "state": self.state,
            "release": self.place.release,
            "namespace": self.place.namespace,
            "chart_version": self.chart,
            "revision": self.revision,
            "changed": list(self.changed),
            "failed_step": self.failed_step,
            "findings": self.findings,
            "url": self.url,
        }

    def lines(self) -> list[str]:
        """For people: no colour, and no wider than a terminal."""
        chart = f" {self.chart}" if self.chart else ""
        revision = f", revision {self.revision}" if self.revision else ""
        at = f" at {self.failed_step}" if self.failed_step else ""
        rows = {
            "reason": self.reason,
            "release": f"{self.place.release}{chart}{revision}, namespace {self.place.namespace}",
            "changed": ", ".join(self.changed) or "nothing",
            "URL": self.url,
            "next step": self.next_step,
        }
        return [f"{self.place.host}: {self.state}{at}", *(line for row in rows.items() for line in _row(*row))]


def _row(name: str, text: str) -> Iterator[str]:
    if text:
        first, further = f"  {name:<11}", " " * 13
        yield from textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=further,
                                 break_on_hyphens=False, break_long_words=False)  # fmt: skip


def _failure(by_step: Mapping[str, list[Mapping[str, Any]]]) -> tuple[str, str]:
    """The role that failed, and the first line of why."""
    for step, told in by_step.items():
        for result in told:
            if checks := result.get("failed_checks"):
                return step, f"failed checks: {', '.join(checks)}"
            if result.get("failed"):
                lines = str(result.get("msg") or "").strip().splitlines()
                return step, lines[0].strip() if lines else "told above"
    return "", ""


def _state(
    by_step: Mapping[str, list[Mapping[str, Any]]], failed_step: str, changed: tuple[str, ...], *, check: bool
) -> str:
    if failed_step:
        return FAILED
    if check:
        return WOULD_CHANGE if changed else AS_PLANNED
    return WORKS if any(result.get("works") for result in by_step["verify"]) else NOT_VERIFIED


def _findings(by_step: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, list[str]]:
    told = [finding for results in by_step.values() for result in results for finding in result.get("findings") or ()]
    found = {
        status: list(dict.fromkeys(finding["id"] for finding in told if finding["status"] == status))
        for status in (FAIL, WARN)
    }
    return {status: ids for status, ids in found.items() if ids}


def _made(results: Mapping[str, Mapping[str, Any]]) -> Any:
    return (results.get("__popsink_secrets") or {}).get("generated")


def _next_step(state: str, failed_step: str, place: Place, *, made: bool) -> str:
    if failed_step == "prerequisites":
        return "Correct what is named above, and run again: nothing was changed."
    if failed_step:
        return "Correct what is named above, and run again: it goes on from what is there."
    if state == WOULD_CHANGE:
        return "Run without check mode."
    if made and place.secrets_file:
        return f"Commit {place.secrets_file}, and back it up with playbooks/backup.yml."
    if made:
        return "Back up the secrets, which only the cluster has, with playbooks/backup.yml."
    return "See whether it works, with --tags verify." if state == NOT_VERIFIED else ""
