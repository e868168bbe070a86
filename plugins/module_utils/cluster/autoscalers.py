# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What HorizontalPodAutoscalers decide: how many replicas a workload has, whoever made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..tree import dig, without
from .session import ApiError, Cluster

_FORBIDDEN = 403

#: Fewest and most replicas.
Bounds = tuple[int, int]


class Autoscalers:
    """Those of a namespace."""

    def __init__(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Prepare.

        :param items: the objects, as a manifest or a list of the API has them.
        """
        self._bounds: dict[tuple[str, str], Bounds] = {}
        for item in items:
            target = dig(item, "spec.scaleTargetRef") or {}
            least, most = dig(item, "spec.minReplicas"), dig(item, "spec.maxReplicas")
            key = str(target.get("kind")), str(target.get("name"))
            self._bounds[key] = 1 if least is None else int(least), int(most or 0)

    @classmethod
    def read(cls, cluster: Cluster, namespace: str) -> Autoscalers:
        """Those that are there. Whoever may not look has none that matters: those of the release need that right."""
        try:
            return cls(cluster.items(f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"))
        except ApiError as error:
            if error.status != _FORBIDDEN:
                raise
            return cls(())

    def bounds(self, kind: str, name: str) -> Bounds | None:
        """Of a workload; None for one that nothing scales."""
        return self._bounds.get((kind, name))

    def left_alone(self, item: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
        """An object without its number of replicas, where the live one's is an autoscaler's own.

        One outside of the bounds is not: an autoscaler leaves a workload alone that was scaled to nothing.
        """
        bounds = self.bounds(str(item["kind"]), str(item["metadata"]["name"]))
        count = dig(live, "spec.replicas")
        mine = bounds is not None and isinstance(count, int) and bounds[0] <= count <= bounds[1]
        return without(item, ["spec.replicas"]) if mine else dict(item)
