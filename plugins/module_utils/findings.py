# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings: what a rule or a check saw, what it needs, and what to do about it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass

FAIL = "fail"
WARN = "warn"
NOT_CHECKED = "not checked"
PASS = "pass"
#: Worst first: the order in which people read them.
ORDER = (FAIL, WARN, NOT_CHECKED, PASS)

#: Terminals, job outputs and mails show at least this many columns.
WIDTH = 100


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    :ivar id: dotted and stable, for instance ``nodes.size``.
    :ivar status: one of :data:`ORDER`.
    :ivar found: what is the case, one sentence without a secret.
    :ivar remedy: what to do, naming the variable or the command; empty for a pass.
    :ivar needed: what must be true, as a phrase; empty where ``found`` says so.
    """

    id: str
    status: str
    found: str
    remedy: str = ""
    needed: str = ""

    def as_dict(self) -> dict[str, str]:
        """The finding as plain data."""
        return asdict(self)


def failed(id: str, found: str, remedy: str = "") -> Finding:
    """A finding that ends the run."""
    return Finding(id, FAIL, found, remedy)


def warned(id: str, found: str, remedy: str = "") -> Finding:
    """A finding that is shown and does not end the run."""
    return Finding(id, WARN, found, remedy)


def passed(id: str, found: str) -> Finding:
    """Something that is as it should be."""
    return Finding(id, PASS, found)


def not_checked(id: str, found: str, remedy: str = "") -> Finding:
    """Something that could not be looked at, with the reason."""
    return Finding(id, NOT_CHECKED, found, remedy)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in the order of :data:`ORDER`, otherwise as they came."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.status))


def failures(findings: Iterable[Finding]) -> list[Finding]:
    """Those that end the run."""
    return [finding for finding in findings if finding.status == FAIL]


def table(findings: Iterable[Finding]) -> str:
    """The findings as text of at most :data:`WIDTH` columns, worst first, readable without colour."""
    rows = worst_first(findings)
    status_width = max((len(row.status) for row in rows), default=0)
    id_width = max((len(row.id) for row in rows), default=0)
    indent = " " * (status_width + id_width + 4)
    lines = []

    def wrapped(text: str, first: str, further: str) -> list[str]:
        # A path or the name of an image in one piece can be copied; a long one may stand out.
        return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False,
                             break_long_words=False)  # fmt: skip

    for row in rows:
        head = f"{row.status.upper():<{status_width}}  {row.id:<{id_width}}  "
        lines += wrapped(row.found, head, indent) or [head.rstrip()]
        if row.needed and row.status in (FAIL, WARN):
            lines += wrapped(f"needed: {row.needed}", indent, f"{indent}   ")
        if row.remedy and row.status != PASS:
            lines += wrapped(row.remedy, indent + "-> ", indent + "   ")
    return "\n".join(lines)
