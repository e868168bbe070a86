# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what is around the cluster: Helm, the bucket, the control plane."""

from __future__ import annotations

from ..findings import Finding, failed, not_checked, passed
from .collected import Requirements
from .thresholds import no_version, numbers


def helm_version(version: tuple[int, int, int], want: Requirements) -> Finding:
    """Helm is there and new enough."""
    needed = numbers(want.minimum_helm)
    if needed is None:
        return no_version("helm.version", "popsink_required_helm", want.minimum_helm, "3.8.0")
    text = ".".join(str(number) for number in version)
    if version >= needed:
        return passed("helm.version", f"Helm {text}")
    return failed(
        "helm.version",
        f"Helm {text}, and {want.minimum_helm} is needed.",
        "Install a later Helm, or give its path in popsink_helm.",
    )


def bucket(finding: Finding | None, want: Requirements) -> Finding:
    """The bucket is there and open to the broker's key."""
    return finding or not_checked(
        "storage.bucket", "The broker's store is not looked at from here: no keys of ours reach it."
    )


def control_plane(finding: Finding | None, want: Requirements) -> Finding:
    """The control plane knows the deployment and takes its token."""
    return finding or passed("control_plane.config", "deploymentMode is STANDALONE: not asked")
