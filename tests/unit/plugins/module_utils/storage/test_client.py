"""Asking an object store."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import RemoteDisconnected
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.storage import client as client_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Bucket, Keys
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.client import (
    NoStoreUrlError,
    Reply,
    RoleRefusedError,
    StoreClient,
    StoreUnreachableError,
    assume,
    keys_in,
)

from tests.unit.plugins.stores import FakeStore, serving

ROLE = "arn:aws:iam::123456789012:role/records"
GIVEN = (
    b'<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
    b"<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>taken</SecretAccessKey><SessionToken>token</SessionToken>"
    b"</Credentials></AssumeRoleResult></AssumeRoleResponse>"
)


@pytest.fixture
def store() -> Iterator[FakeStore]:
    with serving(FakeStore()) as served:
        yield served


def client(store: FakeStore, keys: Keys | None = None) -> StoreClient:
    return StoreClient(Bucket("records", "eu-west-1", store.endpoint), keys or Keys("id", "secret"))


@pytest.mark.parametrize("key", ["kafka/a", "a b/ü+~", "a%2Fb"])
def test_what_is_put_is_got_and_listed_under_its_key(store: FakeStore, key: str) -> None:
    asking = client(store)
    assert asking.ask("PUT", key, body=b"\x00content").good
    assert asking.ask("GET", key).body == b"\x00content"
    assert keys_in(asking.list(key, 5)) == [key]


def test_an_error_has_the_stores_word(store: FakeStore) -> None:
    assert (client(store).ask("GET", "none").code, client(store).ask("GET", "none").good) == ("NoSuchKey", False)


def test_an_error_without_a_word_has_its_status(store: FakeStore) -> None:
    store.says["get"] = (403, "", "")
    assert client(store).ask("GET", "a").code == "HTTP 403"


def test_a_busy_store_is_asked_once_more(store: FakeStore) -> None:
    store.says["get"] = (503, "SlowDown", "")
    assert client(store).ask("GET", "a").code == "SlowDown"
    assert store.asked == ["get", "get"]


@pytest.mark.parametrize(("operation", "method", "times"), [("get", "GET", 2), ("put", "PUT", 1)])
def test_what_may_have_been_put_is_not_put_again(store: FakeStore, operation: str, method: str, times: int) -> None:
    store.says[operation] = None
    with pytest.raises(StoreUnreachableError, match=r"127\.0\.0\.1:\d+ does not answer"):
        client(store).ask(method, "a", body=b"" if method == "GET" else b"content")
    assert store.asked == [operation] * times


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("self-signed")
    error.verify_code = 18
    return error


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("https://store.example/b?x", untrusted(), "popsink_ca_certificates"),
        ("http://store.example:9000/b", RemoteDisconnected("closed connection without response"), "https://"),
    ],
)
def test_silence_that_tells_comes_with_its_remedy(url: str, error: Exception, words: str) -> None:
    assert words in str(client_module._unreachable(url, error))


def test_keys_of_a_role_come_with_their_token(store: FakeStore) -> None:
    client(store, Keys("id", "secret", "of-a-role")).list("", 1)
    (headers,) = store.heard
    assert {name.lower(): value for name, value in headers.items()}["x-amz-security-token"] == "of-a-role"


@pytest.mark.parametrize(
    "body",
    [b"", b"no XML", b"<html><p>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult>&b;</ListBucketResult>"],
)
def test_what_is_no_answer_of_a_store_is_none(body: bytes) -> None:
    assert client_module._document(body) is None


def test_a_malformed_url_is_not_asked() -> None:
    with pytest.raises(NoStoreUrlError):
        StoreClient(Bucket("records", "eu-west-1", "http://h:x"), Keys("id", "secret")).list("", 1)


def answering(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> list[str]:
    asked: list[str] = []

    def sent(_method: str, url: str, _headers: object, _body: bytes) -> Reply:
        asked.append(url)
        return client_module._reply(status, [], body)

    monkeypatch.setattr(client_module, "_sent", sent)
    return asked


def test_a_role_is_taken_on_in_the_buckets_region(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, 200, GIVEN)
    keys = assume(ROLE, "cn-north-1", Keys("id", "secret"))
    assert (keys.id, keys.secret, keys.token) == ("ASIA", "taken", "token")
    url = urlsplit(asked[0])
    assert url.hostname == "sts.cn-north-1.amazonaws.com.cn"
    assert parse_qs(url.query)["RoleArn"] == [ROLE]


def test_a_role_that_is_refused_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 403, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    with pytest.raises(RoleRefusedError, match=r"role/records .*AccessDenied"):
        assume(ROLE, "eu-west-1", Keys("id", "secret"))


def test_nothing_shows_the_keys() -> None:
    assert "secret" not in repr(Keys("id-secret", "secret", "secret"))
