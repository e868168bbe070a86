"""A broker whose store refuses its records says that it is ready; the record at the end of a run tells, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from minio import MinioAdmin
from minio.credentials.providers import StaticProvider

from tests.lab.deployed import Deployed

from .conftest import Rollout


@contextmanager
def refusing(deployed: Deployed, resource: str) -> Iterator[None]:
    """While it lasts, the broker's key may put nothing there."""
    s3, bucket = deployed.lab["s3"], deployed.s3["bucket"]
    admin = MinioAdmin(
        endpoint=urlsplit(s3["endpoint"]).netloc,
        credentials=StaticProvider(s3["root_user"], s3["root_password"]),
        secure=False,
        region=s3["region"],
    )
    whole = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    allow: dict[str, Any] = {"Effect": "Allow", "Action": ["s3:*"], "Resource": whole}
    deny = {"Effect": "Deny", "Action": ["s3:PutObject"], "Resource": [f"arn:aws:s3:::{bucket}/{resource}"]}
    try:
        admin.policy_add(bucket, policy={"Version": "2012-10-17", "Statement": [allow, deny]})
        yield
    finally:
        admin.policy_add(bucket, policy={"Version": "2012-10-17", "Statement": [allow]})


def test_refused_record_ends_the_run_with_its_cause(rollout: Rollout) -> None:
    # The preflight's own object goes through: what it cannot know is told afterwards.
    with refusing(rollout.deployed, "kafka/clusters/*/topics/*"):
        run = rollout.playbook.run(popsink_timeout=5)
    said = run.words()
    assert run.code != 0
    assert "verify.records" in said
    assert "Its log tells why: the broker cannot use its bucket" in said
    assert [check for check in ("FAIL storage.access", "FAIL storage.bucket") if check in said] == []
    again = rollout.playbook.run("--tags", "verify")
    assert (again.code, again.changed) == (0, 0)


def test_no_topic_of_ours_stays(rollout: Rollout) -> None:
    assert [key for key in rollout.deployed.objects() if "popsink-verify" in key] == []
