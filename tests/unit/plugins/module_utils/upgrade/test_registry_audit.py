"""What a schema registry holds, written down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.registry_audit import audit, through_cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.registry_content import Audit

from tests.unit.plugins.fakes import FakeCluster

PROXY = "/api/v1/namespaces/popsink/services/http:popsink-karapace:8081/proxy"
LONG = '{"type": "record", "name": "a", "fields": []}'
SAME = '{"fields":[],"name":"a","type":"record"}'
REFERENCE = {"name": "b.proto", "subject": "b", "version": 1}


class Registry:
    """A registry in memory, as ``ask`` sees it.

    :ivar answers: what a path answers instead: a value (None is 404), or an error to raise.
    :ivar asked: paths, in order.
    """

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []
        self.known: set[str] = set()
        self.configs: dict[str, str] = {}
        self.answers: dict[str, Any] = {"/config": {"compatibilityLevel": "BACKWARD"}}
        self.asked: list[str] = []

    def put(
        self, subject: str, version: int, id: int, schema: str = '"string"', *, deleted: bool = False, **more: Any
    ) -> None:
        item = {"subject": subject, "version": version, "id": id, "schema": schema, **more}
        self.stored.append({"deleted": deleted, "item": item})

    def __call__(self, path: str) -> Any:
        self.asked.append(path)
        if path in self.answers:
            answer = self.answers[path]
            if isinstance(answer, Exception):
                raise answer
            return answer(path) if callable(answer) else answer
        location, _mark, query = path.partition("?")
        parts = [unquote(part) for part in location.strip("/").split("/")]
        stored = [row["item"] for row in self.stored if query == "deleted=true" or not row["deleted"]]
        if parts == ["subjects"]:
            return [item["subject"] for item in stored] + sorted(self.known if query else ())
        if parts[0] == "subjects":
            return _found(parts[1:], stored)
        if parts[0] == "config" and parts[1] in self.configs:
            return {"compatibilityLevel": self.configs[parts[1]]}
        return None


def _found(parts: list[str], stored: list[dict[str, Any]]) -> Any:
    own = {item["version"]: item for item in stored if item["subject"] == parts[0]}
    if parts[1:] == ["versions"]:
        return list(own) or None
    return own.get(int(parts[2])) if len(parts) == 3 and parts[1] == "versions" else None


@pytest.fixture
def registry() -> Registry:
    return Registry()


def taken(found: Audit) -> dict[str, Any]:
    return found.as_dict(taken_at="2026-10-09T12:00:00Z", registry="karapace")


def proxied(registry: Registry) -> Callable[[str], Any]:
    """The registry behind a proxy that decodes paths."""
    return lambda path: registry(path.replace("%2F", "/").replace("%2B", "%20"))


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
    ("stored", "deleted"),
    [
        pytest.param({1: False, 2: False}, [False, False], id="none"),
        pytest.param({1: True, 2: False}, [True, False], id="one version"),
        pytest.param({1: True, 2: True}, [True, True], id="the subject"),
    ],
)
def test_soft_deleted(registry: Registry, stored: dict[int, bool], deleted: list[bool]) -> None:
    for number, gone in stored.items():
        registry.put("a", number, number, deleted=gone)
    found = audit(registry)
    assert ([one.deleted for one in found.versions], found.notes) == (deleted, ())


@pytest.mark.parametrize("refusal", [None, ApiError(422, "unknown parameter")], ids=["404", "422"])
def test_a_registry_that_does_not_tell_what_is_deleted(registry: Registry, refusal: Exception | None) -> None:
    registry.answers["/subjects?deleted=true"] = refusal
    registry.put("a", 1, 1)
    registry.put("a", 2, 2, deleted=True)
    found = audit(registry)
    assert [(one.version, one.deleted) for one in found.versions] == [(1, False)]
    assert found.notes == ("The registry does not tell what is soft-deleted: that is missing here.",)
    assert [path for path in registry.asked if "deleted" in path] == ["/subjects?deleted=true"]


@pytest.mark.parametrize("name", ["a/b", "a b", "50%", "%2F", "a+b", "é", "a?b=c", "#", ":.ctx:a", "a&b"])
def test_odd_names(registry: Registry, name: str) -> None:
    registry.put(name, 1, 1)
    registry.configs[name] = "NONE"
    found = audit(registry)
    assert [(one.name, len(one.versions), one.config) for one in found.subjects] == [
        (name, 1, {"compatibilityLevel": "NONE"})
    ]
    assert (found.unread, found.notes) == ((), ())


@pytest.mark.parametrize("inverted", [False, True], ids=["as documented", "as in Karapace"])
def test_a_name_that_a_proxy_changes_is_taken_from_the_list(registry: Registry, inverted: bool) -> None:
    registry.put("a/b", 1, 2, deleted=True)
    registry.put("a/b", 2, 1)
    registry.put("a", 1, 3)
    every = [row["item"] for row in registry.stored]
    registry.answers.update({"/schemas": every[1:], "/schemas?deleted=true": every})
    if inverted:
        registry.answers.update({"/schemas": every, "/schemas?deleted=true": every[1:]})
    registry.configs["a"] = "FULL"
    found = audit(proxied(registry))
    assert [(one.subject, one.version, one.id, one.deleted) for one in found.versions] == [
        ("a", 1, 3, False),
        ("a/b", 1, 2, True),
        ("a/b", 2, 1, False),
    ]
    assert [one.config for one in found.subjects] == [{"compatibilityLevel": "FULL"}, None]
    assert found.unread == ()
    assert [note for note in found.notes if "a/b" in note and "settings" in note] == list(found.notes) != []


@pytest.mark.parametrize("refusal", [None, ApiError(405, "not allowed")], ids=["404", "405"])
def test_a_name_that_a_proxy_changes_is_unread_without_a_list(registry: Registry, refusal: Exception | None) -> None:
    registry.put("a/b", 1, 1)
    registry.put("c", 1, 2)
    registry.answers["/schemas"] = refusal
    found = audit(proxied(registry))
    assert ([one.name for one in found.subjects], found.unread) == (["c"], ("a/b",))
    assert found.summary().endswith("; 1 subject could not be read (a/b)")


def test_another_subject_s_versions_are_not_taken(registry: Registry) -> None:
    """A proxy turns ``a+b`` into ``a b``, which is there too."""
    registry.put("a+b", 1, 1)
    registry.put("a b", 1, 2)
    found = audit(proxied(registry))
    assert ([(one.subject, one.id) for one in found.versions], found.unread) == ([("a b", 2)], ("a+b",))


def test_a_subject_that_has_settings_only(registry: Registry) -> None:
    registry.known.add("a")
    registry.configs["a"] = "NONE"
    found = audit(registry)
    assert [(one.name, one.versions, one.config) for one in found.subjects] == [
        ("a", (), {"compatibilityLevel": "NONE"})
    ]
    assert (found.unread, found.notes) == ((), ())


def test_an_empty_registry(registry: Registry) -> None:
    found = audit(registry)
    assert (found.subjects, found.ids, found.collisions, found.mode) == ((), (), (), None)
    assert found.summary() == "0 subjects, 0 versions, 0 schema ids"


def test_a_version_that_vanishes(registry: Registry) -> None:
    registry.put("a", 1, 1)
    registry.put("a", 2, 2)
    registry.answers["/subjects/a/versions/1?deleted=true"] = None
    found = audit(registry)
    assert [one.version for one in found.versions] == [2]
    assert found.notes == ("Version 1 of subject a vanished while it was read.",)


def test_a_version_that_appears(registry: Registry) -> None:
    registry.put("a", 1, 1)
    registry.answers["/subjects/a/versions"] = [1, 2]
    found = audit(registry)
    assert [one.version for one in found.versions] == [1]
    assert found.notes == ("Version 2 of subject a appeared while it was read.",)


def in_turn(*answers: Any) -> Callable[[str], Any]:
    left = iter(answers)
    return lambda _path: next(left)


def test_subjects_that_come_and_go(registry: Registry) -> None:
    registry.put("a", 1, 1)
    registry.answers["/subjects?deleted=true"] = in_turn(["a", "b/c"], ["a", "d"])
    found = audit(registry)
    assert ([one.name for one in found.subjects], found.unread) == (["a"], ())
    assert found.notes == (
        "Subject b/c vanished while it was read.",
        "Subject d appeared while the registry was read.",
    )


@pytest.mark.parametrize(
    "path",
    ["/subjects?deleted=true", "/subjects/a/versions?deleted=true", "/subjects/a/versions/1?deleted=true",
     "/subjects/a/versions", "/config", "/config/a", "/mode"],
)  # fmt: skip
def test_an_error_of_the_registry_ends_the_audit(registry: Registry, path: str) -> None:
    registry.put("a", 1, 1)
    registry.answers[path] = ApiError(500, f"500 at {path}")
    with pytest.raises(PopsinkError) as caught:
        audit(registry)
    assert str(caught.value) == f"500 at {path}"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/subjects?deleted=true", {"subjects": []}),
        ("/subjects?deleted=true", [1]),
        ("/subjects/a/versions?deleted=true", ["1"]),
        ("/subjects/a/versions/1?deleted=true", []),
        ("/subjects/a/versions/1?deleted=true", {"subject": "a", "version": 1, "schema": '"string"'}),
        ("/subjects/a/versions/1?deleted=true", {"subject": "a", "version": 1, "id": 1}),
        ("/subjects/a/versions/1?deleted=true", {"subject": "a", "version": 1, "id": 1, "schema": "",
                                                 "references": ["b"]}),
        ("/config", []),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_registry_s(registry: Registry, path: str, answer: Any) -> None:
    registry.put("a", 1, 1)
    registry.answers[path] = answer
    with pytest.raises(PopsinkError, match="is not answered as a schema registry does") as caught:
        audit(registry)
    assert path.partition("?")[0] in str(caught.value)


def test_no_registry(registry: Registry) -> None:
    registry.answers.update({"/subjects": None, "/subjects?deleted=true": None})
    with pytest.raises(PopsinkError, match="no schema registry"):
        audit(registry)


def test_an_error_does_not_wait_for_hundreds_of_subjects(registry: Registry) -> None:
    for number in range(300):
        registry.put(f"s{number:03}", 1, number)
        registry.answers[f"/subjects/s{number:03}/versions?deleted=true"] = ApiError(503, "down")
    with pytest.raises(PopsinkError, match="down"):
        audit(registry)
    assert len(registry.asked) < 30


def test_subjects_are_read_at_the_same_time(registry: Registry) -> None:
    for number in range(6):
        registry.put(f"s{number}", 1, number)
    threads = set()

    def ask(path: str) -> Any:
        threads.add(threading.get_ident())
        time.sleep(0.005)
        return registry(path)

    audit(ask)
    assert len(threads) > 2


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


def asked(cluster: FakeCluster, path: str = "/subjects") -> Any:
    return through_cluster(cluster, "popsink", "popsink-karapace", 8081)(path)


def test_a_path_goes_through_the_proxy(cluster: FakeCluster) -> None:
    cluster.answers["GET", f"{PROXY}/subjects/a%2Fb/versions"] = [1]
    assert asked(cluster, "/subjects/a%2Fb/versions") == [1]


def test_a_query_is_handed_on(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def request(method: str, path: str, *, query: Mapping[str, Any]) -> Any:
        seen.append((method, path, dict(query)))
        return []

    monkeypatch.setattr(cluster, "request", request)
    asked(cluster, "/subjects?deleted=true")
    assert seen == [("GET", f"{PROXY}/subjects", {"deleted": "true"})]


def test_what_the_registry_does_not_have_is_none(cluster: FakeCluster) -> None:
    cluster.answers["GET", f"{PROXY}/config/a"] = ApiError(404, "not configured")
    assert asked(cluster, "/config/a") is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            ApiError(403, "forbidden", by_server=True),
            "The account of popsink_kubeconfig may not reach the schema registry through the API server."
            " Grant it get on services/proxy in namespace popsink.",
            id="may not",
        ),
        pytest.param(
            ApiError(404, 'services "popsink-karapace" not found', by_server=True),
            "There is no Service popsink/popsink-karapace. Check that the release still has this schema registry.",
            id="no Service",
        ),
        pytest.param(
            ApiError(503, 'no endpoints available for service "x".', by_server=True),
            "Nothing answers GET /subjects behind Service popsink/popsink-karapace: no endpoints available for service"
            ' "x".'
            " See that the schema registry's pods are Ready and that the Service has port 8081.",
            id="no endpoints",
        ),
        pytest.param(
            ApiError(401, "Unauthorized"),
            "The schema registry at Service popsink/popsink-karapace wants a name and password for GET /subjects."
            " The API server hands none on: let it be read without them while the audit is taken.",
            id="credentials",
        ),
        pytest.param(ApiError(401, "Who are you?", by_server=True), "Who are you?", id="not known to the API"),
        pytest.param(
            ApiError(500, "boom."),
            "The schema registry at Service popsink/popsink-karapace answers GET /subjects with status 500: boom."
            " Look at the log of its pods.",
            id="broken",
        ),
        pytest.param(
            "<html>",
            "Service popsink/popsink-karapace answers GET /subjects with something that is no JSON."
            " Check that port 8081 of it is the schema registry's.",
            id="no JSON",
        ),
    ],
)
def test_errors_through_the_cluster(cluster: FakeCluster, answer: Any, message: str) -> None:
    cluster.answers["GET", f"{PROXY}/subjects"] = answer
    with pytest.raises(PopsinkError) as caught:
        asked(cluster)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("by_server", "read"), [pytest.param(False, True, id="by the registry"), pytest.param(True, False, id="by the API")]
)
def test_a_refused_parameter_through_the_cluster(cluster: FakeCluster, by_server: bool, read: bool) -> None:
    """The registry's own refusal keeps its status on the way; the API server's is none of the parameter."""
    answers = iter([ApiError(400, "no", by_server=by_server), [], []])

    def subjects(_body: Any) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cluster.answers["GET", f"{PROXY}/subjects"] = subjects
    ask = through_cluster(cluster, "popsink", "popsink-karapace", 8081)
    if read:
        assert audit(ask).subjects == ()
        return
    with pytest.raises(ApiError):
        audit(ask)
