# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no two deployments of an inventory may share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .findings import Finding, failed, not_checked, warned
from .secrets.rules import reused


@dataclass(frozen=True)
class Unique:
    """Something that each deployment has of its own.

    :ivar id: of its findings.
    :ivar variable: the inventory variables that hold it, for people.
    :ivar harm: what happens to two that share it, as the end of a sentence.
    :ivar fatal: whether that is certain enough to end a run.
    :ivar remedy: what to do about it.
    """

    id: str
    variable: str
    harm: str
    fatal: bool = True
    remedy: str = "Give each deployment one of its own. One that runs keeps what it has; start the other anew."


ENCRYPTION_KEY = Unique(
    "fleet.encryption_key",
    "popsink_connector_config_encryption_key",
    "whoever learns it in one deployment can read the connector configurations of the other",
)
SECRETS_FILE = Unique("fleet.secrets_file", "popsink_secrets_file", "the second would take the secrets of the first")
PLACE = Unique(
    "fleet.place",
    "popsink_namespace and popsink_release in one cluster",
    "they would take turns in changing one and the same deployment",
    remedy="Name another namespace or release for one of them; where they are in different clusters, say so by "
    "popsink_kubeconfig, popsink_context or popsink_cluster.",
)
BUCKET = Unique("fleet.bucket", "popsink_bucket", "their brokers would corrupt each other's records")
DATABASE = Unique(
    "fleet.database",
    "database (popsink_database_host and popsink_database_name, or popsink_schema_registry_database_host and "
    "popsink_schema_registry_database_name)",
    "they would take each other's data, or schemas and their ids, for their own",
)
CONTAINER = Unique("fleet.bucket", "popsink_azure_container", "their brokers would corrupt each other's records")
WHOLE_BUCKET = Unique(
    "fleet.bucket",
    "popsink_bucket, and other prefixes in it",
    "the open-source broker keeps to no prefix, and whether the vendor's does is not known",
    fatal=False,
)


def shared(what: Unique, values: Mapping[str, str]) -> list[Finding]:
    """A failure, or a warning, for each value that several deployments have; the value itself is not shown.

    :param values: value by host; hosts without one are left out.
    """
    say = failed if what.fatal else warned
    return [
        say(
            what.id,
            f"{' and '.join(sorted(group))} have the same {what.variable}: {what.harm}.",
            what.remedy,
        )
        for group in reused(values)
    ]


def not_compared(what: Unique, reasons: Mapping[str, str]) -> list[Finding]:
    """Hosts whose value could not be looked at, with the reason."""
    return [not_checked(what.id, f"{what.variable} of {host} is not compared: {why}.") for host, why in reasons.items()]
