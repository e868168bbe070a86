# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources of each component by the deployment's size. The figures are ours: docs/choices/sizing.md argues them."""

from __future__ import annotations

from collections.abc import Mapping

from ..cluster.quantity import quantity

#: CPU and memory that one pod of a component asks for.
Requests = tuple[str, str]

#: By size and component.
SIZES: Mapping[str, Mapping[str, Requests]] = {
    "small": {
        "data_plane": ("250m", "512Mi"),
        "broker": ("200m", "512Mi"),
        "schema_registry": ("100m", "256Mi"),
        "kotatsu": ("100m", "256Mi"),
        "kafka_ui": ("100m", "512Mi"),
        "metrics_exporter": ("50m", "128Mi"),
        "database": ("250m", "512Mi"),
    },
    "medium": {
        "data_plane": ("400m", "1Gi"),
        "broker": ("400m", "1Gi"),
        "schema_registry": ("200m", "512Mi"),
        "kotatsu": ("200m", "512Mi"),
        "kafka_ui": ("100m", "512Mi"),
        "metrics_exporter": ("50m", "128Mi"),
        "database": ("500m", "2Gi"),
    },
    "large": {
        "data_plane": ("1", "2Gi"),
        "broker": ("1", "2Gi"),
        "schema_registry": ("500m", "1Gi"),
        "kotatsu": ("500m", "1Gi"),
        "kafka_ui": ("200m", "1Gi"),
        "metrics_exporter": ("100m", "256Mi"),
        "database": ("2", "8Gi"),
    },
}


def resources_of(size: str, component: str) -> dict[str, dict[str, str]]:
    """Requests, and a limit of memory alone: twice the request, so that a leak ends that pod and not the node.

    A limit of CPU would slow a pod down while the node is idle; the requests share out what there is.
    """
    cpu, memory = SIZES[size][component]
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": _twice(memory)}}


def _twice(memory: str) -> str:
    number = quantity(memory)
    if number is None:
        raise ValueError(memory)
    mebibytes = int(2 * number) // 2**20
    return f"{mebibytes}Mi" if mebibytes % 1024 else f"{mebibytes // 1024}Gi"
