# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a packaged chart, and packaging a chart's folder."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import PopsinkError
from ..tree import merged
from ..yaml import YAMLError, load_yaml
from .facts import ChartFacts

#: The two files of a chart (and of each sub-chart) that are read; templates are Helm's business.
_METADATA, _VALUES = "Chart.yaml", "values.yaml"

#: Of this one it counts whether it is there.
_SCHEMA = "values.schema.json"

#: Bytes that a chart may have unpacked; Helm takes no more either.
_LIMIT = 100 * 1024 * 1024

#: Paths of keys whose comments are kept: image tags, where the vendor tells what a change of them means.
_NOTED = re.compile(r"(?:.+\.)?image\.tag")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

#: Folders that are no part of a chart.
_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr"})

#: Any fixed time will do; this one is the first that every tar reader shows without surprise.
_TIME = 315532800


class _Unreadable(Exception):
    """What is wrong with a chart's files, as the rest of a sentence about it."""


@dataclass(frozen=True)
class _Chart:
    """What is read of a chart, and of each sub-chart.

    :ivar values: its default values, those of its sub-charts under their names.
    :ivar notes: comments by dotted path, likewise.
    :ivar subcharts: names, or aliases, of its sub-charts.
    :ivar packed: the sub-charts' names, whatever their aliases.
    """

    metadata: dict[str, Any]
    values: dict[str, Any]
    notes: dict[str, str]
    subcharts: tuple[str, ...]
    packed: frozenset[str]


def read_chart(archive: Path, *, version: str = "", local: str = "") -> ChartFacts:
    """Facts of a packaged chart.

    :param version: the version that it must be; empty for any.
    :param local: where it was copied from; empty for one that was pulled.
    :raises PopsinkError: the file is no chart archive, a file in it is not YAML, or it is another version.
    """
    again = "" if local else f"Delete {archive} to have it pulled again."
    try:
        content = archive.read_bytes()
        files = _files(content)
        chart = _chart(files, "")
        _all_there(chart)
        facts = ChartFacts(
            name=_told(chart.metadata, "name"),
            version=_told(chart.metadata, "version"),
            app_version=str(chart.metadata.get("appVersion") or ""),
            digest="sha256:" + hashlib.sha256(content).hexdigest(),
            archive=str(archive),
            values=chart.values,
            subcharts=tuple(sorted(chart.subcharts)),
            kube_version=str(chart.metadata.get("kubeVersion") or ""),
            has_schema=_SCHEMA in files,
            notes=chart.notes,
        )
    except (_Unreadable, OSError) as error:
        raise PopsinkError(
            f"{local or archive} is not a Helm chart that can be read: {error}.",
            remedy="Check popsink_chart_ref and popsink_chart_version. "
            + (again or "Package it again with helm package."),
        ) from error
    if version and facts.version != version:
        raise PopsinkError(
            f"popsink_chart_version is {version}, and the chart in {local or archive} is version {facts.version}.",
            remedy=f"Set popsink_chart_version to {facts.version}, or correct popsink_chart_ref. {again}",
        )
    return facts


def packed(folder: Path) -> bytes:
    """A chart's folder as an archive that Helm takes, with the same bytes for the same content.

    Folders of version control are left out, and so are links that lead out of the chart.

    :raises PopsinkError: the folder is no chart, or something in it cannot be read.
    """
    try:
        if not (folder / _METADATA).is_file():
            raise _Unreadable(f"it holds no {_METADATA}")
        files = dict(_content(folder.resolve(), (), ""))
        name = _told(_mapping(files, _METADATA), "name")
        if not _NAME.fullmatch(name):
            raise _Unreadable(f"{_METADATA} names it {name!r}, which is no name")
    except (_Unreadable, OSError) as error:
        raise PopsinkError(
            f"popsink_chart_ref is {folder}, a folder that is not a Helm chart that can be read: {error}.",
            remedy=f"Give the folder in which the chart's {_METADATA} stands, readable for the user of this host.",
        ) from error
    archive = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=archive, mode="wb", filename="", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        # Helm takes the first Chart.yaml for the chart's own: it stands first.
        for path, content in sorted(files.items(), key=lambda item: (item[0] != _METADATA, item[0])):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mode, entry.mtime = len(content), 0o644, _TIME
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def _content(root: Path, above: tuple[Path, ...], prefix: str) -> Iterator[tuple[str, bytes]]:
    """Path below the chart's folder, and content, of each file."""
    here = root / prefix
    for path in here.iterdir():
        name, real = f"{prefix}{path.name}", path.resolve()
        if path.name in _VERSION_CONTROL or not real.is_relative_to(root):
            continue
        if real.is_dir():
            # A link to a folder in which it stands itself would lead around for ever.
            if real not in (root, here.resolve(), *above):
                yield from _content(root, (*above, here.resolve()), f"{name}/")
        elif real.is_file():
            yield name, real.read_bytes()


def _files(content: bytes) -> dict[str, bytes]:
    """Content of the files of interest, by path below the chart's own folder."""
    files, tops = {}, set()
    try:
        # To its end, since the checksum stands there.
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as compressed:
            unpacked = compressed.read(_LIMIT + 1)
        if len(unpacked) > _LIMIT:
            raise _Unreadable(f"it is larger than {_LIMIT // 1024 // 1024} MiB unpacked")
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as tar:
            for member in tar:
                top, path = _place(member.name)
                if member.isfile() and (path.endswith((_METADATA, _VALUES)) or path == _SCHEMA or _is_packed(path)):
                    opened = tar.extractfile(member)
                    files[path] = opened.read() if opened else b""
                    if path == _METADATA:
                        tops.add(top)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise _Unreadable(f"{type(error).__name__}: {str(error).rstrip('.')}") from error
    if len(tops) > 1:
        raise _Unreadable(f"it holds more than one chart: {', '.join(sorted(tops))}")
    return files


