"""Trying a bucket, with a store that refuses what it is told to refuse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.access import TRIAL, try_access
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Bucket, Keys
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.client import (
    StoreClient,
    StoreUnreachableError,
)

from tests.unit.plugins.stores import FakeStore, serving


@pytest.fixture
def store() -> Iterator[FakeStore]:
    with serving(FakeStore()) as served:
        yield served


def client(store: FakeStore) -> StoreClient:
    return StoreClient(Bucket("records", "eu-west-1", store.endpoint), Keys("id", "secret"))


@pytest.mark.parametrize("versions", ["", "Enabled", "Suspended"])
def test_all_is_well_and_nothing_is_left(store: FakeStore, versions: str) -> None:
    store.versions = versions
    trial = try_access(client(store), "kafka/", suspended=versions == "Suspended")
    assert (trial.refused, trial.untrue, trial.left) == ({}, "", "")
    assert (store.objects, store.kept) == ({}, {})
    assert store.asked[:4] == ["put", "get", "list", "delete"]


@pytest.mark.parametrize(
    ("refused", "found"),
    [
        (["put"], ["put"]),
        (["get"], ["get"]),
        (["list"], ["list"]),
        (["delete"], ["delete"]),
        (["put", "delete"], ["put", "delete"]),
        (["put", "get"], ["put", "get"]),
        # Without the right to list, nobody is told whether there is anything to get.
        (["put", "get", "list"], ["put", "list"]),
        (["put", "get", "list", "delete"], ["put", "list", "delete"]),
    ],
)
def test_each_refusal_is_named_with_the_stores_word(store: FakeStore, refused: list[str], found: list[str]) -> None:
    store.refuse(*refused)
    trial = try_access(client(store), "kafka/")
    assert trial.refused == dict.fromkeys(found, "AccessDenied")
    assert list(trial.forbidden) == found


def test_a_full_store_is_not_a_matter_of_rights(store: FakeStore) -> None:
    store.says["put"] = (507, "XMinioStorageFull", "")
    trial = try_access(client(store), "kafka/")
    assert (trial.refused, trial.forbidden) == ({"put": "XMinioStorageFull"}, ())


def test_where_only_versions_stay_it_was_deleted_and_is_said(store: FakeStore) -> None:
    store.versions = "Enabled"
    store.refuse("delete version")
    trial = try_access(client(store), "kafka/")
    assert trial.refused == {}
    assert "delete marker" in trial.left
    assert store.objects == {}


def test_a_version_goes_where_only_plain_deleting_is_refused(store: FakeStore) -> None:
    store.versions = "Enabled"
    store.refuse("delete")
    trial = try_access(client(store), "kafka/")
    assert (list(trial.refused), trial.left, store.kept) == (["delete"], "", {})


def test_what_cannot_be_deleted_is_named(store: FakeStore) -> None:
    store.refuse("delete")
    trial = try_access(client(store), "kafka/")
    (key,) = store.objects
    assert trial.left == f"Object {key} stays in the bucket."
    assert key.startswith(f"kafka/{TRIAL}")


@pytest.mark.parametrize("breaking", ["get", "list"])
def test_it_is_deleted_where_the_store_stops_answering_in_between(store: FakeStore, breaking: str) -> None:
    store.says[breaking] = None
    with pytest.raises(StoreUnreachableError):
        try_access(client(store), "kafka/")
    assert store.objects == {}


def test_it_is_said_where_the_store_stops_answering_for_good(store: FakeStore) -> None:
    store.says |= {"get": None, "delete": None}
    with pytest.raises(StoreUnreachableError, match="may still be in the bucket"):
        try_access(client(store), "kafka/")


def test_a_store_that_answers_all_but_deleting_is_a_refusal(store: FakeStore) -> None:
    store.says["delete"] = None
    trial = try_access(client(store), "kafka/")
    assert trial.refused == {"delete": "no answer"}


def test_a_store_that_gives_back_something_else_is_untrue(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_get", lambda *_arguments: (200, b"something else", {}))
    assert "something else" in try_access(client(store), "kafka/").untrue


def test_a_store_that_forgets_is_untrue(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_listed", lambda _query: b"<ListBucketResult></ListBucketResult>")
    assert "does not list" in try_access(client(store), "kafka/").untrue


def test_every_attempt_has_a_name_of_its_own(store: FakeStore) -> None:
    store.refuse("delete")
    for _attempt in range(2):
        try_access(client(store), "")
    assert len(store.objects) == 2
