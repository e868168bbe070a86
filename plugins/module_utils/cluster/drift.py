# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing what an object should be with what it is on the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..tree import changed_paths
from .quantity import quantity

#: The server writes these itself.
_IGNORED = frozenset({"status", "metadata.creationTimestamp", "metadata.managedFields"})

#: What changes without anybody's doing, and what items of a list lack.
_BOOKKEEPING = frozenset({"status", "apiVersion", "kind"})
_METADATA_BOOKKEEPING = frozenset({"managedFields", "resourceVersion", "generation"})

#: What tells the items of a list apart, the first one that does. A name may repeat: a volume can be mounted twice.
_KEYS = ("name", "mountPath", "containerPort", "port", "ip", "key", "topologyKey")

#: Below these, texts are quantities, which the server may write otherwise.
_QUANTITIES = (".resources.", ".limits.", ".requests.", ".capacity.", ".hard.", "sizeLimit")


class Difference(NamedTuple):
    """One value that is not what it should be; None stands for none."""

    path: str
    desired: Any
    live: Any


def differing(desired: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
    """Values of ``desired`` that ``live`` does not have, by dotted path.

    What only ``live`` has is left alone: defaults, and what other controllers add.
    """
    return list(_differences(desired, live, ""))


def differences(desired: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Their dotted paths."""
    return [difference.path for difference in differing(desired, live)]


def stored_differences(applied: Mapping[str, Any], live: Mapping[str, Any]) -> list[str]:
    """Dotted paths at which two objects differ that the server gave both: what only one of them has counts, too."""
    one, other = without_bookkeeping(applied), without_bookkeeping(live)
    found = dict.fromkeys([*differences(one, other), *differences(other, one)])
    # Between what is stored, an empty value and none are different: an annotation may well be empty.
    return list(found) or changed_paths(other, one)


def without_bookkeeping(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what the server keeps about it, alike whether read alone, in a list, or given by an apply."""
    rest = {name: value for name, value in item.items() if name not in _BOOKKEEPING}
    metadata = {name: value for name, value in item["metadata"].items() if name not in _METADATA_BOOKKEEPING}
    return {**rest, "metadata": metadata}


def _differences(desired: Any, live: Any, path: str) -> Iterator[Difference]:
    if isinstance(desired, Mapping):
        if not isinstance(live, Mapping):
            if not _empty(desired):
                yield Difference(path, desired, live)
            return
        for name, value in desired.items():
            here = f"{path}.{name}" if path else str(name)
            if here not in _IGNORED:
                yield from _differences(value, live.get(name), here)
    elif isinstance(desired, Sequence) and not isinstance(desired, str):
        yield from _list_differences(desired, live, path)
    elif not _same(desired, live, path):
        yield Difference(path, desired, live)


def _list_differences(desired: Sequence[Any], live: Any, path: str) -> Iterator[Difference]:
    live = live or []
    if not isinstance(live, Sequence) or isinstance(live, str):
        yield Difference(path, desired, live)
    elif desired and (key := _key_of(desired, live)):
        by_key = {item[key]: item for item in live}
        for item in desired:
            here = f"{path}[{item[key]}]"
            if item[key] in by_key:
                yield from _differences(item, by_key[item[key]], here)
            else:
                yield Difference(here, item, None)
        if key != "name" and len(live) > len(desired):
            # To named items others may add theirs; many of the other lists belong to one writer as a whole.
            yield Difference(path, desired, live)
    elif len(desired) != len(live):
        yield Difference(path, desired, live)
    else:
        for number, (item, other) in enumerate(zip(desired, live, strict=True)):
            yield from _differences(item, other, f"{path}[{number}]")


def _key_of(*lists: Sequence[Any]) -> str:
    """The field by which the items of all these lists are told apart; empty where it is their position."""
    return next((key for key in _KEYS if all(_is_unique(key, items) for items in lists)), "")


def _is_unique(key: str, items: Sequence[Any]) -> bool:
    values = [item.get(key) if isinstance(item, Mapping) else None for item in items]
    return all(isinstance(value, (str, int)) for value in values) and len(set(values)) == len(values)


def _same(desired: Any, live: Any, path: str) -> bool:
    if desired == live or (_empty(desired) and _empty(live)):
        return True
    if isinstance(desired, bool) or isinstance(live, bool) or not any(mark in f".{path}" for mark in _QUANTITIES):
        return False
    one, other = quantity(desired), quantity(live)
    return one is not None and one == other


def _empty(value: Any) -> bool:
    """Whether the server stores nothing for this value. Of zero and false only it can tell: some fields keep them."""
    return value is None or value in ("", {}, [])
