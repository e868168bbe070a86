"""Whether whoever looks after a managed bucket gets in, before anything is changed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import bucket_management
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Store
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Keys
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.client import (
    StoreClient,
    StoreUnreachableError,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.managed import Wanted

from tests.unit.plugins.sites import site
from tests.unit.plugins.stores import FakeStore, serving

KEYS = {"s3_access_key_id": "shown-id", "s3_secret_access_key": "shown-secret"}
ADMIN = Keys("admin-id", "admin-secret")
DENIED = (403, "", "")


@pytest.fixture
def store() -> Iterator[FakeStore]:
    with serving(FakeStore()) as served:
        yield served


def found(endpoint: str, *, managed: bool = True, known: dict[str, str] | None = None, **changes: Any) -> Finding:
    """What the check finds of a store at an endpoint.

    :param changes: of what the broker's own checks ask.
    """
    wanted = asdict(Wanted("records", "eu-west-1", endpoint, versioning=False, uploads_days=0))
    around = site(
        known=KEYS if known is None else known,
        store=Store(**{"name": "records", "region": "eu-west-1", "endpoint": endpoint, "managed": managed, **changes}),
        managed_bucket=wanted if managed else None,
    )
    around.bucket_admin = ADMIN
    return bucket_management.manage.run(around)


def test_nothing_is_asked_where_nothing_is_managed(store: FakeStore) -> None:
    assert (found(store.endpoint, managed=False).status, store.asked) == (PASS, [])


def test_the_administrator_looks_and_sets_nothing(store: FakeStore) -> None:
    assert found(store.endpoint).status == PASS
    assert any("admin-id" in heard["Authorization"] for heard in store.heard)
    assert {"put", "delete"}.isdisjoint(store.asked)


def test_a_bucket_that_is_missing_is_told_as_made(store: FakeStore) -> None:
    store.says = {"list": (404, "NoSuchBucket", ""), "head": (404, "", "")}
    finding = found(store.endpoint)
    assert (finding.status, "bucket records: missing - made" in finding.found) == (PASS, True)


@pytest.mark.parametrize("known", [KEYS, {}], ids=["the broker's keys are right", "the broker has none here"])
def test_wrong_keys_are_found(store: FakeStore, known: dict[str, str]) -> None:
    store.says["head"] = DENIED
    finding = found(store.endpoint, known=known)
    assert (finding.status, "popsink_bucket_admin_secret_access_key" in finding.found) == (FAIL, True)
    assert "s3:ListBucket" in finding.found
    assert "admin-secret" not in str(finding)


@pytest.mark.parametrize(
    ("said", "id"),
    [((301, "PermanentRedirect", "<Region>eu-west-3</Region>"), "storage.region"), (None, "storage.bucket")],
    ids=["another region", "no answer"],
)
def test_what_the_brokers_checks_tell_is_told_once(store: FakeStore, said: Any, id: str) -> None:
    store.says = {"list": said, "head": DENIED}
    finding = found(store.endpoint)
    assert (finding.status, f"see {id}" in finding.found, "head" in store.asked) == (NOT_CHECKED, True, False)


def test_an_endpoint_without_a_url_is_told_once() -> None:
    assert "see storage.bucket" in found("http://no host").found


@pytest.mark.parametrize(("endpoint", "status"), [("", NOT_CHECKED), ("here", FAIL)], ids=["AWS", "a cluster's name"])
def test_a_name_that_only_pods_know(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, endpoint: str, status: str
) -> None:
    """The broker's own checks let it be; the bucket is made from here."""

    def unresolved(*_arguments: Any, **_options: Any) -> Any:
        raise StoreUnreachableError("no such name", unresolved=True)

    monkeypatch.setattr(StoreClient, "list", unresolved)
    store.says["head"] = DENIED
    assert found(endpoint and store.endpoint).status == status


def test_a_store_that_is_away_from_the_administrator_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the broker has no keys of ours, nobody else has asked."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    finding = found(endpoint, auth="ambient")
    assert (finding.status, "popsink_s3_endpoint" in finding.found) == (FAIL, True)


def test_without_the_library_it_cannot_be_made(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_management, "BOTO3_IMPORT_ERROR", ImportError("boto3"))
    finding = found(store.endpoint)
    assert (finding.status, "boto3" in finding.found, store.asked) == (FAIL, True, [])
