# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a packaged chart."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import PopsinkError
from ..tree import merged
from ..yaml import YAMLError, load_yaml
from .facts import ChartFacts

#: The two files of a chart (and of each sub-chart) that are read; templates are Helm's business.
_METADATA, _VALUES = "Chart.yaml", "values.yaml"


def read_chart(archive: Path) -> ChartFacts:
    """Facts of a packaged chart.

    :raises PopsinkError: the file is no chart archive, or a file in it is not YAML.
    """
    content = archive.read_bytes()
    try:
        files = _files(content)
        metadata, values, subcharts = _chart(files, "")
        name, version = str(metadata["name"]), str(metadata["version"])
    except (tarfile.TarError, zlib.error, EOFError, OSError, YAMLError, KeyError, TypeError) as error:
        raise PopsinkError(
            f"{archive} is not a Helm chart that can be read: {type(error).__name__}: {error}.",
            remedy="Delete it to have it pulled again, or check popsink_chart_ref and popsink_chart_version.",
        ) from error
    return ChartFacts(
        name=name,
        version=version,
        app_version=str(metadata.get("appVersion") or ""),
        digest="sha256:" + hashlib.sha256(content).hexdigest(),
        archive=str(archive),
        values=values,
        subcharts=tuple(sorted(subcharts)),
    )


def _files(content: bytes) -> dict[str, bytes]:
    """Content of the files of interest, by path below the chart's own folder."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            if member.isfile() and (path.endswith((_METADATA, _VALUES)) or _is_packed_subchart(path)):
                opened = tar.extractfile(member)
                files[path] = opened.read() if opened else b""
    return files


def _is_packed_subchart(path: str) -> bool:
    return path.startswith("charts/") and path.endswith(".tgz") and path.count("/") == 1


def _chart(files: Mapping[str, bytes], folder: str) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
    """Metadata, default values with those of the sub-charts, and the sub-charts' names."""
    metadata = load_yaml(files[folder + _METADATA])
    values = load_yaml(files.get(folder + _VALUES, b"")) or {}
    if not isinstance(metadata, dict) or not isinstance(values, dict):
        raise TypeError(f"{folder}{_METADATA} and {folder}{_VALUES} must hold keys and values")
    below: dict[str, Any] = {}
    aliases = {entry["name"]: entry.get("alias", entry["name"]) for entry in metadata.get("dependencies") or ()}
    for name, (_own, defaults, _names) in _subcharts(files, folder).items():
        below[aliases.get(name, name)] = defaults
    return metadata, merged(below, values), set(below)


def _subcharts(files: Mapping[str, bytes], folder: str) -> dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]]:
    found = {}
    prefix = f"{folder}charts/"
    for path in files:
        if not path.startswith(prefix):
            continue
        rest = path[len(prefix) :]
        if rest.endswith(".tgz") and "/" not in rest:
            chart = _chart(_files(files[path]), "")
        elif rest.endswith("/" + _METADATA) and rest.count("/") == 1:
            chart = _chart(files, prefix + rest.partition("/")[0] + "/")
        else:
            continue
        found[str(chart[0]["name"])] = chart
    return found
