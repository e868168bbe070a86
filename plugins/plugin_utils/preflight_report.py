# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight found, of one deployment or many: lines for people, JSON and JUnit XML for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    FAIL,
    NOT_CHECKED,
    ORDER,
    PASS,
    WIDTH,
    Finding,
    worst_first,
)

#: The status of a deployment of which nothing is known.
UNKNOWN = "no report"


@dataclass(frozen=True)
class Report:
    """One deployment's findings.

    :ivar host: its name in the inventory.
    :ivar findings: worst first; empty where there is no report.
    :ivar left_out: ids of checks that were not needed.
    :ivar seconds: what the checks took.
    :ivar trouble: why there is no report; empty where there is one.
    """

    host: str
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()
    seconds: float = 0.0
    trouble: str = ""

    @classmethod
    def of(cls, host: str, result: Mapping[str, Any] | None) -> Report:
        """From what the task of the host returned; None where it never came to it."""
        if not result or "findings" not in result:
            lines = [line.strip() for line in str((result or {}).get("msg") or "").splitlines() if line.strip()]
            return cls(host, trouble=lines[0] if lines else "the run ended before")
        findings = worst_first(Finding(**finding) for finding in result["findings"])
        return cls(host, tuple(findings), tuple(result.get("left_out") or ()), float(result.get("seconds") or 0))

    @property
    def status(self) -> str:
        """The worst one of its findings that matters: what was not checked does not make a deployment doubtful."""
        if self.trouble:
            return UNKNOWN
        return self.findings[0].status if self.findings and self.findings[0].status != NOT_CHECKED else PASS

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by status, worst first."""
        found = Counter(finding.status for finding in self.findings)
        return {status: found[status] for status in ORDER if found[status]}

    def summary(self) -> str:
        """Its findings in one line."""
        if self.trouble:
            return self.trouble
        counted = ", ".join(f"{number} {status}" for status, number in self.counts.items())
        worst = [finding.id for finding in self.findings if finding.status == self.status != PASS]
        return f"{counted}: {', '.join(worst)}" if worst else counted

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "status": self.status,
            "counts": self.counts,
            "findings": [finding.as_dict() for finding in self.findings],
            "left_out": list(self.left_out),
            "seconds": self.seconds,
            **({"reason": self.trouble} if self.trouble else {}),
        }


def fleet_lines(reports: Sequence[Report]) -> list[str]:
    """One line a deployment, worst first, none longer than a terminal."""
    order = {status: number for number, status in enumerate((UNKNOWN, *ORDER))}
    ranked = sorted(reports, key=lambda report: order[report.status])
    host = max((len(report.host) for report in ranked), default=0)
    status = max((len(report.status) for report in ranked), default=0)
    return [
        _shortened(f"{report.status.upper():<{status}}  {report.host:<{host}}  {report.summary()}") for report in ranked
    ]


def _shortened(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def as_json(reports: Sequence[Report]) -> str:
    """All deployments as JSON."""
    return json.dumps({"deployments": {report.host: report.as_dict() for report in reports}}, indent=2) + "\n"


def as_junit(reports: Sequence[Report]) -> str:
    """All deployments as JUnit XML: a suite each, a case for each check. What was not checked counts as skipped."""
    root = ElementTree.Element("testsuites", name="popsink preflight")
    for report in reports:
        cases = [_case(finding) for finding in report.findings] or [_no_report(report)]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=report.host,
            tests=str(len(cases)),
            failures=str(sum(case.find("failure") is not None for case in cases)),
            errors=str(sum(case.find("error") is not None for case in cases)),
            skipped=str(sum(case.find("skipped") is not None for case in cases)),
        )
        suite.extend(cases)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _case(finding: Finding) -> ElementTree.Element:
    family, _dot, name = finding.id.partition(".")
    case = ElementTree.Element("testcase", classname=family, name=name or family)
    said = _printable(finding.found)
    further = "\n".join(
        text for text in (f"needed: {finding.needed}" if finding.needed else "", finding.remedy) if text
    )
    if finding.status == FAIL:
        ElementTree.SubElement(case, "failure", message=said).text = _printable(further)
    elif finding.status == NOT_CHECKED:
        ElementTree.SubElement(case, "skipped", message=said)
    elif finding.status != PASS:
        ElementTree.SubElement(case, "system-out").text = _printable(f"{finding.status}: {finding.found}\n{further}")
    return case


def _no_report(report: Report) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="preflight", name="report")
    ElementTree.SubElement(case, "error", message=_printable(report.trouble))
    return case


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold in any form."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign >= "\U00010000"
    )
