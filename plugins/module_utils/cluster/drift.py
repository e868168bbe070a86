# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing what an object should be with what it is on the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .quantity import quantity

#: The server writes these itself.
_IGNORED = frozenset({"status", "metadata.creationTimestamp", "metadata.managedFields"})

#: Below these, texts are quantities, which the server may write otherwise.
_QUANTITIES = (".resources.", ".limits.", ".requests.", ".capacity.", ".hard.", "sizeLimit")


def differences(desired: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Dotted paths of ``desired`` whose value ``live`` does not have.

    What only ``live`` has is left alone: defaults, and what other controllers add.
    """
    return list(_differences(desired, live, ""))


def _differences(desired: Any, live: Any, path: str) -> Iterator[str]:
    if isinstance(desired, Mapping):
        if not isinstance(live, Mapping):
            if not _empty(desired):
                yield path
            return
        for name, value in desired.items():
            here = f"{path}.{name}" if path else str(name)
            if here not in _IGNORED:
                yield from _differences(value, live.get(name), here)
    elif isinstance(desired, Sequence) and not isinstance(desired, str):
        yield from _list_differences(desired, live, path)
    elif not _same(desired, live, path):
        yield path


def _list_differences(desired: Sequence[Any], live: Any, path: str) -> Iterator[str]:
    live = live or []
    if not isinstance(live, Sequence) or isinstance(live, str):
        yield path
    elif desired and all(isinstance(item, Mapping) and "name" in item for item in desired):
        by_name = {item.get("name"): item for item in live if isinstance(item, Mapping)}
        for item in desired:
            here = f"{path}[{item['name']}]"
            if item["name"] in by_name:
                yield from _differences(item, by_name[item["name"]], here)
            else:
                yield here
    elif len(desired) != len(live):
        yield path
    else:
        for number, (item, other) in enumerate(zip(desired, live, strict=True)):
            yield from _differences(item, other, f"{path}[{number}]")


def _same(desired: Any, live: Any, path: str) -> bool:
    if desired == live or (_empty(desired) and _empty(live)):
        return True
    if isinstance(desired, bool) or isinstance(live, bool) or not any(mark in f".{path}" for mark in _QUANTITIES):
        return False
    one, other = quantity(desired), quantity(live)
    return one is not None and one == other


def _empty(value: Any) -> bool:
    """Whether the server drops this value: it stores no empty fields, zero and false included."""
    return value is None or value is False or value in ("", 0, {}, [])
