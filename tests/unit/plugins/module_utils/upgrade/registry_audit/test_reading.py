"""A registry is read whole, whatever it does not tell, changes meanwhile, or is behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.registry_audit import audit

from tests.unit.plugins.module_utils.upgrade.registry_audit.conftest import Registry


def proxied(registry: Registry) -> Callable[[str], Any]:
    """The registry behind a proxy that decodes paths."""
    return lambda path: registry(path.replace("%2F", "/").replace("%2B", "%20"))


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
