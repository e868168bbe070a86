# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects beside the chart's own: applied where they differ from what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ..errors import PopsinkError
from ..plan.ingress_controllers import refers_to
from ..plan.labels import MANAGED_BY, MANAGER, RELEASE, labels_of
from ..step import StepContext
from ..yaml import dump_yaml
from .drift import stored_differences, without_bookkeeping
from .namespace import ensure_namespace
from .session import ApiError, Cluster, UnknownKindError, together


def ensure_manifests(
    cluster: Cluster,
    manifests: Iterable[dict[str, Any]],
    absent: Iterable[dict[str, Any]],
    context: StepContext,
    *,
    successor: str = "",
) -> dict[str, Any]:
    """Apply what is missing or differs, and then remove what is no longer wanted and is ours.

    :param successor: name of the release whose own Ingress takes the place of what is removed; empty for none.
    :return: a module's result: ``changed``, ``applied`` and ``removed`` (one line an object) and, on request, ``diff``.
    :raises PopsinkError: the successor is not in its place yet; nothing was changed.
    """
    wanted, leaving = list(manifests), _leaving(cluster, list(absent))
    if leaving and successor:
        _require_successor(cluster, leaving, successor)
    applied: list[str] = []
    diffs: list[dict[str, str]] = []
    there = _live(cluster, wanted)
    for manifest, live, goal in zip(wanted, there, _goals(cluster, wanted, there), strict=True):
        differing = stored_differences(goal, live) if live and goal else ["missing"]
        if not differing:
            continue
        applied.append(f"{_title(manifest)}: {', '.join(differing)}")
        if context.diff:
            diffs.append(_diff(manifest, live, goal))
        if not context.check:
            _apply(cluster, manifest)
    removed = [_title(item) for item in leaving]
    for item in () if context.check else leaving:
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


def _leaving(cluster: Cluster, unwanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What of it is there and is ours."""
    there = together(*(partial(_former, cluster, item) for item in unwanted))
    return [item for item, live in zip(unwanted, there, strict=True) if live is not None and _is_ours(live)]


def _require_successor(cluster: Cluster, leaving: list[dict[str, Any]], release: str) -> None:
    """Go on only where a release's Ingress is there and can do without what goes: else nothing led to the data plane.

    :raises PopsinkError: it is not.
    """
    space = leaving[0]["metadata"]["namespace"]
    listed = cluster.items(cluster.path_of("networking.k8s.io/v1", "Ingress", namespace=space))
    given = [item["metadata"].get("annotations") or {} for item in listed]
    own = [annotations for annotations in given if annotations.get(RELEASE) == release]
    gone = ", ".join(_title(item) for item in leaving)
    if not own:
        found = f"{gone} cannot go: the Ingress of release {release}, which takes its place, is not there yet."
    elif any(refers_to(annotations, item) for annotations in own for item in leaving):
        found = f"{gone} cannot go: the Ingress of release {release} refers to it still."
    else:
        return
    raise PopsinkError(found, remedy="Run the role release first (--tags release,ingress), or all of site.yml.")


def _former(cluster: Cluster, item: Mapping[str, Any]) -> dict[str, Any] | None:
    """An object that may be left of earlier; none of a kind that the cluster or this account does not know."""
    try:
        found: dict[str, Any] | None = cluster.find(_path(cluster, item))
    except UnknownKindError:
        return None
    except ApiError as error:
        if error.status == 403:
            return None
        raise
    return found


def _goals(
    cluster: Cluster, manifests: list[dict[str, Any]], there: list[dict[str, Any] | None]
) -> list[dict[str, Any] | None]:
    """What applying would make of the objects that are there; nothing is written.

    Only the server can tell: it knows which fields were ours, and drops those that a manifest no longer has.
    """
    return together(
        *(
            partial(cluster.apply, manifest, dry_run=True) if live else _nothing
            for manifest, live in zip(manifests, there, strict=True)
        )
    )


def _nothing() -> None:
    """In place of a request: an object that is missing may lack its namespace, too, and an apply would be refused."""


def _path(cluster: Cluster, item: Mapping[str, Any]) -> str:
    metadata = item["metadata"]
    return cluster.path_of(
        item["apiVersion"], item["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"]
    )


def _title(item: Mapping[str, Any]) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


def _is_ours(live: Mapping[str, Any]) -> bool:
    return labels_of(live).get(MANAGED_BY) == MANAGER


def _diff(manifest: dict[str, Any], live: dict[str, Any] | None, goal: dict[str, Any] | None) -> dict[str, str]:
    """The parts that are ours, as they are and as they should be."""
    ours = without_bookkeeping(manifest)
    before = _ours(without_bookkeeping(live), ours, without_bookkeeping(goal)) if live and goal else {}
    return {"before_header": _title(manifest), "after_header": _title(manifest),
            "before": dump_yaml(before) if before else "", "after": dump_yaml(ours)}  # fmt: skip


def _ours(live: Any, manifest: Any, goal: Any) -> Any:
    """``live`` without the fields that the manifest does not have and applying it would leave as they are."""
    if isinstance(live, Mapping) and isinstance(goal, Mapping):
        wanted = manifest if isinstance(manifest, Mapping) else {}
        # In the manifest's order, so that order is no difference.
        names = [*(name for name in wanted if name in live), *(name for name in live if name not in wanted)]
        return {
            name: _ours(live[name], wanted.get(name), goal.get(name))
            for name in names
            if name in wanted or live[name] != goal.get(name)
        }
    lists = (live, manifest, goal)
    if all(isinstance(part, list) for part in lists) and len({len(part) for part in lists}) == 1:
        return [_ours(*parts) for parts in zip(*lists, strict=True)]
    return live
