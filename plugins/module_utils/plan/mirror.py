# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that come from a mirror: the same names there, less the registry that they had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..chart.facts import ChartFacts
from ..findings import Finding, failed
from ..images.image_name import image_name
from ..tree import dig, merged, nested
from .broker import as_named
from .inputs import Inputs
from .model import Plan


def mirrored(name: str, registry: str) -> str:
    """What an image is called in a mirror.

    :param registry: host of the mirror, and the path there below which it has everything.
    """
    image = image_name(name)
    if image is None:
        return name
    sign = "@" if image.reference.partition(":")[2] else ":"
    return f"{registry}/{image.repository}{sign}{image.reference}"


def further_images(inputs: Inputs, names: Iterable[str]) -> list[str]:
    """Images that no pod of the release names, as the site pulls them; none where there is no mirror."""
    registry = inputs.mirror_registry.rstrip("/")
    return [mirrored(name, registry) for name in names] if registry else []


def with_mirror(plan: Plan, inputs: Inputs, chart: ChartFacts) -> Plan:
    """The plan with every image of the chart's values from the mirror, except where the user's own values name one."""
    registry = inputs.mirror_registry.rstrip("/")
    if not registry:
        return plan
    if wrong := _wrong(registry):
        return plan.merge(Plan(findings=(wrong,)))
    images: dict[str, Any] = {}
    for path in chart.images:
        images = merged(images, as_named(_from_mirror(path, registry, plan, chart), chart))
    return Plan(**{**vars(plan), "values": merged(images, plan.values)})


def _from_mirror(path: str, registry: str, plan: Plan, chart: ChartFacts) -> dict[str, Any]:
    """An image's block with the mirror in it: as its registry, or in front of its repository where it has none."""
    if chart.has(f"{path}.registry"):
        return nested(f"{path}.registry", registry)
    named = image_name(str(dig(plan.values, f"{path}.repository") or chart.default(f"{path}.repository")))
    return nested(f"{path}.repository", f"{registry}/{named.repository}") if named else {}


def _wrong(registry: str) -> Finding | None:
    image = image_name(f"{registry}/image")
    if image is not None and image.host == registry.partition("/")[0]:
        return None
    return failed(
        "mirror.registry",
        f"popsink_mirror_registry is {registry!r}, which is no registry.",
        "Give host, port and path as images' names have them, for instance mirror.example.com:5000/popsink.",
    )
