"""What the last words of a container mean."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.symptoms import SYMPTOMS, explain


@pytest.mark.parametrize(
    ("container", "log", "cause"),
    [
        ("data-plane", "connector-config-encryption-key must be 32 url-safe base64-encoded bytes", "encryption key"),
        ("data-plane", "FATAL: DB_USER is empty", "user name is empty"),
        ("data-plane", 'FATAL: password authentication failed for user "popsink"', "refuses the password"),
        (
            "data-plane",
            "broker k:9093: sasl_ssl://k:9093: SASL authentication error: Authent",
            "Kafka refuses the login",
        ),
        ("data-plane", "kafka.errors.SaslAuthenticationFailedError", "Kafka refuses the login"),
        ("data-plane", "broker k:9093: Broker: Topic authorization failed", "does not let it use its topics"),
        ("data-plane", "TopicAuthorizationFailedError: popsink", "does not let it use its topics"),
        (
            "data-plane",
            "broker k:9093: ssl://k:9093: SSL handshake failed: certificate verify failed",
            "is not trusted",
        ),
        ("data-plane", 'FATAL:  too many connections for database "popsink"', "takes no further connections"),
        ("kora", 'FATAL:  too many connections for database "popsink"', "takes no further connections"),
        ("kora", 'FATAL: password authentication failed for user "popsink"', "schema registry's role"),
        ("tansu", "Error: unsupported storage URL: postgres://", "storage engine"),
        ("tansu", "S3 error: NoSuchBucket", "cannot use its bucket"),
        ("kodansu", "Generic S3 error: connection refused", "cannot use its bucket"),
        ("tansu", "AccessDenied: not authorized to perform s3:PutObject", "cannot use its bucket"),
        ("tansu", "SignatureDoesNotMatch", "cannot use its bucket"),
    ],
)
def test_a_known_symptom(container: str, log: str, cause: str) -> None:
    symptom = explain(log, pod="popsink-x-5b8f-zxcvb", container=container)
    assert symptom is not None
    assert cause in symptom.cause


@pytest.mark.parametrize(
    ("container", "log"),
    [
        ("tansu", ""),
        ("tansu", "starting"),
        ("tansu", "the token bucket is empty: slow down"),
        ("tansu", "uses s3://records"),
        ("tansu", "cannot reach brokers3.example.com:9092"),
        ("tansu", "Traceback (most recent call last):"),
        ("tansu", "password authentication failed"),
        ("data-plane", "the token bucket of the rate limit is empty"),
        ("data-plane", "S3 error: AccessDenied"),
        ("data-plane", "connection refused: kora:8081"),
        ("data-plane", "KORA_DB_USER is popsink"),
        ("data-plane", "https://hooks.example: certificate verify failed"),
        ("kora", "KORA_DB_USER is popsink"),
        ("kafka-ui", "AccessDenied"),
        ("main", "NoSuchBucket"),
    ],
)
def test_no_symptom_that_is_known(container: str, log: str) -> None:
    assert explain(log, pod="popsink-x-5b8f-zxcvb", container=container) is None


@pytest.mark.parametrize(
    ("pod", "container", "known"),
    [
        pytest.param("popsink-tansu-5b8f-zxcvb", "main", True, id="the pod tells"),
        pytest.param("popsink-x-5b8f-zxcvb", "tansu", True, id="the container tells"),
        pytest.param("tansu-data-plane-5b8f-zxcvb", "main", False, id="a release of that name"),
        pytest.param("tansu-data-plane-5b8f-zxcvb", "data-plane", False, id="the container counts first"),
        pytest.param("popsink-data-plane-tansu-5b8f-zxcvb", "main", True, id="a longer name of the chart"),
        pytest.param("mytansus-5b8f-zxcvb", "main", False, id="part of a word"),
    ],
)
def test_the_component_is_told_by_its_names(pod: str, container: str, known: bool) -> None:
    assert (explain("NoSuchBucket", pod=pod, container=container) is not None) == known


def test_each_says_what_to_do() -> None:
    assert [symptom.pattern for symptom in SYMPTOMS if not symptom.remedy] == []
