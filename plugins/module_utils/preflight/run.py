# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running all checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..findings import Finding, not_checked
from ..release.outlook import Outlook
from ..release.wanted import Wanted
from . import cluster_checks, outside_checks
from .check import Check
from .collected import Requirements, collect

#: In the order in which they are reported.
CHECKS = (
    Check("cluster.version", "version", cluster_checks.cluster_version, required=True),
    Check("cluster.nodes", "nodes", cluster_checks.cluster_nodes),
    Check("cluster.storage_class", "storage_classes", cluster_checks.storage_class),
    Check("cluster.ingress_class", "ingress_classes", cluster_checks.ingress_class),
    Check("cluster.secrets", "secrets", cluster_checks.secrets, required=True),
    Check("helm.version", "helm", outside_checks.helm_version, required=True),
    Check("storage.bucket", "bucket", outside_checks.bucket),
    Check("control_plane.config", "control_plane", outside_checks.control_plane),
)


@dataclass(frozen=True)
class Checked:
    """What the checks found.

    :ivar findings: one of each check, and those about the release.
    :ivar outlook: what the release would become.
    """

    findings: list[Finding]
    outlook: Outlook


def run_checks(
    cluster: Cluster,
    want: Requirements,
    secrets: Mapping[str, str],
    auth: Mapping[str, Any],
    wanted: Wanted | None = None,
) -> Checked:
    """Findings of all checks. Changes nothing.

    :param wanted: the release that is to be.
    """
    collected = collect(cluster, want, secrets, auth, wanted)
    findings = [check.run(collected, want) for check in CHECKS]
    ahead = collected.outlook
    if isinstance(ahead, PopsinkError):
        # The cluster's and Helm's own checks say what is wrong with them.
        ahead = Outlook((not_checked("release.outlook", str(ahead)),))
    return Checked([*findings, *ahead.findings], ahead)
