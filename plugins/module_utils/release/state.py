# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a Helm release, read from the Secrets in which Helm keeps it."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..cluster.session import Cluster
from ..tree import merged
from ..yaml import load_manifest


@dataclass(frozen=True)
class Release:
    """One revision of a release.

    :ivar record: name of the Secret that holds it.
    :ivar status: Helm's word: ``deployed``, ``failed``, ``pending-install``, ...
    :ivar chart_version: version of the chart that was installed.
    :ivar values: the user's values, defaults not included.
    :ivar defaults: the chart's values as Helm keeps them: its defaults, where the user's say nothing.
    :ivar manifest: the objects as rendered, hooks not included.
    :ivar changed_at: when Helm began with this revision; None when its record does not tell.
    :ivar resource_version: of the record, so that it is deleted only as it was read.
    """

    record: str
    revision: int
    status: str
    chart_version: str
    values: dict[str, Any] = field(repr=False)
    manifest: list[dict[str, Any]] = field(repr=False)
    changed_at: datetime | None
    resource_version: str = ""
    defaults: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def pending(self) -> bool:
        """Whether Helm is at it, or was ended in the middle."""
        return self.status.startswith("pending-")

    @property
    def effective(self) -> dict[str, Any]:
        """The user's values above the defaults: a release that was made by hand may leave much to its chart."""
        return merged(self.defaults, self.values)

    def age(self, now: datetime) -> float:
        """Seconds since Helm began with this revision; none when that is not told."""
        return (now - self.changed_at).total_seconds() if self.changed_at else 0.0


def find_release(cluster: Cluster, namespace: str, name: str) -> Release | None:
    """The newest revision of a release, or None when there is none."""
    records = _records(cluster, namespace, name)
    return decode(records[-1]) if records else None


def find_deployed(cluster: Cluster, namespace: str, name: str) -> Release | None:
    """The revision that Helm calls deployed: a later one failed or is not done. The newest where none is."""
    records = _records(cluster, namespace, name)
    deployed = [record for record in records if record["metadata"]["labels"].get("status") == "deployed"]
    return decode((deployed or records)[-1]) if records else None


def _records(cluster: Cluster, namespace: str, name: str) -> list[dict[str, Any]]:
    """The Secrets of a release's revisions, the newest last."""
    answer = cluster.find(f"/api/v1/namespaces/{namespace}/secrets", labelSelector=f"owner=helm,name={name}")
    records = (answer or {}).get("items", [])
    return sorted(records, key=lambda record: int(record["metadata"]["labels"]["version"]))


def decode(record: dict[str, Any]) -> Release:
    """A release from its Secret: base64 within base64, gzip, JSON."""
    packed = base64.b64decode(base64.b64decode(record["data"]["release"]))
    content = json.loads(gzip.decompress(packed))
    return Release(
        record=record["metadata"]["name"],
        revision=int(content["version"]),
        status=content["info"]["status"],
        chart_version=content["chart"]["metadata"]["version"],
        values=content.get("config") or {},
        manifest=load_manifest(content.get("manifest") or ""),
        changed_at=_time(str(content["info"].get("last_deployed") or "")),
        resource_version=str(record["metadata"].get("resourceVersion", "")),
        defaults=content["chart"].get("values") or {},
    )


def _time(text: str) -> datetime | None:
    """RFC 3339 with Go's nanoseconds, which Python's parser does not take before 3.11."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.\d+)?\s?(Z|[+-]\d\d:?\d\d)?.*", text)
    if match is None:
        return None
    zone = match.group(2) or "Z"
    return datetime.strptime(
        match.group(1).replace(" ", "T") + ("+0000" if zone == "Z" else zone.replace(":", "")), "%Y-%m-%dT%H:%M:%S%z"
    )
