# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of the objects that this collection makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Labels by which Kubernetes' tools tell a release, and who manages an object.
INSTANCE, MANAGED_BY = "app.kubernetes.io/instance", "app.kubernetes.io/managed-by"

MANAGER = "popsink.data_plane"

#: Annotation by which Helm tells whose an object is.
RELEASE = "meta.helm.sh/release-name"


def labels(release: str) -> dict[str, str]:
    """Labels that say who manages an object, and for which release."""
    return {
        MANAGED_BY: MANAGER,
        "app.kubernetes.io/part-of": "popsink",
        "popsink.data-plane/release": release,
    }


def labels_of(item: Mapping[str, Any]) -> Mapping[str, str]:
    """Labels of an object."""
    return (item.get("metadata") or {}).get("labels") or {}
