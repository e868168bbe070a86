# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running all checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cluster.session import Cluster
from ..findings import Finding
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


def run_checks(
    cluster: Cluster, want: Requirements, secrets: Mapping[str, str], auth: Mapping[str, Any]
) -> list[Finding]:
    """Findings of all checks. Changes nothing."""
    collected = collect(cluster, want, secrets, auth)
    return [check.run(collected, want) for check in CHECKS]
