# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of a release comes to: components, images, values and defaults before and after. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..chart.boundaries import keys_of
from ..tree import dig, leaves, merged

#: Label that tells a component's pods; the broker keeps its former name there.
_COMPONENT = "app.kubernetes.io/component"
_NAME = "app.kubernetes.io/name"
BROKER = "tansu"

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")

#: As many paths are named in one line.
_NAMED = 12


@dataclass(frozen=True)
class Side:
    """A release before or after.

    :ivar version: of the chart.
    :ivar values: the user's, secrets included.
    :ivar defaults: the chart's.
    :ivar objects: as rendered.
    """

    version: str
    values: dict[str, Any] = field(repr=False)
    defaults: dict[str, Any] = field(repr=False)
    objects: list[dict[str, Any]] = field(repr=False)

    def effective(self, path: str, otherwise: Any = None) -> Any:
        """What the templates see at a path; the broker's block has two names, of which the later wins."""
        return dig(self._whole, path, otherwise)

    @cached_property
    def _whole(self) -> dict[str, Any]:
        whole = merged(self.defaults, self.values)
        # A chart that does not know the later name does not read it.
        later = "kodansu" in self.defaults or not self.defaults
        return {**whole, BROKER: merged(whole.get(BROKER) or {}, (later and whole.get("kodansu")) or {})}

    def components(self) -> dict[str, tuple[str, ...]]:
        """Images of each component by its name."""
        return {component_of(item): images_of(item) for item in workloads(self.objects)}


@dataclass(frozen=True)
class Transition:
    """From one side to the other."""

    before: Side
    after: Side

    def lines(self) -> list[str]:
        """What changes, for people, one line each."""
        old, new = self.before.components(), self.after.components()
        gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
        lines = [f"chart {self.before.version} becomes {self.after.version}"]
        lines += [f"goes: {name}" for name in gone] + [f"comes: {name}" for name in come]
        lines += [
            f"image of {name}: {_change(old[name], new[name])}"
            for name in sorted(set(old) & set(new))
            if old[name] != new[name]
        ]
        lines += [f"value {text}" for text in self.moved_values()]
        flips = [f"{path} is {_text(now)}, was {_text(was)}" for path, was, now in self.flipped_defaults()]
        lines += [f"default {text}" for text in flips[:_NAMED]]
        if len(flips) > _NAMED:
            lines.append(f"default … and {len(flips) - _NAMED} more, which the charts' values.yaml tell")
        return lines

    def moved_values(self) -> Iterator[str]:
        """Blocks of values that the release has and that are set otherwise now, with what took their place."""
        old, new = set(self.before.values), set(self.after.values)
        for block in sorted(old - new):
            key = next(keys_of(block), None)
            if block == BROKER and "kodansu" in new:
                yield "tansu.… is named kodansu.… now"
            elif key and not dig(self.after.defaults, block):
                yield f"{block}.… is gone; in its place: {key.instead}"
            else:
                yield f"{block}.… is not set any more"
        for block in sorted(new - old):
            if block != "kodansu" or BROKER not in old:
                yield f"{block}.… is set now"

    def flipped_defaults(self) -> Iterator[tuple[str, Any, Any]]:
        """Path, default before and after, where both charts have one and the release sets none; images aside."""
        now = dict(leaves(self.after.defaults))
        own = {path for values in (self.before.values, self.after.values) for path, _value in leaves(values)}
        # The broker's defaults stand under its former name.
        own |= {f"{BROKER}.{path.removeprefix('kodansu.')}" for path in own if path.startswith("kodansu.")}
        for path, was in leaves(self.before.defaults):
            if path in now and now[path] != was and path not in own and ".image." not in f".{path}":
                yield path, was, now[path]


def workloads(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The objects that run pods."""
    return (item for item in objects if item["kind"] in _WORKLOADS)


def component_of(item: Mapping[str, Any]) -> str:
    """A workload's component: Bitnami's sub-chart calls its own ``primary``, and Kora has a name only."""
    labels = item["metadata"].get("labels") or {}
    name = str(labels.get(_NAME) or item["metadata"]["name"])
    component = str(labels.get(_COMPONENT) or "")
    return component if component not in ("", "primary") else name


def images_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Images of a workload's containers."""
    spec = item["spec"]["template"]["spec"]
    return tuple(str(container.get("image")) for container in spec["containers"])


def _change(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Without the registry, unless it is that which changes."""
    was, now = (", ".join(image.rpartition("/")[2] for image in images) for images in (old, new))
    return f"{was} becomes {now}" if was != now else f"{', '.join(old)} becomes {', '.join(new)}"


def _text(value: Any) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else repr(value)
