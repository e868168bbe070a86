"""Dotted paths, and merging as Helm does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import (
    changed_paths,
    dig,
    leaves,
    merged,
    nested,
    without,
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", {"b": {"c": 1, "none": None}}),
        ("a.b.c", 1),
        ("a.b.none", None),
        ("a.b.x", "otherwise"),
        ("x", "otherwise"),
        ("a.b.c.d", "otherwise"),
    ],
)
def test_dig(path: str, found: Any) -> None:
    assert dig({"a": {"b": {"c": 1, "none": None}}}, path, "otherwise") == found


def test_nested_is_what_dig_undoes() -> None:
    assert nested("a.b.c", 7) == {"a": {"b": {"c": 7}}}


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        pytest.param({"a": 1}, {"b": 2}, {"a": 1, "b": 2}, id="keys of both"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="the later wins"),
        pytest.param({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}, id="mappings merge"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, id="lists replace"),
        pytest.param({"a": {"x": 1}}, {"a": "text"}, {"a": "text"}, id="text replaces a mapping"),
        pytest.param({"a": "text"}, {"a": {"x": 1}}, {"a": {"x": 1}}, id="a mapping replaces text"),
        pytest.param({"a": {"x": 1}}, {"a": {}}, {"a": {"x": 1}}, id="an empty mapping changes nothing"),
        pytest.param({"a": {"x": 1}}, {"a": None}, {"a": None}, id="null replaces"),
    ],
)
def test_merged(base: dict[str, Any], over: dict[str, Any], result: dict[str, Any]) -> None:
    assert merged(base, over) == result


def test_merged_leaves_its_arguments_alone() -> None:
    base, over = {"a": {"x": 1}}, {"a": {"x": 2}}
    merged(base, over)
    assert (base, over) == ({"a": {"x": 1}}, {"a": {"x": 2}})


def test_leaves_count_lists_and_empty_mappings() -> None:
    tree = {"a": {"b": 1, "c": {}}, "d": [1, {"e": 2}], "f": None}
    assert list(leaves(tree)) == [("a.b", 1), ("a.c", {}), ("d", [1, {"e": 2}]), ("f", None)]


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1}}, [], id="equal"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b"], id="changed"),
        pytest.param({}, {"a": {"b": 1}}, ["a.b"], id="added"),
        pytest.param({"a": {"b": 1}}, {}, ["a.b"], id="removed"),
        pytest.param({"a": None}, {}, ["a"], id="a null is not nothing"),
        pytest.param({"b": 1, "a": 1}, {"b": 2, "a": 2}, ["a", "b"], id="sorted"),
        pytest.param({"a": 1.0}, {"a": 1}, [], id="JSON knows one kind of number"),
        pytest.param({"a": 1}, {"a": True}, ["a"], id="one is not true"),
        pytest.param({"a": 0}, {"a": False}, ["a"], id="zero is not false"),
    ],
)
def test_changed_paths(before: dict[str, Any], after: dict[str, Any], paths: list[str]) -> None:
    assert changed_paths(before, after) == paths


@pytest.mark.parametrize(
    ("paths", "rest"),
    [
        pytest.param([], {"a": {"b": 1, "c": {"d": 2}}, "e": {}}, id="nothing"),
        pytest.param(["a"], {"e": {}}, id="a block"),
        pytest.param(["a.b"], {"a": {"c": {"d": 2}}, "e": {}}, id="a value"),
        pytest.param(["a.c.d"], {"a": {"b": 1}, "e": {}}, id="a mapping that is empty then goes"),
        pytest.param(["a.b", "a.c"], {"e": {}}, id="so does the one above"),
        pytest.param(["a.b.x"], {"a": {"b": 1, "c": {"d": 2}}, "e": {}}, id="below a value"),
        pytest.param(["a.x"], {"a": {"b": 1, "c": {"d": 2}}, "e": {}}, id="what is not there"),
        pytest.param(["e.x"], {"a": {"b": 1, "c": {"d": 2}}, "e": {}}, id="an empty mapping stays"),
        pytest.param(["x.y"], {"a": {"b": 1, "c": {"d": 2}}, "e": {}}, id="below nothing"),
    ],
)
def test_without(paths: list[str], rest: dict[str, Any]) -> None:
    assert without({"a": {"b": 1, "c": {"d": 2}}, "e": {}}, paths) == rest


def test_a_null_is_removed_like_any_value() -> None:
    assert without({"a": {"b": None, "c": 1}}, ["a.b"]) == {"a": {"c": 1}}


def test_without_leaves_its_argument_alone() -> None:
    tree = {"a": {"b": {"c": 1}}}
    without(tree, ["a.b.c"])
    assert tree == {"a": {"b": {"c": 1}}}
