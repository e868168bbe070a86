# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that only the user can supply, and whether they did."""

from __future__ import annotations

from collections.abc import Collection

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
    needed |= set(plan.asked)
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


#: Secrets that are read only where other inputs say so.
_READ_WHERE = {
    "s3_access_key_id": "popsink_kafka_mode is bundled, popsink_storage_type s3 and popsink_s3_auth keys",
    "s3_secret_access_key": "popsink_kafka_mode is bundled, popsink_storage_type s3 and popsink_s3_auth keys",
    "storage_postgresql_url": "popsink_kafka_mode is bundled and popsink_storage_type postgresql",
    "schema_registry_database_password": "popsink_schema_registry_mode is bundled with a database of its own",
    "schema_registry_username": "popsink_schema_registry_mode is external and popsink_schema_registry_auth basic",
    "schema_registry_password": "popsink_schema_registry_mode is external and popsink_schema_registry_auth basic",
    "database_admin_dsn": "popsink_database_mode is external with popsink_database_create",
    "database_client_key": "a database is outside of the chart, with popsink_database_client_cert",
    "kafka_sasl_password": "popsink_kafka_mode is external with a security protocol of SASL",
    "kafka_client_key": "popsink_kafka_mode is external with popsink_kafka_client_cert",
}


def supplied_in_vain(plan: Plan, known: Collection[str]) -> list[Finding]:
    """Secrets that the user gave and that nothing here reads: one of the inputs is another than was meant."""
    read = plan.reads
    return [
        failed(
            f"secrets.{name}",
            f"{CATALOGUE[name].variable} has a value, and nothing reads it: it is read where {where}.",
            "Remove it, or correct these.",
        )
        for name, where in _READ_WHERE.items()
        if name in known and name not in read
    ]


def _remedy(name: str, plan: Plan) -> str:
    return CATALOGUE[name].remedy or (_ELSEWHERE if name in plan.supplied else _SUPPLY)


_ELSEWHERE = "Supply it, as a vaulted value: it must be the one that the server there knows."
_SUPPLY = (
    "It stands in the release (popsink_secrets_in_values, or a chart that takes no Secret for it), so it must be "
    "supplied, as a vaulted value."
)


def _in_vain(name: str, secret: str, variable: str) -> Finding:
    return warned(
        f"secrets.{name}",
        f"{CATALOGUE[name].variable} has a value, in a variable or in popsink_secrets_file, and Secret {secret} "
        f"({variable}) is used in its place.",
        "Remove the value, when the deployment runs with that Secret.",
    )
