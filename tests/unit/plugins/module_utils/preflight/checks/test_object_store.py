"""Checks of the broker's bucket, with a store that answers as it is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight import asked_store
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.check import Check
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import object_store
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Store
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import Keys
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.client import RoleRefusedError

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site
from tests.unit.plugins.stores import FakeStore, serving

KEYS = {"s3_access_key_id": "shown-id", "s3_secret_access_key": "shown-secret"}
CHECKS = [check for check in vars(object_store).values() if isinstance(check, Check)]
RECORDS = "/api/v1/namespaces/popsink/secrets"
EXPIRES = "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
OLD = "<Rule><Status>Enabled</Status><NoncurrentVersionExpiration/></Rule>"
ABORTS = "<Rule><Status>Enabled</Status><AbortIncompleteMultipartUpload/></Rule>"


@pytest.fixture
def store() -> Iterator[FakeStore]:
    with serving(FakeStore()) as served:
        yield served


def findings(store: FakeStore, **changes: Any) -> dict[str, Finding]:
    """What all checks of the bucket find, by their ids; see :func:`place`."""
    around = place(store, **changes)
    return {check.id: check.run(around) for check in CHECKS}


def one(id: str, store: FakeStore, **changes: Any) -> Finding:
    """What one of them finds."""
    return next(check for check in CHECKS if check.id == id).run(place(store, **changes))


def place(
    store: FakeStore, *, known: dict[str, str] | None = None, cluster: FakeCluster | None = None, **changes: Any
) -> Site:
    """A deployment whose broker has this store.

    :param known: the keys, unless they are the usual.
    :param changes: of what is said of the store.
    """
    given = {"name": "records", "region": "eu-west-1", "endpoint": store.endpoint, "prefix": "kafka/", **changes}
    return site(cluster, known=KEYS if known is None else known, store=Store(**given))


def statuses(found: dict[str, Finding]) -> dict[str, str]:
    return {finding.id: finding.status for finding in found.values()}


def test_a_bucket_as_it_should_be(store: FakeStore) -> None:
    store.versions, store.rules = "Enabled", OLD
    assert set(statuses(findings(store)).values()) == {PASS}


def test_the_bucket_is_listed_once_for_all(store: FakeStore) -> None:
    findings(store)
    # Once for bucket, region and prefix; once by the trial of the key; once for where some brokers write.
    assert sorted(store.asked) == sorted(["list", "list", "list", "put", "get", "delete", "versioning", "lifecycle"])


def test_no_bucket_is_no_matter() -> None:
    around = site(store=None)
    assert {check.run(around).status for check in CHECKS} == {PASS}


@pytest.mark.parametrize(
    ("said", "words", "remedy"),
    [
        ((404, "NoSuchBucket", ""), "There is no bucket records.", "popsink_bucket"),
        ((403, "InvalidAccessKeyId", ""), "does not know the broker's key", "popsink_s3_access_key_id"),
        ((403, "SignatureDoesNotMatch", ""), "finds the broker's key wrong", "popsink_s3_secret_access_key"),
        ((403, "RequestTimeTooSkewed", ""), "another time", "clock"),
        ((403, "AccessDenied", ""), "not open to the broker's key", "s3:ListBucket"),
        ((403, "", ""), "not open to the broker's key", "popsink_bucket"),
        ((400, "InvalidRequest", ""), "(InvalidRequest)", "popsink_bucket_region"),
        ((501, "NotImplemented", ""), "answers NotImplemented", "log"),
        ((404, "", ""), "no object store (HTTP 404)", "popsink_s3_endpoint"),
        ((200, "", ""), "no object store (HTTP 200)", "popsink_s3_endpoint"),
    ],
)
def test_a_bucket_that_cannot_be_listed(store: FakeStore, said: tuple[int, str, str], words: str, remedy: str) -> None:
    store.says["list"] = said
    finding = one("storage.bucket", store)
    assert finding.status == FAIL
    assert words in finding.found
    assert remedy in finding.remedy


def test_a_bucket_that_the_rollout_makes_is_nowhere_missed(store: FakeStore) -> None:
    store.says["list"] = (404, "NoSuchBucket", "")
    found = findings(store, managed=True)
    assert set(statuses(found).values()) == {PASS}
    assert all("popsink_bucket_manage" in finding.found for finding in found.values())
    assert set(store.asked) == {"list"}


@pytest.mark.parametrize(
    "said", [(404, "NoSuchBucket", ""), (403, "InvalidAccessKeyId", ""), (404, "", ""), (200, "", ""), (500, "", "")]
)
def test_where_there_is_no_bucket_the_other_checks_refer_to_it(store: FakeStore, said: tuple[int, str, str]) -> None:
    store.says["list"] = said
    found = findings(store)
    assert set(statuses(found).values()) == {FAIL, NOT_CHECKED}
    assert all("see storage.bucket" in finding.found for finding in found.values() if finding.status == NOT_CHECKED)
    assert "put" not in store.asked


@pytest.mark.parametrize(
    ("said", "headers", "region"),
    [
        ((301, "PermanentRedirect", ""), {"x-amz-bucket-region": "eu-west-3"}, "eu-west-3"),
        ((301, "PermanentRedirect", ""), {}, "another region"),
        ((400, "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>"), {}, "eu-west-3"),
        (None, {"x-amz-bucket-region": "eu-west-3"}, "eu-west-3"),
    ],
)
def test_another_region(
    store: FakeStore, said: tuple[int, str, str] | None, headers: dict[str, str], region: str
) -> None:
    store.says |= {"list": said} if said else {}
    store.headers = headers
    found = findings(store)
    assert found["storage.region"].status == FAIL
    assert f"is in {region}, and popsink_bucket_region is eu-west-1" in found["storage.region"].found
    assert found["storage.bucket"].status == (NOT_CHECKED if said else PASS)
    assert found["storage.access"].status == NOT_CHECKED


@pytest.mark.parametrize(
    ("headers", "words"), [({"x-amz-bucket-region": "eu-west-1"}, "is in eu-west-1"), ({}, "takes requests for")]
)
def test_the_region_that_is_named(store: FakeStore, headers: dict[str, str], words: str) -> None:
    store.headers = headers
    finding = one("storage.region", store)
    assert (finding.status, words in finding.found) == (PASS, True)


def test_a_bucket_that_is_not_there_is_in_no_region(store: FakeStore) -> None:
    store.headers, store.says["list"] = {"x-amz-bucket-region": "eu-west-1"}, (404, "NoSuchBucket", "")
    assert one("storage.region", store).status == NOT_CHECKED


def test_what_the_key_may_not_is_named_with_the_policys_actions(store: FakeStore) -> None:
    store.refuse("put", "delete")
    finding = one("storage.access", store)
    assert finding.status == FAIL
    assert "put (AccessDenied), delete (AccessDenied)" in finding.found
    assert "s3:PutObject on records/kafka/*, s3:DeleteObject on records/kafka/*" in finding.remedy
    assert "s3:GetObject" not in finding.remedy


def test_a_key_that_may_not_list_is_tried_all_the_same(store: FakeStore) -> None:
    store.refuse("list")
    finding = one("storage.access", store)
    assert (finding.status, "s3:ListBucket on records" in finding.remedy) == (FAIL, True)


def test_an_untrue_store_fails(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_get", lambda *_arguments: (200, b"something else", {}))
    assert one("storage.access", store).status == FAIL


def test_a_marker_that_stays_is_said(store: FakeStore) -> None:
    store.versions = "Enabled"
    store.refuse("delete version")
    finding = one("storage.access", store)
    assert (finding.status, "delete marker" in finding.found) == (WARN, True)
    assert "s3:DeleteObjectVersion" in finding.remedy


def test_nothing_is_left_of_versions_that_are_suspended(store: FakeStore) -> None:
    store.versions = "Suspended"
    assert one("storage.access", store).status == PASS
    assert store.kept == {}


@pytest.mark.parametrize(
    ("versions", "said", "status", "words"),
    [
        ("Enabled", None, PASS, "has versions"),
        ("Suspended", None, WARN, "is suspended"),
        ("", None, WARN, "is off"),
        ("", (403, "AccessDenied", ""), NOT_CHECKED, "may not ask"),
        ("", (501, "NotImplemented", ""), NOT_CHECKED, "does not know the question"),
        ("", (500, "InternalError", ""), NOT_CHECKED, "InternalError"),
        ("", (200, "", ""), NOT_CHECKED, "HTTP 200"),
    ],
)
def test_versioning(
    store: FakeStore, versions: str, said: tuple[int, str, str] | None, status: str, words: str
) -> None:
    store.versions = versions
    store.says |= {"versioning": said} if said else {}
    finding = one("storage.versioning", store)
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize(
    ("versions", "rules", "status", "words"),
    [
        ("", "", PASS, "no lifecycle rule"),
        ("", EXPIRES, FAIL, "rule without a name deletes objects"),
        ("Enabled", OLD + EXPIRES, FAIL, "deletes objects"),
        ("Enabled", "", WARN, "old versions"),
        ("Enabled", ABORTS, WARN, "old versions"),
        ("Suspended", "", WARN, "old versions"),
        ("Enabled", OLD, PASS, "no lifecycle rule"),
    ],
)
def test_lifecycle(store: FakeStore, versions: str, rules: str, status: str, words: str) -> None:
    store.versions, store.rules = versions, rules
    finding = one("storage.lifecycle", store)
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize(("rules", "status"), [("", WARN), (ABORTS, PASS)])
def test_on_aws_uploads_that_never_ended_are_for_a_rule(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, rules: str, status: str
) -> None:
    monkeypatch.setattr(asked_store.AskedStore, "is_aws", True)
    store.rules = rules
    assert one("storage.lifecycle", store).status == status


@pytest.mark.parametrize("said", [(403, "AccessDenied", ""), (501, "NotImplemented", ""), (404, "", "")])
def test_a_lifecycle_that_is_not_told_is_not_checked(store: FakeStore, said: tuple[int, str, str]) -> None:
    store.says["lifecycle"] = said
    assert one("storage.lifecycle", store).status == NOT_CHECKED


@pytest.mark.parametrize(
    ("prefix", "keys", "status"),
    [
        ("kafka/", [], PASS),
        ("kafka/", ["kafka/topic"], WARN),
        ("/kafka", ["kafka/topic"], WARN),
        ("kafka/", ["kafkaesque/topic", "other"], PASS),
        ("kafka/", ["clusters/a/topic"], WARN),
        ("kafka/", ["kafka/"], PASS),
        ("kafka/", ["kafka/.popsink-preflight-0"], PASS),
        ("kafka/", ["kafka/.popsink-preflight-0", "kafka/topic"], WARN),
        ("", ["anything"], WARN),
        ("", [], PASS),
    ],
)
def test_records_under_the_prefix_of_a_new_release(store: FakeStore, prefix: str, keys: list[str], status: str) -> None:
    store.objects = dict.fromkeys(keys, b"")
    finding = one("storage.prefix", store, prefix=prefix)
    assert finding.status == status
    if status == WARN:
        assert keys[-1] in finding.found
        assert "popsink_bucket_prefix" in finding.remedy


def test_records_are_the_releases_own_where_it_is_there(store: FakeStore) -> None:
    cluster = FakeCluster()
    listed(cluster, RECORDS, {"metadata": {"name": "sh.helm.release.v1.popsink.v1"}})
    store.objects["kafka/topic"] = b""
    assert one("storage.prefix", store, cluster=cluster).status == PASS


def test_a_prefix_that_may_not_be_listed_is_not_checked(store: FakeStore) -> None:
    store.refuse("list")
    assert one("storage.prefix", store).status == NOT_CHECKED


@pytest.mark.parametrize("auth", ["irsa", "ambient"])
def test_without_keys_nothing_is_checked_from_here(store: FakeStore, auth: str) -> None:
    found = findings(store, auth=auth)
    assert set(statuses(found).values()) == {NOT_CHECKED}
    assert (store.asked, auth in found["storage.bucket"].found) == ([], True)


def test_keys_that_are_not_known_here_are_no_failure(store: FakeStore) -> None:
    assert set(statuses(findings(store, known={})).values()) == {NOT_CHECKED}


def test_a_role_of_another_store_is_not_taken_on(store: FakeStore) -> None:
    assert set(statuses(findings(store, assumed_role="arn:aws:iam::1:role/records")).values()) == {NOT_CHECKED}
    assert store.asked == []


def test_a_role_is_taken_on_for_all_that_is_asked(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_store.AskedStore, "is_aws", True)
    monkeypatch.setattr(asked_store, "assume", lambda *_arguments: Keys("id", "secret", "of-the-role"))
    findings(store, assumed_role="arn:aws:iam::1:role/records")
    tokens = {headers.get("X-Amz-Security-Token", "") for headers in store.heard}
    assert tokens == {"of-the-role"}


def test_a_role_that_is_refused_is_the_buckets_failure(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: Any) -> Keys:
        raise RoleRefusedError("refused", "popsink_s3_assumed_role_arn")

    monkeypatch.setattr(asked_store.AskedStore, "is_aws", True)
    monkeypatch.setattr(asked_store, "assume", refused)
    found = findings(store, assumed_role="arn:aws:iam::1:role/records")
    bucket = found.pop("storage.bucket")
    assert (bucket.status, "popsink_s3_assumed_role_arn" in bucket.remedy) == (FAIL, True)
    assert set(statuses(found).values()) == {NOT_CHECKED}


@pytest.mark.parametrize("endpoint", ["http://h:x", "not an endpoint"])
def test_an_endpoint_that_is_none_is_the_buckets_failure(store: FakeStore, endpoint: str) -> None:
    found = findings(store, endpoint=endpoint)
    assert (found["storage.bucket"].status, "popsink_s3_endpoint" in found["storage.bucket"].remedy) == (FAIL, True)


def test_a_store_that_does_not_answer_is_the_buckets_failure_alone(store: FakeStore) -> None:
    store.says["list"] = None
    found = findings(store)
    assert found.pop("storage.bucket").status == FAIL
    assert set(statuses(found).values()) == {NOT_CHECKED}


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name resolves."""

    def unknown(*_arguments: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.mark.usefixtures("no_names")
def test_a_name_of_the_cluster_is_neither_right_nor_wrong() -> None:
    found = findings(FakeStore(), endpoint="http://minio.minio.svc:9000")
    assert set(statuses(found).values()) == {NOT_CHECKED}
    assert "minio.minio.svc cannot be resolved from here" in found["storage.access"].found


@pytest.mark.usefixtures("no_names")
def test_a_misspelt_region_is_the_regions_failure() -> None:
    found = findings(FakeStore(), region="eu-wset-1")
    region = found.pop("storage.region")
    assert (region.status, "eu-wset-1" in region.found, "popsink_bucket_region" in region.remedy) == (FAIL, True, True)
    assert set(statuses(found).values()) == {NOT_CHECKED}


def test_no_finding_shows_a_key(store: FakeStore) -> None:
    for said in ((403, "SignatureDoesNotMatch", ""), (403, "AccessDenied", ""), None):
        store.says["list"] = said
        assert "shown-" not in str(findings(store))


def test_bucket_that_the_rollout_makes_need_not_be_there(store: FakeStore) -> None:
    store.says["list"] = (404, "NoSuchBucket", "")
    found = statuses(findings(store, managed=True))
    assert (found["storage.bucket"], FAIL in found.values()) == (PASS, False)


def test_what_the_rollout_sets_is_not_warned_of(store: FakeStore) -> None:
    found = findings(store, managed=True)
    assert set(statuses(found).values()) == {PASS}
    store.rules = EXPIRES
    assert one("storage.lifecycle", store, managed=True).status == FAIL


GETS = {"gets_versions": True}
SEES_TO = {"sees_to_old_versions": True}


@pytest.mark.parametrize(
    ("versions", "rules", "changes", "status"),
    [
        ("", "", {}, PASS),
        ("", "", GETS, WARN),
        ("Enabled", "", {}, WARN),
        ("Suspended", "", {}, WARN),
        ("Enabled", "", GETS, WARN),
        ("Enabled", "", {**GETS, **SEES_TO}, PASS),
        ("", "", {**GETS, **SEES_TO}, PASS),
        ("Enabled", OLD, GETS, PASS),
    ],
)
def test_old_versions_of_a_managed_bucket_that_was_there(
    store: FakeStore, versions: str, rules: str, changes: dict[str, bool], status: str
) -> None:
    """They may be all that is left of an object: unless told, a rollout adds no rule for them."""
    store.versions, store.rules = versions, rules
    finding = one("storage.lifecycle", store, managed=True, **changes)
    assert finding.status == status
    assert status == PASS or ("old versions" in finding.found and "popsink_bucket_old_versions_days" in finding.remedy)
