# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a bucket, and keeping it right. It is never emptied and never deleted, and what others set stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..errors import PopsinkError
from ..urls import is_aws

BOTO3_IMPORT_ERROR: ImportError | None
try:
    from boto3.session import Session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError as error:
    BOTO3_IMPORT_ERROR = error
else:
    BOTO3_IMPORT_ERROR = None

#: Our rules in a bucket's lifecycle.
_OLD_VERSIONS, _UPLOADS = "popsink-old-versions", "popsink-unfinished-uploads"

#: Days for old versions where none are given, in a bucket that this run makes.
_OLD_VERSIONS_DAYS = 30

_BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)

#: Words of stores that do not know a question, or not all that it may hold.
_UNKNOWN = ("NotImplemented", "MethodNotAllowed", "MalformedXML", "InvalidArgument", "XNotImplemented", "501", "405")

_DENIED = ("AccessDenied", "AllAccessDisabled", "403")

_ADMIN = "popsink_bucket_admin_access_key_id and popsink_bucket_admin_secret_access_key"


@dataclass(frozen=True)
class Wanted:
    """How a bucket is to be.

    :ivar endpoint: URL of an S3-compatible store; empty for AWS.
    :ivar versioning: whether it keeps versions; it is never turned off.
    :ivar old_versions_days: after which versions that are no longer current are deleted; 0 for never, None to leave
        what is there and give a new bucket :data:`_OLD_VERSIONS_DAYS`.
    :ivar uploads_days: after which the parts of uploads that never ended are deleted; 0 for never.
    :ivar kms_key: that encrypts it; empty for the store's own.
    :ivar policy: the bucket's policy; empty to leave that alone.
    """

    name: str
    region: str
    endpoint: str = ""
    versioning: bool = True
    old_versions_days: int | None = None
    uploads_days: int = 7
    kms_key: str = ""
    policy: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_aws(self) -> bool:
        """Whether it is AWS's own store, which knows everything that is asked for here."""
        return is_aws(self.endpoint)


@dataclass
class Outcome:
    """What became of it.

    :ivar report: what changed, or would, and what the store does not know, a line each.
    :ivar before: settings that were otherwise.
    :ivar after: the same as they are now.
    """

    changed: bool = False
    made: bool = False
    report: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


class _UnknownError(Exception):
    """The store does not know this."""


class _OwnedError(Exception):
    """The bucket is there, and belongs to who asks."""


def connected(wanted: Wanted, key_id: str, secret: str, token: str) -> Any:
    """A client of the store for whoever looks after its buckets; without keys, boto3 finds some by itself."""
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret, "aws_session_token": token}
    config = Config(
        connect_timeout=10,
        read_timeout=30,
        retries={"max_attempts": 3},
        s3={"addressing_style": "auto" if wanted.is_aws else "path"},
    )
    with _errors(wanted):
        session = Session(region_name=wanted.region, **{name: value for name, value in keys.items() if value})
        return session.client("s3", endpoint_url=wanted.endpoint or None, config=config)


def bring(client: Any, wanted: Wanted, *, check: bool) -> Outcome:
    """Make the bucket where it is missing, and set what is otherwise.

    :param check: whether only to say what would be done.
    :raises PopsinkError: the store refuses, or does not answer, or the bucket is in another region.
    """
    bucket = _Bucket(client, wanted, check)
    with _errors(wanted):
        bucket.exist()
        for setting, unknown in (
            (bucket.versions, "keeps no versions"),
            (bucket.lifecycle, "takes no lifecycle rules"),
            (bucket.encrypted, "does not encrypt by a bucket's setting"),
            (bucket.private, "knows no setting against public access: see that no policy opens it"),
            (bucket.policy, "takes no policy of a bucket"),
        ):
            try:
                setting()
            except _UnknownError:
                bucket.note(unknown)
    return bucket.outcome