def _place(name: str) -> tuple[str, str]:
    """Top folder and path below it of a file in an archive."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or parts[0].endswith(":"):
        raise _Unreadable(f"it holds a file {name!r}, whose path leads out of the chart")
    return parts[0], "/".join(parts[1:])


def _is_packed(path: str) -> bool:
    """Whether this is the archive of a sub-chart."""
    return path.startswith("charts/") and path.endswith(".tgz") and path.count("/") == 1


def _chart(files: Mapping[str, bytes], folder: str) -> _Chart:
    metadata = _mapping(files, folder + _METADATA)
    values = _mapping(files, folder + _VALUES) if folder + _VALUES in files else {}
    found = _subcharts(files, folder)
    below: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for name, chart in found.items():
        same = [entry for entry in _dependencies(metadata, folder) if entry["name"] == name]
        for alias in [str(entry.get("alias") or name) for entry in same] or [name]:
            below[alias] = chart.values
            notes |= {f"{alias}.{path}": note for path, note in chart.notes.items()}
    notes |= dict(_notes(files.get(folder + _VALUES, b"")))
    return _Chart(metadata, merged(below, values), notes, tuple(below), frozenset(found))


def _subcharts(files: Mapping[str, bytes], folder: str) -> dict[str, _Chart]:
    found = {}
    prefix = f"{folder}charts/"
    for path in files:
        if not path.startswith(prefix):
            continue
        rest = path[len(prefix) :]
        if rest.endswith(".tgz") and "/" not in rest:
            try:
                chart = _chart(_files(files[path]), "")
            except _Unreadable as error:
                raise _Unreadable(f"its sub-chart {path}: {error}") from error
        elif rest.endswith("/" + _METADATA) and rest.count("/") == 1:
            chart = _chart(files, prefix + rest.partition("/")[0] + "/")
        else:
            continue
        found[_told(chart.metadata, "name", path)] = chart
    return found


def _dependencies(metadata: Mapping[str, Any], folder: str = "") -> list[Mapping[str, Any]]:
    entries = metadata.get("dependencies") or []
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) and entry.get("name") for entry in entries):
        raise _Unreadable(f"the dependencies in {folder}{_METADATA} are not a list of charts with names")
    return entries


def _all_there(chart: _Chart) -> None:
    """Helm refuses a chart without one of its sub-charts, switched off or not; here its defaults would be missing."""
    for entry in _dependencies(chart.metadata):
        if entry["name"] not in chart.packed:
            raise _Unreadable(f"its sub-chart {entry['name']} is not in it (helm dependency build fetches it)")


def _told(metadata: Mapping[str, Any], key: str, path: str = _METADATA) -> str:
    value = metadata.get(key)
    if not value or isinstance(value, (dict, list)):
        raise _Unreadable(f"{path} tells no {key}")
    return str(value)


def _mapping(files: Mapping[str, bytes], path: str) -> dict[str, Any]:
    """A file of keys and values, as Helm reads it: by way of JSON."""
    if path not in files:
        raise _Unreadable(f"it holds no {path}")
    try:
        data = _as_json(load_yaml(files[path]))
    except (YAMLError, ValueError, RecursionError) as error:
        raise _Unreadable(f"{path} is not YAML: {' '.join(str(error).split()).rstrip('.')}") from error
    if data is None and path.endswith(_VALUES):
        return {}
    if not isinstance(data, dict):
        raise _Unreadable(f"{path} does not hold keys and values")
    return data


def _as_json(data: Any) -> Any:
    """The data with texts for keys and dates.

    :raises ValueError: it holds something that JSON does not have.
    """
    if isinstance(data, dict):
        return {_key(name): _as_json(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_as_json(value) for value in data]
    if isinstance(data, date):
        return data.isoformat()
    if data is None or isinstance(data, (str, bool, int, float)):
        return data
    raise ValueError(f"a value of type {type(data).__name__} stands in it")


def _key(name: Any) -> str:
    if name is None or isinstance(name, bool):
        return {None: "null", True: "true", False: "false"}[name]
    return str(_as_json(name))


def _notes(content: bytes) -> Iterator[tuple[str, str]]:
    """Dotted path and comment of image tags; the comment is what stands directly above, without its marks."""
    # PyYAML drops comments and tells on which line each key stands; that it is there was asked before.
    import yaml

    root = yaml.compose(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    lines = content.decode("utf-8", "replace").splitlines()
    for path, first, key in _keys(root, "", 0):
        if _NOTED.fullmatch(path):
            comment: list[str] = []
            for line in reversed(lines[first:key]):
                if not line.lstrip().startswith("#"):
                    break
                comment.insert(0, line.strip().lstrip("#").removeprefix(" "))
            if comment:
                yield path, "\n".join(comment)


def _keys(node: Any, path: str, first: int) -> Iterator[tuple[str, int, int]]:
    """Dotted path of every key below a node, the line from which on nothing but comments stands above it, its line."""
    if node is None or node.id != "mapping":
        return
    for name, value in node.value:
        here = f"{path}.{name.value}" if path else str(name.value)
        yield here, first, name.start_mark.line
        yield from _keys(value, here, name.end_mark.line + 1)
        first = _end(value)


def _end(node: Any) -> int:
    """The line after a node. Of a block, the mark of its end stands behind the comments that follow."""
    if node.id != "scalar" and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if node.id == "mapping" else last)
    mark = node.end_mark
    return int(mark.line if mark.column == 0 else mark.line + 1)
