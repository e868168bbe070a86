"""A bucket that is made and kept right: what is asked of a store that has, lacks or refuses things."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.managed import (
    Outcome,
    Wanted,
    bring,
    connected,
)
from botocore.exceptions import ClientError, EndpointConnectionError

AWS = Wanted("records", "eu-west-1", policy={"Statement": []})
MINIO = Wanted("records", "eu-west-1", "http://minio.example:9000")
FOREIGN = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
BLOCK = "PublicAccessBlockConfiguration"


def refusal(code: str, **more: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "", **more}}, "Operation")


class FakeS3:
    """One store with at most one bucket; what it is told to refuse, it refuses with the code that it is told.

    :ivar kept: settings of the bucket by name; None while there is no bucket.
    :ivar writes: names of the calls that change something, in order.
    """

    def __init__(self, kept: dict[str, Any] | None = None, **refused: str) -> None:
        self.kept, self.refused = kept, refused
        self.region = "eu-west-1"
        self.writes: list[str] = []

    def __getattr__(self, call: str) -> Any:
        def answer(**given: Any) -> Any:
            assert given.pop("Bucket") == "records"
            if not call.startswith(("get_", "head_")):
                self.writes.append(call)
            if call in self.refused:
                raise refusal(self.refused[call])
            return getattr(type(self), f"_{call}", type(self)._other)(self, call, given)

        return answer

    def _head_bucket(self, _call: str, _given: Any) -> Any:
        if self.kept is None:
            raise refusal("404")
        return {"BucketRegion": self.region}

    def _create_bucket(self, _call: str, given: Any) -> None:
        self.region, self.kept = given["CreateBucketConfiguration"]["LocationConstraint"], {}

    def _other(self, call: str, given: Any) -> Any:
        assert self.kept is not None
        verb, _underscore, what = call.partition("_")
        if verb == "put":
            self.kept[what] = given
            return {}
        absent = {
            "bucket_versioning": None,
            "bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
            "bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
            "public_access_block": "NoSuchPublicAccessBlockConfiguration",
            "bucket_policy": "NoSuchBucketPolicy",
        }[what]
        if what not in self.kept and absent:
            raise refusal(absent)
        kept = self.kept.get(what) or {}
        return {**kept, **kept.get("VersioningConfiguration", {}), **kept.get("LifecycleConfiguration", {})}


def brought(store: FakeS3, wanted: Wanted = AWS, *, check: bool = False) -> Outcome:
    return bring(store, wanted, check=check)


def rules(store: FakeS3) -> list[str]:
    assert store.kept is not None
    return [rule["ID"] for rule in store.kept["bucket_lifecycle_configuration"]["LifecycleConfiguration"]["Rules"]]


def test_bucket_is_made_as_wanted_and_then_left_alone() -> None:
    store = FakeS3()
    first = brought(store)
    assert (first.changed, first.made, sorted(first.after)) == (
        True,
        True,
        ["bucket", "encryption", "lifecycle", "policy", "public access", "versioning"],
    )
    assert store.kept is not None
    assert store.kept["bucket_versioning"] == {"VersioningConfiguration": {"Status": "Enabled"}}
    assert rules(store) == ["popsink-old-versions", "popsink-unfinished-uploads"]
    assert all(store.kept["public_access_block"][BLOCK].values())
    assert json.loads(store.kept["bucket_policy"]["Policy"]) == {"Statement": []}
    store.kept["bucket_encryption"]["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"] = False
    store.writes.clear()
    again = brought(store)
    assert (again.changed, again.report, store.writes) == (False, [], [])


@pytest.mark.parametrize("kept", [None, {}], ids=["missing", "bare"])
def test_check_mode_tells_the_same_and_does_nothing(kept: dict[str, Any] | None) -> None:
    store = FakeS3(kept)
    said = brought(store, check=True)
    assert (store.kept, store.writes) == (kept, [])
    done = brought(store)
    assert (said.changed, said.report, said.before, said.after) == (True, done.report, done.before, done.after)


def test_rules_of_others_stay_and_ours_are_mended() -> None:
    ours = {"ID": "popsink-old-versions", "Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
    store = FakeS3({"bucket_lifecycle_configuration": {"LifecycleConfiguration": {"Rules": [ours, FOREIGN]}}})
    days = Wanted("records", "eu-west-1", old_versions_days=30)
    assert brought(store, days).before["lifecycle"] == {"popsink-old-versions": "otherwise"}
    assert rules(store) == ["theirs", "popsink-old-versions", "popsink-unfinished-uploads"]


def old_versions(days: int) -> dict[str, Any]:
    return {
        "ID": "popsink-old-versions", "Status": "Enabled", "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "asked", "found"),
    [
        pytest.param(None, None, 30, id="a new bucket"),
        pytest.param(None, 0, None, id="a new one that is to keep them"),
        pytest.param([], None, None, id="one that was there"),
        pytest.param([], 14, 14, id="one that was there, and it is asked for"),
        pytest.param([old_versions(30)], None, 30, id="one that a run made"),
        pytest.param([old_versions(30)], 14, 14, id="other days"),
        pytest.param([old_versions(30)], 0, None, id="no more"),
    ],
)
def test_old_versions_are_deleted_where_the_bucket_is_new_or_it_is_asked_for(
    kept: list[Any] | None, asked: int | None, found: int | None
) -> None:
    rules = {"bucket_lifecycle_configuration": {"LifecycleConfiguration": {"Rules": kept}}} if kept else {}
    store = FakeS3(None if kept is None else rules)
    wanted = Wanted("records", "eu-west-1", old_versions_days=asked)
    brought(store, wanted)
    assert store.kept is not None
    after = store.kept["bucket_lifecycle_configuration"]["LifecycleConfiguration"]["Rules"]
    days = [rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in after if "old" in rule["ID"]]
    assert days == ([] if found is None else [found])
    assert brought(store, wanted).changed is False


def test_a_bucket_that_another_made_meanwhile_is_there() -> None:
    class Late(FakeS3):
        def _head_bucket(self, _call: str, _given: Any) -> Any:
            if "create_bucket" not in self.writes:
                raise refusal("404")
            return {"BucketRegion": self.region}

    store = Late({}, create_bucket="BucketAlreadyOwnedByYou")
    outcome = brought(store)
    assert (outcome.made, "bucket" in outcome.after, "versioning" in outcome.after) == (False, False, True)
    with pytest.raises(PopsinkError, match="is in eu-west-1"):
        brought(Late({}, create_bucket="BucketAlreadyOwnedByYou"), Wanted("records", "eu-west-2"))


STATEMENT = {"Effect": "Deny", "Action": ["s3:*"], "Resource": ["arn:a", "arn:b"]}


@pytest.mark.parametrize(
    ("kept", "changed"),
    [
        pytest.param([STATEMENT], False, id="as it was given"),
        pytest.param([{**STATEMENT, "Action": "s3:*"}], False, id="a list of one is the one"),
        pytest.param({**STATEMENT, "Action": "s3:*"}, False, id="so are the statements"),
        pytest.param([{**STATEMENT, "Action": "s3:Get*"}], True, id="another action"),
        pytest.param([{**STATEMENT, "Resource": "arn:a"}], True, id="one of two"),
    ],
)
def test_a_policy_in_another_spelling_is_the_same(kept: Any, changed: bool) -> None:
    store = FakeS3({"bucket_policy": {"Policy": json.dumps({"Statement": kept})}})
    brought(store, Wanted("records", "eu-west-1", policy={"Statement": [STATEMENT]}))
    assert ("put_bucket_policy" in store.writes) == changed


def test_a_policy_that_is_replaced_is_shown_whole() -> None:
    store = FakeS3({"bucket_policy": {"Policy": '{"Statement": [{"Sid": "theirs"}]}'}})
    outcome = brought(store)
    assert outcome.before["whole policy"] == {"Statement": [{"Sid": "theirs"}]}
    assert any(line.startswith("whole policy of bucket records: ") for line in outcome.report)


def test_rules_of_others_need_no_name() -> None:
    unnamed = [{"Status": "Enabled", "Expiration": {"Days": days}} for days in (1, 2)]
    store = FakeS3({"bucket_lifecycle_configuration": {"LifecycleConfiguration": {"Rules": unnamed}}})
    brought(store)
    assert store.kept is not None
    assert store.kept["bucket_lifecycle_configuration"]["LifecycleConfiguration"]["Rules"][:2] == unnamed


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [("", False), ("theirs", False), ("another", True)],
    ids=["none is asked for", "theirs is", "another is"],
)
def test_a_key_of_others_stays_unless_one_is_asked_for(wanted: str, changed: bool) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "theirs"}}
    store = FakeS3({"bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}})
    brought(store, Wanted("records", "eu-west-1", kms_key=wanted))
    assert ("put_bucket_encryption" in store.writes) == changed


def test_versions_and_a_policy_that_nobody_asked_for_are_left() -> None:
    kept = {"bucket_versioning": {"VersioningConfiguration": {"Status": "Enabled"}}, "bucket_policy": {"Policy": "{}"}}
    store = FakeS3(kept)
    brought(store, Wanted("records", "eu-west-1", versioning=False))
    assert {"put_bucket_versioning", "put_bucket_policy"} & set(store.writes) == set()


LACKING = {
    "put_bucket_encryption": "NotImplemented",
    "get_public_access_block": "NotImplemented",
}


def test_what_another_store_lacks_is_said_and_no_failure() -> None:
    store = FakeS3(None, **LACKING)
    first = brought(store, MINIO)
    assert (first.changed, [line for line in first.report if "the store of" in line]) == (
        True,
        [
            "the store of bucket records does not encrypt by a bucket's setting",
            "the store of bucket records knows no setting against public access: see that no policy opens it",
        ],
    )
    assert brought(store, MINIO).changed is False
    assert brought(store, MINIO, check=True).changed is False


def test_another_store_may_take_no_rule_for_uploads() -> None:
    class Picky(FakeS3):
        def _put_bucket_lifecycle_configuration(self, call: str, given: Any) -> Any:
            if any("AbortIncompleteMultipartUpload" in rule for rule in given["LifecycleConfiguration"]["Rules"]):
                raise refusal("InvalidArgument")
            return self._other(call, given)

    store = Picky()
    assert brought(store, MINIO).changed
    assert rules(store) == ["popsink-old-versions"]
    assert (brought(store, MINIO).changed, brought(store, MINIO, check=True).changed) == (False, False)


@pytest.mark.parametrize(
    ("store", "wanted", "said"),
    [
        pytest.param(FakeS3({}, head_bucket="403"), AWS, "is refused s3:ListBucket", id="somebody else's"),
        pytest.param(FakeS3(None, create_bucket="AccessDenied"), AWS, "is refused s3:CreateBucket", id="may not make"),
        pytest.param(FakeS3(None, create_bucket="BucketAlreadyExists"), AWS, "belongs to somebody else", id="taken"),
        pytest.param(FakeS3({}, head_bucket="301"), AWS, "is in another region", id="another region, untold"),
        pytest.param(FakeS3({}), Wanted("records", "eu-west-2"), "is in eu-west-1", id="another region"),
        pytest.param(FakeS3({}, put_bucket_encryption="NotImplemented"), AWS, "NotImplemented", id="AWS lacks nothing"),
        pytest.param(FakeS3({}, put_bucket_versioning="AccessDenied"), MINIO, "s3:PutBucketVersioning", id="a setting"),
    ],
)
def test_refusals_name_the_action_or_the_input(store: FakeS3, wanted: Wanted, said: str) -> None:
    with pytest.raises(PopsinkError, match=said):
        brought(store, wanted)


def test_no_answer_names_the_inputs() -> None:
    class Silent(FakeS3):
        def _head_bucket(self, _call: str, _given: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="http://minio.example:9000")

    with pytest.raises(PopsinkError, match="popsink_s3_endpoint"):
        brought(Silent({}), MINIO)


def test_endpoint_that_is_no_url() -> None:
    with pytest.raises(PopsinkError, match="popsink_s3_endpoint"):
        connected(Wanted("records", "eu-west-1", "minio"), "", "", "")
