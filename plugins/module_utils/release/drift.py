# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a release was changed by hand on the cluster."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

from ..cluster.drift import differences, without_bookkeeping
from ..cluster.session import Cluster, together


def drifted_objects(cluster: Cluster, namespace: str, manifest: list[dict[str, Any]]) -> list[str]:
    """What differs from a release's manifest, one line an object, for instance ``Deployment/x: spec.replicas``.

    Values that only look different (a quantity in another unit) do not count: where the quick comparison finds a
    difference, the server is asked what applying the object would change.
    """
    kinds = sorted({(item["apiVersion"], item["kind"]) for item in manifest})
    # Names of kinds first, one by one, so that the parallel part has nothing to find out twice.
    paths = [cluster.path_of(version, kind, namespace=namespace) for version, kind in kinds]
    answers = together(*(partial(cluster.request, "GET", path) for path in paths))
    live = {
        (kind, item["metadata"]["name"]): item
        for (_version, kind), answer in zip(kinds, answers, strict=True)
        for item in answer["items"]
    }
    found = {}
    suspects = []
    for item in manifest:
        there = live.get((item["kind"], item["metadata"]["name"]))
        if there is None:
            found[_title(item)] = "missing"
        elif paths_changed := differences(_comparable(item), there):
            suspects.append((item, there, paths_changed))
    changing = together(
        *(partial(_server_would_change, cluster, namespace, item, there) for item, there, _paths in suspects)
    )
    for (item, _there, paths_changed), changes in zip(suspects, changing, strict=True):
        if changes:
            found[_title(item)] = ", ".join(paths_changed)
    return [f"{title}: {found[title]}" for title in map(_title, manifest) if title in found]


def _title(item: dict[str, Any]) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


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
