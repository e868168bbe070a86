"""What the last words of a container mean."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.symptoms import SYMPTOMS, explain


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("ValueError: connector-config-encryption-key must be 32 url-safe base64-encoded bytes", "encryption key"),
        ("FATAL: DB_USER is empty", "user name is empty"),
        ('FATAL: password authentication failed for user "kora"', "refuses the password"),
        ("Error: unsupported storage URL: postgres://", "storage engine"),
        ("S3 error: NoSuchBucket", "cannot use its bucket"),
        ("AccessDenied: not authorized to perform s3:PutObject", "cannot use its bucket"),
        ("SignatureDoesNotMatch", "cannot use its bucket"),
    ],
)
def test_a_known_symptom(log: str, cause: str) -> None:
    symptom = explain(log)
    assert symptom is not None
    assert cause in symptom.cause


@pytest.mark.parametrize(
    "log",
    [
        "",
        "starting",
        "connection refused: kora:8081",
        "cannot reach brokers3.example.com:9092",
        "Traceback (most recent call last):",
    ],
)
def test_no_symptom_that_is_known(log: str) -> None:
    assert explain(log) is None


def test_each_says_what_to_do() -> None:
    assert [symptom.pattern for symptom in SYMPTOMS if not symptom.remedy] == []
