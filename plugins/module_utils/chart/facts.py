# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a chart says of itself: version, components, default values, and the Secrets it can be handed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..tree import dig, merged


@dataclass(frozen=True)
class ChartFacts:
    """Facts read from a chart's files.

    :ivar name: the chart's name.
    :ivar version: its version.
    :ivar app_version: the application's version, empty when not told.
    :ivar digest: sha256 of the archive, ``sha256:<hex>``.
    :ivar archive: path of the archive on the host that keeps it.
    :ivar values: default values, those of sub-charts merged under their names.
    :ivar subcharts: names (or aliases) of the sub-charts that come with it.
    :ivar kube_version: the versions of Kubernetes that it takes, empty when not told.
    :ivar has_schema: whether a ``values.schema.json`` refuses values that it does not know.
    :ivar notes: what the vendor writes directly above a key of the default values, by dotted path: of image tags only.
    """

    name: str
    version: str
    app_version: str
    digest: str
    archive: str
    values: dict[str, Any] = field(repr=False)
    subcharts: tuple[str, ...] = ()
    kube_version: str = ""
    has_schema: bool = False
    notes: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ChartFacts:
        """The facts from what :meth:`as_dict` gave, for instance after a way through JSON."""
        plain = {name: value for name, value in data.items() if name not in _DERIVED}
        return cls(values=plain.pop("default_values"), subcharts=tuple(plain.pop("subcharts")), **plain)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as a module returns it: under `values` a template would find the dictionary's own method."""
        plain = asdict(self)
        return {
            "default_values": plain.pop("values"),
            **plain,
            "subcharts": list(self.subcharts),
            "components": list(self.components),
            "images": self.images,
            "secret_blocks": {block: self.secret_keys(block) for block in self.secret_blocks()},
        }

    @property
    def components(self) -> tuple[str, ...]:
        """What the chart runs beside the data plane itself, sorted: blocks (as the defaults name them) and sub-charts.

        A component has an image and can be left out; an Ingress or a NetworkPolicy has no image.
        """
        return tuple(
            sorted(
                name
                for name, block in self.values.items()
                if isinstance(block, Mapping)
                and isinstance(block.get("image"), Mapping)
                and ("enabled" in block or name in self.subcharts)
            )
        )

    @property
    def images(self) -> dict[str, str]:
        """The images of the defaults, by the dotted path of their block.

        ``registry/repository:tag``; without a tag where the defaults have none, which mostly means ``app_version``.
        """
        return dict(sorted(_images(self.values, "")))

    def has(self, path: str) -> bool:
        """Whether the default values know this dotted path, or a sub-chart has this name."""
        return path in self.subcharts or self.default(path, _ABSENT) is not _ABSENT

    def default(self, path: str, otherwise: Any = None) -> Any:
        """The default value at a dotted path; a renamed block has those of its former name."""
        found = dig(self.values, path, _ABSENT)
        if found is _ABSENT:
            block, dot, rest = path.partition(".")
            found = dig(self.values, f"{_FORMERLY[block]}.{rest}", _ABSENT) if dot and block in _FORMERLY else _ABSENT
        elif path in _FORMERLY and isinstance(found, Mapping):
            found = merged(dig(self.values, _FORMERLY[path], {}), found)
        return otherwise if found is _ABSENT else found

    def home(self, path: str) -> str:
        """Where the default values have what is read at a dotted path: a renamed block's are under its former name."""
        block, dot, rest = path.partition(".")
        there = not dot or block not in _FORMERLY or dig(self.values, path, _ABSENT) is not _ABSENT
        return path if there else f"{_FORMERLY[block]}.{rest}"

    def note(self, path: str) -> str:
        """What the vendor writes above an image's tag, or nothing; a renamed block has the notes of its former name."""
        block, _dot, rest = path.partition(".")
        return self.notes.get(path) or self.notes.get(f"{_FORMERLY.get(block, block)}.{rest}", "")

    def offers_existing_secret(self, block: str) -> bool:
        """Whether the block can be given the name of a Secret that exists."""
        return self.has(f"{block}.existingSecret")

    def secret_keys(self, block: str) -> dict[str, str]:
        """The block's ``secretKeys`` map: purpose to key name within the Secret; empty when it has none."""
        keys = self.default(f"{block}.secretKeys")
        return {str(purpose): str(key) for purpose, key in keys.items()} if isinstance(keys, Mapping) else {}

    def secret_blocks(self) -> Iterator[str]:
        """Dotted paths of all blocks that offer an ``existingSecret``."""
        return _blocks_with(self.values, "existingSecret", "")


_ABSENT = object()

#: Blocks that late charts call otherwise; the defaults stay where they were.
_FORMERLY = {"kodansu": "tansu"}

#: What :meth:`ChartFacts.as_dict` tells that follows from the rest.
_DERIVED = ("components", "images", "secret_blocks")


def _blocks_with(values: Mapping[str, Any], key: str, path: str) -> Iterator[str]:
    if path and key in values:
        yield path
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _blocks_with(value, key, f"{path}.{name}" if path else str(name))


def _images(values: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if not isinstance(value, Mapping):
            continue
        here = f"{path}.{name}" if path else str(name)
        if (name == "image" or str(name).endswith("Image")) and value.get("repository"):
            yield here, _reference(value)
        yield from _images(value, here)


def _reference(image: Mapping[str, Any]) -> str:
    parts = {name: str(image.get(name) or "") for name in ("registry", "repository", "tag", "digest")}
    name = "/".join(part for part in (parts["registry"], parts["repository"]) if part)
    tag = f":{parts['tag']}" if parts["tag"] else ""
    return f"{name}{tag}@{parts['digest']}" if parts["digest"] else f"{name}{tag}"
