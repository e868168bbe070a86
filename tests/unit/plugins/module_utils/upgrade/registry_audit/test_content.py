"""What a schema registry holds, written down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.registry_audit import audit
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.registry_content import Audit

from tests.unit.plugins.module_utils.upgrade.registry_audit.conftest import REFERENCE, Registry

LONG = '{"type": "record", "name": "a", "fields": []}'
SAME = '{"fields":[],"name":"a","type":"record"}'


def taken(found: Audit) -> dict[str, Any]:
    return found.as_dict(taken_at="2026-10-09T12:00:00Z", registry="karapace")


def test_everything_is_written_down(registry: Registry) -> None:
    registry.put("b", 2, 7, "message B {}", schemaType="PROTOBUF", references=[REFERENCE])
    registry.put("b", 1, 5, deleted=True, references=None)
    registry.put("a", 1, 6, compatibility="FULL")
    registry.configs["a"] = "FULL"
    registry.answers["/mode"] = {"mode": "READWRITE"}
    assert taken(audit(registry)) == {
        "format": 1,
        "taken_at": "2026-10-09T12:00:00Z",
        "registry": "karapace",
        "mode": "READWRITE",
        "config": {"compatibilityLevel": "BACKWARD"},
        "subjects": [
            {
                "subject": "a",
                "config": {"compatibilityLevel": "FULL"},
                "versions": [version(1, 6)],
            },
            {
                "subject": "b",
                "config": None,
                "versions": [
                    version(1, 5, deleted=True),
                    version(2, 7, schema="message B {}", schemaType="PROTOBUF", references=[REFERENCE]),
                ],
            },
        ],
        "collisions": [
            {
                "ids": [5, 6],
                "versions": [{"subject": "a", "version": 1, "id": 6}, {"subject": "b", "version": 1, "id": 5}],
            }
        ],
        "unread": [],
        "notes": [],
    }


def version(number: int, id: int, **more: Any) -> dict[str, Any]:
    basic = {"schema": '"string"', "schemaType": "AVRO", "references": [], "deleted": False}
    return {"id": id, "version": number, **basic, **more}


def test_an_audit_is_plain_data(registry: Registry) -> None:
    registry.put("a", 1, 1, references=[REFERENCE])
    registry.put("ü", 1, 2, '"\\u00fc ü"')
    found = taken(audit(registry))
    assert json.loads(json.dumps(found)) == found


def test_an_audit_does_not_depend_on_the_order_of_answers() -> None:
    rows = [("b", 1, 3), ("a", 10, 1), ("a", 9, 2)]
    written = []
    for order in (rows, rows[::-1]):
        one = Registry()
        for row in order:
            one.put(*row)
        one.answers["/config"] = dict(sorted({"x": 1, "compatibilityLevel": "NONE"}.items(), reverse=order is rows))
        written.append(json.dumps(taken(audit(one))))
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("left", "right", "ids"),
    [
        pytest.param({"schema": LONG}, {"schema": SAME}, (3, 9), id="Avro in other words"),
        pytest.param({"schema": LONG}, {"schema": SAME, "schemaType": "AVRO"}, (3, 9), id="Avro by default"),
        pytest.param({"schema": LONG, "schemaType": "JSON"}, {"schema": SAME, "schemaType": "JSON"}, (3, 9), id="JSON"),
        pytest.param({"schema": LONG}, {"schema": SAME, "schemaType": "JSON"}, None, id="another type"),
        pytest.param({"schema": "[1, 2]"}, {"schema": "[2, 1]"}, None, id="another order of a list"),
        pytest.param({"schema": "{"}, {"schema": "{"}, (3, 9), id="no JSON"),
        pytest.param({"schema": "{"}, {"schema": "{ "}, None, id="other text that is no JSON"),
        pytest.param({"schema": "[1,2]", "schemaType": "PROTOBUF"}, {"schema": "[1, 2]", "schemaType": "PROTOBUF"},
                     None, id="other text of another type"),
        pytest.param({"references": [REFERENCE]}, {}, None, id="a reference more"),
        pytest.param({"references": [REFERENCE]}, {"references": [{**REFERENCE, "version": 2}]}, None,
                     id="another reference"),
        pytest.param({"references": [REFERENCE, {"name": "c"}]},
                     {"references": [{"name": "c"}, dict(reversed(REFERENCE.items()))]}, (3, 9),
                     id="references in another order"),
        pytest.param({}, {"deleted": True}, (3, 9), id="one is deleted"),
        pytest.param({}, {"id": 3}, None, id="one id"),
    ],
)  # fmt: skip
def test_collisions(
    registry: Registry, left: dict[str, Any], right: dict[str, Any], ids: tuple[int, ...] | None
) -> None:
    registry.put("b", 1, **{"id": 9, **right})
    registry.put("a", 1, **{"id": 3 if ids or "id" in right else 4, **left})
    assert [collision.ids for collision in audit(registry).collisions] == ([ids] if ids else [])


@pytest.mark.parametrize(
    ("rows", "summary"),
    [
        pytest.param([("a", 1, 1, "1")], "1 subject, 1 version, 1 schema id", id="one"),
        pytest.param(
            [("a", 1, 3, "1"), ("a", 2, 4, "2"), ("b", 1, 9, "1")],
            "2 subjects, 3 versions, 3 schema ids; 1 schema stands under several ids (3, 9)",
            id="a collision",
        ),
        pytest.param(
            [("a", 1, 3, "1"), ("a", 2, 4, "2"), ("b", 1, 9, "1"), ("b", 2, 5, "2"), ("c", 1, 10, "1")],
            "3 subjects, 5 versions, 5 schema ids; 2 schemas stand under several ids (3, 9, 10; 4, 5)",
            id="two collisions",
        ),
        pytest.param(
            [(name, number, number + (10 if name == "b" else 0), str(number)) for name in "ab" for number in range(7)],
            "2 subjects, 14 versions, 14 schema ids; 7 schemas stand under several ids "
            "(0, 10; 1, 11; 2, 12; 3, 13; 4, 14; and 2 more)",
            id="many collisions",
        ),
    ],
)
def test_summary(registry: Registry, rows: list[tuple[str, int, int, str]], summary: str) -> None:
    for row in rows:
        registry.put(*row)
    assert audit(registry).summary() == summary
