# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known by chart version and cannot be read from a chart's files.

This table is the only place that compares versions. Source: the vendor's release notes and guide, docs/chart.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..findings import FAIL, WARN
from .version import alpha


@dataclass(frozen=True)
class Boundary:
    """A fact that holds for the charts ``first`` to ``last``.

    :ivar subject: the name by which code asks for it.
    :ivar fact: what holds, as a sentence for people.
    :ivar first: first alpha number, inclusive; None means from the beginning.
    :ivar last: last alpha number, inclusive; None means still.
    :ivar severity: set when the fact alone is a finding about the version.
    :ivar remedy: what to do about it.
    """

    subject: str
    fact: str
    first: int | None = None
    last: int | None = None
    severity: str = ""
    remedy: str = ""

    def holds_for(self, version: str) -> bool:
        """Whether ``version`` lies within; a version of another form is taken as newer than all."""
        number = alpha(version)
        if number is None:
            return self.last is None
        return (self.first is None or number >= self.first) and (self.last is None or number <= self.last)


BOUNDARIES = (
    Boundary("version.broken", "charts below 0.1.0-alpha.44 do not boot reliably", last=43, severity=FAIL,
             remedy="Set popsink_chart_version to 0.1.0-alpha.44 or later."),
    Boundary("version.migration_lock", "a database migration of this chart can wait for a lock for ever",
             first=44, last=86, severity=WARN, remedy="Prefer 0.1.0-alpha.135 or later."),
    Boundary("version.old", "the vendor's notes recommend 0.1.0-alpha.135 or later for new installations",
             first=87, last=134, severity=WARN, remedy="Prefer 0.1.0-alpha.135 or later."),
    Boundary("tasks.run_twice", "background tasks run once per replica, so two replicas run them twice", last=62),
)  # fmt: skip


def holds(subject: str, version: str) -> bool:
    """Whether a fact of the table holds for a chart version.

    :raises KeyError: the table has no such subject.
    """
    rows = [row for row in BOUNDARIES if row.subject == subject]
    if not rows:
        raise KeyError(subject)
    return any(row.holds_for(version) for row in rows)


def about(version: str) -> tuple[Boundary, ...]:
    """The facts that are findings about this version by themselves."""
    return tuple(row for row in BOUNDARIES if row.severity and row.holds_for(version))
