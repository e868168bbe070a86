# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that only the user can supply, and whether they did."""

from __future__ import annotations

from ..findings import failed
from ..secrets.catalogue import CATALOGUE
from .model import Plan, literals_in


def plan_supplied(plan: Plan, known: frozenset[str]) -> Plan:
    """A finding for each secret that is needed, has no value, and cannot be generated."""
    needed = literals_in(plan.values).union(*(secret.data.values() for secret in plan.secrets))
    return Plan(
        findings=tuple(
            failed(f"secrets.{name}", f"{CATALOGUE[name].variable} is not set.", CATALOGUE[name].remedy)
            for name in sorted(needed)
            if name in CATALOGUE and name not in known and not CATALOGUE[name].generated
        )
    )
