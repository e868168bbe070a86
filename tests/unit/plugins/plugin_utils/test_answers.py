"""Text of surveys as what it means."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.plugin_utils.answers import as_meant, listed

SPEC: dict[str, dict[str, Any]] = {
    "kinds": {"type": "list", "elements": "str"},
    "rules": {"type": "list", "elements": "dict"},
    "count": {"type": "int"},
    "wanted": {"type": "bool"},
    "name": {"type": "str"},
    "plain": {},
    "way": {"type": "str", "choices": ["keys", "irsa"]},
    "mode": {"type": "str", "choices": ["", "some"]},
    "release": {"type": "dict", "options": {"kinds": {"type": "list"}}},
}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("one\ntwo", ["one", "two"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("one\n", ["one"]),
        ("one", "one"),
        ("one,two", "one,two"),
        ("[one, two]", ["one", "two"]),
        ("- key: team\n  value: data", [{"key": "team", "value": "data"}]),
        ("[one, two", "[one, two"),
        ("- one: [", "- one: ["),
        ("", ""),
        (["one"], ["one"]),
        (None, None),
    ],
)
def test_a_list_as_text(given: Any, meant: Any) -> None:
    assert listed(given) == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"kinds": "one\ntwo"}, {"kinds": ["one", "two"]}),
        ({"kinds": "one,two"}, {"kinds": "one,two"}),
        ({"wanted": "false"}, {"wanted": False}),
        ({"wanted": "Yes"}, {"wanted": True}),
        ({"wanted": "perhaps"}, {"wanted": "perhaps"}),
        ({"count": "3"}, {"count": "3"}),
        ({"count": 3}, {"count": 3}),
        ({"kinds": "", "rules": " ", "count": "", "wanted": ""}, {}),
        ({"name": "", "plain": ""}, {"name": "", "plain": ""}),
        ({"way": "", "mode": ""}, {"mode": ""}),
        ({"way": "irsa", "mode": "some"}, {"way": "irsa", "mode": "some"}),
        ({"way": "other"}, {"way": "other"}),
        ({"name": "one\ntwo"}, {"name": "one\ntwo"}),
        ({"unknown": "x"}, {"unknown": "x"}),
        ({"release": {"kinds": "one\ntwo"}}, {"release": {"kinds": ["one", "two"]}}),
        ({"release": '{"kinds": []}'}, {"release": '{"kinds": []}'}),
    ],
)
def test_values_for_a_spec(given: dict[str, Any], meant: dict[str, Any]) -> None:
    assert as_meant(given, SPEC) == meant
