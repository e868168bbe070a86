# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects beside the chart's own: applied where they differ from what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ..plan.labels import MANAGER
from ..step import StepContext
from ..yaml import dump_yaml
from .drift import differences
from .namespace import ensure_namespace
from .session import ApiError, Cluster, together


def ensure_manifests(
    cluster: Cluster, manifests: Iterable[dict[str, Any]], absent: Iterable[dict[str, Any]], context: StepContext
) -> dict[str, Any]:
    """Apply what is missing or differs, and remove what is no longer wanted and is ours.

    :return: a module's result: ``changed``, ``applied`` and ``removed`` (one line an object) and, on request, ``diff``.
    """
    wanted, unwanted = list(manifests), list(absent)
    applied: list[str] = []
    diffs: list[dict[str, str]] = []
    for manifest, live in zip(wanted, _live(cluster, wanted), strict=True):
        differing = ["missing"] if live is None else differences(_comparable(manifest), live)
        if not differing:
            continue
        applied.append(f"{_title(manifest)}: {', '.join(differing)}")
        if context.diff:
            diffs.append(_diff(manifest, live))
        if not context.check:
            _apply(cluster, manifest)
    removed = []
    for item, live in zip(unwanted, _live(cluster, unwanted), strict=True):
        if live is not None and _is_ours(live):
            removed.append(_title(item))
            if not context.check:
                cluster.delete(_path(cluster, item))
    report = [*(f"{line} - applied" for line in applied), *(f"{line} - removed" for line in removed)]
    changed = bool(applied or removed)
    return {"changed": changed, "applied": applied, "removed": removed, "report": report, "diff": diffs}


def _apply(cluster: Cluster, manifest: dict[str, Any]) -> None:
    """Apply an object, its namespace first where that is missing."""
    try:
        cluster.apply(manifest)
    except ApiError as error:
        namespace = manifest["metadata"].get("namespace")
        if error.status != 404 or not namespace or not ensure_namespace(cluster, namespace):
            raise
        cluster.apply(manifest)


def _live(cluster: Cluster, items: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    paths = [_path(cluster, item) for item in items]
    return together(*(partial(cluster.find, path) for path in paths))


def _path(cluster: Cluster, item: Mapping[str, Any]) -> str:
    metadata = item["metadata"]
    return cluster.path_of(
        item["apiVersion"], item["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"]
    )


def _comparable(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in manifest["metadata"].items() if name in ("labels", "annotations")}
    rest = {name: value for name, value in manifest.items() if name not in ("apiVersion", "kind")}
    return {**rest, "metadata": metadata}


def _title(item: Mapping[str, Any]) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


def _is_ours(live: Mapping[str, Any]) -> bool:
    return (live["metadata"].get("labels") or {}).get("app.kubernetes.io/managed-by") == MANAGER


def _diff(manifest: dict[str, Any], live: dict[str, Any] | None) -> dict[str, str]:
    """The parts that are ours, as they are and as they should be."""
    before = dump_yaml(_projected(live, manifest)) if live else ""
    return {"before_header": _title(manifest), "after_header": _title(manifest), "before": before,
            "after": dump_yaml(manifest)}  # fmt: skip


def _projected(live: Any, onto: Any) -> Any:
    """``live`` without the fields that ``onto`` does not have."""
    if isinstance(live, Mapping) and isinstance(onto, Mapping):
        return {name: _projected(live[name], value) for name, value in onto.items() if name in live}
    if isinstance(live, list) and isinstance(onto, list) and len(live) == len(onto):
        return [_projected(item, other) for item, other in zip(live, onto, strict=True)]
    return live