class _Bucket:
    """One bucket on its way."""

    def __init__(self, client: Any, wanted: Wanted, check: bool) -> None:
        self._client, self._wanted, self._check = client, wanted, check
        self.outcome = Outcome()
        #: Whether it is there, which in check mode it may not be.
        self._there = True

    def exist(self) -> None:
        wanted = self._wanted
        found = self._read("s3:ListBucket", self._client.head_bucket, "404", "NoSuchBucket")
        if found is None and self._make():
            return
        if found is None:
            found = self._read("s3:ListBucket", self._client.head_bucket, "404", "NoSuchBucket") or {}
        region = found.get("BucketRegion") or wanted.region
        if region != wanted.region:
            raise _elsewhere(wanted, region)

    def _make(self) -> bool:
        """Make it. Says whether this run did: another may have been faster."""
        wanted = self._wanted
        self._there = not self._check
        # AWS's first region is the one that may not be named.
        place = {} if wanted.region == "us-east-1" and wanted.is_aws else {"LocationConstraint": wanted.region}
        where = {"CreateBucketConfiguration": place} if place else {}
        try:
            self._set("bucket", None, wanted.name, "s3:CreateBucket",
                      lambda: self._client.create_bucket(Bucket=wanted.name, **where))  # fmt: skip
        except _OwnedError:
            return False
        self.outcome.made = True
        return True

    def versions(self) -> None:
        if not self._wanted.versioning:
            return
        found = self._read("s3:GetBucketVersioning", self._client.get_bucket_versioning) or {}
        status = found.get("Status") or "Off"
        if status != "Enabled":
            self._set("versioning", status, "Enabled", "s3:PutBucketVersioning",
                      lambda: self._client.put_bucket_versioning(
                          Bucket=self._wanted.name, VersioningConfiguration={"Status": "Enabled"}))  # fmt: skip

    def lifecycle(self) -> None:
        found = self._read("s3:GetLifecycleConfiguration", self._client.get_bucket_lifecycle_configuration,
                           "NoSuchLifecycleConfiguration") or {}  # fmt: skip
        rules = found.get("Rules", ())
        # Not every store names rules that somebody made without a name.
        foreign = [rule for rule in rules if rule.get("ID") not in (_OLD_VERSIONS, _UPLOADS)]
        ours = [rule for name in (_OLD_VERSIONS, _UPLOADS) for rule in rules if rule.get("ID") == name]
        old, uploads = self._rules(ours)
        if _same(ours, [*old, *uploads]):
            return
        if self._wanted.is_aws or not uploads or not self._check:
            try:
                self._put_rules(ours, foreign, [*old, *uploads])
                return
            except _UnknownError:
                if not uploads:
                    raise
        self.note("may take no rule for uploads that never ended, and look after them by itself")
        if not _same(ours, old):
            self._put_rules(ours, foreign, old)

    def _rules(self, ours: list[Any]) -> tuple[list[Any], list[Any]]:
        """Those for old versions, and those for uploads.

        :param ours: which are there.
        """
        everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
        days, uploads = self._wanted.old_versions_days, self._wanted.uploads_days
        if days is None and self.outcome.made:
            days = _OLD_VERSIONS_DAYS
        # Old versions of somebody's bucket may be all that is left of an object: they go only where that is asked for.
        old = [rule for rule in ours if rule["ID"] == _OLD_VERSIONS] if days is None else (
            [{"ID": _OLD_VERSIONS, **everything, "NoncurrentVersionExpiration": {"NoncurrentDays": days}}]
            if days else []
        )  # fmt: skip
        return (
            old,
            [{"ID": _UPLOADS, **everything, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": uploads}}]
            if uploads else [],
        )  # fmt: skip

    def _put_rules(self, ours: list[Any], foreign: list[Any], wanted: list[Any]) -> None:
        rules = [*foreign, *wanted]

        def put() -> None:
            if rules:
                self._client.put_bucket_lifecycle_configuration(
                    Bucket=self._wanted.name, LifecycleConfiguration={"Rules": rules}
                )
            else:
                self._client.delete_bucket_lifecycle(Bucket=self._wanted.name)

        self._set("lifecycle", _days(ours), _days(wanted), "s3:PutLifecycleConfiguration", put)

    def encrypted(self) -> None:
        key = self._wanted.kms_key
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
        found = self._read("s3:GetEncryptionConfiguration", self._client.get_bucket_encryption,
                           "ServerSideEncryptionConfigurationNotFoundError") or {}  # fmt: skip
        rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules") or [{}]
        now = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
        # Without a key, whatever encrypts it already is as good, and may be somebody's own key.
        if any(now.get(name) != value for name, value in by.items()) and (key or not now):
            self._set("encryption", now, by, "s3:PutEncryptionConfiguration",
                      lambda: self._client.put_bucket_encryption(
                          Bucket=self._wanted.name,
                          ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": by}]}),
                      certain=self._wanted.is_aws)  # fmt: skip

    def private(self) -> None:
        found = self._read("s3:GetBucketPublicAccessBlock", self._client.get_public_access_block,
                           "NoSuchPublicAccessBlockConfiguration") or {}  # fmt: skip
        now = found.get("PublicAccessBlockConfiguration") or {}
        if now != _BLOCKED:
            self._set("public access", now, _BLOCKED, "s3:PutBucketPublicAccessBlock",
                      lambda: self._client.put_public_access_block(
                          Bucket=self._wanted.name, PublicAccessBlockConfiguration=_BLOCKED),
                      certain=self._wanted.is_aws)  # fmt: skip

    def policy(self) -> None:
        if not self._wanted.policy:
            return
        found = self._read("s3:GetBucketPolicy", self._client.get_bucket_policy, "NoSuchBucketPolicy") or {}
        now = json.loads(found.get("Policy") or "null")
        if _plain(now) != _plain(self._wanted.policy):
            # There is one policy of a bucket: what others put into it goes.
            self._set("whole policy" if now else "policy", now, dict(self._wanted.policy), "s3:PutBucketPolicy",
                      lambda: self._client.put_bucket_policy(
                          Bucket=self._wanted.name, Policy=json.dumps(self._wanted.policy)))  # fmt: skip

    def _read(self, action: str, call: Callable[..., Any], *absent: str) -> Any:
        """What is set, None for nothing."""
        if not self._there:
            return None
        try:
            return call(Bucket=self._wanted.name)
        except ClientError as error:
            if _code(error) in absent:
                return None
            raise self._said(error, action) from error

    def _set(
        self, what: str, before: Any, after: Any, action: str, put: Callable[[], Any], *, certain: bool = True
    ) -> None:
        """:param certain: whether the store is known to take it: what it may not take counts only once it has."""
        if self._check and not certain:
            self.note(f"is asked for {what}: {_text(after)}; whether it knows that is seen then")
            return
        if not self._check:
            try:
                put()
            except ClientError as error:
                raise self._said(error, action) from error
        self.outcome.changed = True
        self.outcome.before[what], self.outcome.after[what] = before, after
        self.outcome.report.append(f"{what} of bucket {self._wanted.name}: {_text(before)} - {_text(after)}"
                                   if what != "bucket" else f"bucket {self._wanted.name}: missing - made")  # fmt: skip

    def note(self, what: str) -> None:
        self.outcome.report.append(f"the store of bucket {self._wanted.name} {what}")

    def _said(self, error: ClientError, action: str) -> Exception:
        code = _code(error)
        wanted = self._wanted
        if code in _UNKNOWN and not wanted.is_aws:
            return _UnknownError()
        if code in ("301", "PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidRegion"):
            headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            named = error.response.get("Error", {}).get("Region")
            return _elsewhere(wanted, named or headers.get("x-amz-bucket-region") or "another region")
        if code == "BucketAlreadyOwnedByYou":
            return _OwnedError()
        if code == "BucketAlreadyExists":
            return PopsinkError(
                f"Bucket {wanted.name} belongs to somebody else.", remedy="Name another one in popsink_bucket."
            )
        if code in _DENIED:
            return PopsinkError(
                f"Whoever looks after bucket {wanted.name} is refused {action} ({code}), or the bucket is somebody "
                "else's.",
                remedy=f"Check {_ADMIN}, or what boto3 finds in their place, and allow it to them.",
            )
        return PopsinkError(
            f"The store refuses {action} on bucket {wanted.name}: {code}.",
            remedy="Check the inputs that begin with popsink_bucket_.",
        )


@contextmanager
def _errors(wanted: Wanted) -> Iterator[None]:
    """What the library raises where it gets no answer, as an error that names the inputs."""
    try:
        yield
    except (BotoCoreError, ValueError) as error:
        place = wanted.endpoint or f"AWS in {wanted.region}"
        raise PopsinkError(
            f"The object store ({place}) cannot be asked to manage a bucket: {error}.".replace("..", "."),
            remedy=f"Check popsink_s3_endpoint, popsink_bucket_region, the network, and {_ADMIN}.",
        ) from error


def _elsewhere(wanted: Wanted, region: str) -> PopsinkError:
    return PopsinkError(
        f"Bucket {wanted.name} is in {region}, and popsink_bucket_region is {wanted.region}.",
        remedy=f"Set popsink_bucket_region to {region}, or name another bucket: none is moved.",
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code") or "")


def _same(ours: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> bool:
    """Whether rules do the same; stores add to them what they need not be told."""
    return _days(ours) == _days(wanted)


def _days(rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What each rule does, and after how many days; one that is off, or is not for all objects, does something else."""
    found: dict[str, Any] = {}
    for rule in rules:
        old, uploads = rule.get("NoncurrentVersionExpiration") or {}, rule.get("AbortIncompleteMultipartUpload") or {}
        whole = rule.get("Status") == "Enabled" and not any((rule.get("Filter") or {}).values())
        days = old.get("NoncurrentDays") or uploads.get("DaysAfterInitiation")
        found[str(rule.get("ID"))] = f"after {days} days" if whole else "otherwise"
    return found


def _plain(policy: Any) -> str:
    """A policy in one spelling: AWS gives a list of one as the one."""
    return json.dumps(_unlisted(policy), sort_keys=True)


def _unlisted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _unlisted(part) for name, part in value.items()}
    if isinstance(value, list):
        return _unlisted(value[0]) if len(value) == 1 else [_unlisted(part) for part in value]
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value) if value else "none"
