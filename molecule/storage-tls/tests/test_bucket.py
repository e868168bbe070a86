"""The bucket that the rollout made, as the store has it, and how the broker comes to it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.lab.deployed import RELEASE, Deployed


@pytest.fixture(scope="module")
def store(deployed: Deployed) -> Any:
    """The store, as its administrator."""
    s3 = deployed.lab["s3"]
    return boto3.client(
        "s3",
        endpoint_url=s3["endpoint"],
        region_name=s3["region"],
        aws_access_key_id=s3["root_user"],
        aws_secret_access_key=s3["root_password"],
    )


def test_bucket_keeps_versions(store: Any, deployed: Deployed) -> None:
    assert store.get_bucket_versioning(Bucket=deployed.s3["bucket"])["Status"] == "Enabled"


def test_old_versions_are_deleted_and_nothing_else(store: Any, deployed: Deployed) -> None:
    (rule,) = store.get_bucket_lifecycle_configuration(Bucket=deployed.s3["bucket"])["Rules"]
    assert (rule["ID"], rule["Status"], "Expiration" in rule) == ("popsink-old-versions", "Enabled", False)
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 14


def test_broker_speaks_tls_and_has_no_key_but_its_own(deployed: Deployed) -> None:
    environment = deployed.inside(f"deployment/{RELEASE}-tansu", "env")
    assert f"AWS_ENDPOINT={deployed.lab['s3']['tls_endpoint']}" in environment
    assert deployed.lab["s3"]["root_password"] not in environment
    secrets = [value for values in deployed.secrets().values() for value in values.values()]
    assert deployed.lab["s3"]["root_password"] not in secrets
