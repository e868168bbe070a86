# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what is to be made in a database server outside of the chart."""

from __future__ import annotations

from ...errors import PopsinkError
from ..check import Verdict, check, fails, passes
from ..databases import to_be_made
from ..site import Site


@check("database.create", "an administrator who can make the role and the database that are asked for", ahead=True)
def create(site: Site) -> Verdict:
    """Nothing is in the way of what is made on request."""
    if not site.want.creation:
        return passes("no role or database is to be made (popsink_database_create)")
    try:
        steps, problems = to_be_made(site)
    except PopsinkError as error:
        return fails(str(error), "")
    if problems:
        return fails(
            " ".join(problem.found for problem in problems),
            " ".join(dict.fromkeys(problem.remedy for problem in problems)),
        )
    return passes(", ".join(step.told for step in steps) or "role and database are there")
