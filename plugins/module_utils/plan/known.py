# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that only the user can supply, and whether they did."""

from __future__ import annotations

from ..findings import Finding, failed, warned
from ..secrets.catalogue import CATALOGUE
from .model import Plan, literals_in
from .secret_blocks import EXISTING


def plan_supplied(plan: Plan, known: frozenset[str]) -> Plan:
    """A finding for each secret that is needed, has no value, and cannot be made; and for each that is set in vain."""
    literals = literals_in(plan.values) & set(CATALOGUE)
    elsewhere = {name: secret for secret in plan.secrets if secret.variable for name in secret.data.values()}
    ours = {name for secret in plan.secrets for name in secret.data.values()} - set(elsewhere)
    # What the chart takes directly has no Secret in which a value could be kept that is made.
    needed = literals | {name for name in ours if not CATALOGUE[name].generated or name in plan.supplied}
    missing = [
        failed(f"secrets.{name}", f"{CATALOGUE[name].variable} is not set.", _remedy(name, plan))
        for name in sorted(needed - known)
    ]
    in_vain = [
        _in_vain(name, secret.name, secret.variable)
        for name, secret in sorted(elsewhere.items())
        if name in known and secret.variable.startswith(EXISTING)
    ]
    return Plan(findings=(*missing, *in_vain))


def _remedy(name: str, plan: Plan) -> str:
    return CATALOGUE[name].remedy or (_ELSEWHERE if name in plan.supplied else _SUPPLY)


_ELSEWHERE = "Supply it, as a vaulted value: it must be the one that the server there knows."
_SUPPLY = "This chart takes it directly, so it must be supplied, as a vaulted value."


def _in_vain(name: str, secret: str, variable: str) -> Finding:
    return warned(
        f"secrets.{name}",
        f"{CATALOGUE[name].variable} has a value, in a variable or in popsink_secrets_file, and Secret {secret} "
        f"({variable}) is used in its place.",
        "Remove the value, when the deployment runs with that Secret.",
    )
