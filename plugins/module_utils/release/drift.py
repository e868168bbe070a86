# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a release was changed by hand on the cluster."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..chart.sensitive import MASK, masked
from ..cluster.autoscalers import Autoscalers
from ..cluster.drift import Difference, differences, differing, without_bookkeeping
from ..cluster.session import Cluster, together


@dataclass(frozen=True)
class Drift:
    """What differs of one object.

    :ivar differences: none where the object is missing.
    """

    kind: str
    name: str
    differences: tuple[Difference, ...] = ()

    @property
    def title(self) -> str:
        """Kind and name, ``Deployment/x``."""
        return f"{self.kind}/{self.name}"

    def __str__(self) -> str:
        return f"{self.title}: {', '.join(difference.path for difference in self.differences) or 'missing'}"

    def before(self) -> Any:
        """The values as they are, by path."""
        return {difference.path: self._shown(difference.live) for difference in self.differences} or None

    def after(self) -> Any:
        """The values as they should be, by path."""
        return {difference.path: self._shown(difference.desired) for difference in self.differences} or "made anew"

    def _shown(self, value: Any) -> Any:
        return MASK if self.kind == "Secret" else masked(value)


def drifted_objects(cluster: Cluster, namespace: str, manifest: list[dict[str, Any]]) -> list[Drift]:
    """What differs from a release's manifest.

    Values that only look different (a quantity in another unit) do not count: where the quick comparison finds a
    difference, the server is asked what applying the object would change. Nor does what an autoscaler decides.
    """
    kinds = sorted({(item["apiVersion"], item["kind"]) for item in manifest})
    # Names of kinds first, one by one, so that the parallel part has nothing to find out twice.
    paths = [cluster.path_of(version, kind, namespace=namespace) for version, kind in kinds]
    scaled, *answers = together(
        partial(Autoscalers.read, cluster, namespace), *(partial(cluster.request, "GET", path) for path in paths)
    )
    live = {
        (kind, item["metadata"]["name"]): item
        for (_version, kind), answer in zip(kinds, answers, strict=True)
        for item in answer["items"]
    }
    objects = [(item, live.get((item["kind"], item["metadata"]["name"]))) for item in manifest]
    looks = [(scaled.left_alone(item, there) if there else item, there) for item, there in objects]
    judged = together(*(partial(_drift, cluster, namespace, item, there) for item, there in looks))
    return [drift for drift in judged if drift is not None]


def _drift(cluster: Cluster, namespace: str, item: dict[str, Any], there: dict[str, Any] | None) -> Drift | None:
    kind, name = item["kind"], item["metadata"]["name"]
    if there is None:
        return Drift(kind, name)
    found = differing(_comparable(item), there)
    if found and _server_would_change(cluster, namespace, item, there):
        return Drift(kind, name, tuple(found))
    return None


def _comparable(item: dict[str, Any]) -> dict[str, Any]:
    """The object without what names it, and with a Secret's text as the server stores it."""
    rest = {name: value for name, value in item.items() if name not in ("apiVersion", "kind", "stringData")}
    if item.get("stringData"):
        encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in item["stringData"].items()}
        rest["data"] = {**(item.get("data") or {}), **encoded}
    metadata = item["metadata"]
    rest["metadata"] = {name: metadata[name] for name in ("labels", "annotations") if metadata.get(name)}
    return rest


def _server_would_change(cluster: Cluster, namespace: str, item: dict[str, Any], live: dict[str, Any]) -> bool:
    manifest = {**item, "metadata": {"namespace": namespace, **item["metadata"]}}
    applied = cluster.apply(manifest, dry_run=True)
    return bool(differences(without_bookkeeping(applied), without_bookkeeping(live)))
