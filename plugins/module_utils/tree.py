# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nested mappings: dotted paths, merging as Helm merges values, and the difference of two trees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


def dig(tree: Any, path: str, otherwise: Any = None) -> Any:
    """The value at a dotted path, or ``otherwise`` where the path ends early."""
    for name in path.split("."):
        if not isinstance(tree, Mapping) or name not in tree:
            return otherwise
        tree = tree[name]
    return tree


def nested(path: str, value: Any) -> dict[str, Any]:
    """A tree that holds ``value`` at a dotted path and nothing else."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value  # type: ignore[no-any-return]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid over ``base``: mappings merge key by key, everything else replaces, as Helm does."""
    result = dict(base)
    for name, value in over.items():
        below = result.get(name)
        result[name] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def without(tree: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The tree less what stands at dotted paths; a mapping that has nothing else goes, too."""
    rest = dict(tree)
    for path in paths:
        name, dot, below = path.partition(".")
        inner = rest.get(name)
        if not dot:
            rest.pop(name, None)
        elif isinstance(inner, Mapping) and dig(inner, below, _ABSENT) is not _ABSENT:
            left = without(inner, [below])
            rest = {**rest, name: left} if left else {key: value for key, value in rest.items() if key != name}
    return rest


def leaves(
    tree: Mapping[str, Any], path: str = "", *, is_leaf: Callable[[Any], bool] = lambda _value: False
) -> Iterator[tuple[str, Any]]:
    """Dotted path and value of everything that is not a mapping with content.

    :param is_leaf: says of a mapping that it counts as one value.
    """
    for name, value in tree.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping) and value and not is_leaf(value):
            yield from leaves(value, here, is_leaf=is_leaf)
        else:
            yield here, value


def changed_paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Dotted paths at which two trees differ, sorted."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return sorted(path for path in old.keys() | new.keys() if _differ(old.get(path, _ABSENT), new.get(path, _ABSENT)))


def _differ(one: Any, other: Any) -> bool:
    """Whether two values are different to a chart, to which 1 and true are."""
    return one != other or isinstance(one, bool) != isinstance(other, bool)


_ABSENT = object()
