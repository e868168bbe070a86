"""What a secret's value must be."""

from __future__ import annotations

import base64
import hashlib

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets import rules
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st


def fernet_of(size: int) -> str:
    """Looks random, and is the same in each process that collects these tests."""
    return base64.urlsafe_b64encode(hashlib.shake_128(b"a key").digest(size)).decode("ascii")


#: The same in each run: all bits set shows as underscores, in the other alphabet as slashes.
ALL_BITS = base64.urlsafe_b64encode(b"\xff" * 32).decode("ascii")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (fernet_of(32), None),
        (ALL_BITS, None),
        (fernet_of(31), "decodes to 31 bytes, not 32"),
        (fernet_of(33), "decodes to 33 bytes, not 32"),
        (ALL_BITS.replace("_", "/"), "is not URL-safe base64"),
        (fernet_of(32).rstrip("="), "is not URL-safe base64"),
        (fernet_of(32) + "\n", "ends in a line break"),
        (" " + fernet_of(32), "is not URL-safe base64"),
        (hashlib.shake_128(b"a key").hexdigest(16), "decodes to 24 bytes, not 32"),
        ("", "is empty"),
        ("changeme", "is a placeholder"),
        ("<fernet key>", "is a placeholder"),
    ],
)
def test_fernet_key(value: str, problem: str | None) -> None:
    assert rules.fernet_key(value) == problem


@given(st.binary(min_size=32, max_size=32))
def test_what_the_rule_takes_the_library_takes(key: bytes) -> None:
    encoded = base64.urlsafe_b64encode(key).decode("ascii")
    assert rules.fernet_key(encoded) is None
    Fernet(encoded)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_no_text_breaks_a_rule_itself(value: str) -> None:
    problem = rules.fernet_key(value)
    assert problem is None or problem.startswith(("is ", "ends ", "decodes ", "contains "))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x" * 32, None),
        ("x" * 31, "has fewer than 32 characters"),
        ("x" * 32 + "\n", "ends in a line break"),
        ("", "is empty"),
        ("secret", "is a placeholder"),
    ],
)
def test_jwt_secret(value: str, problem: str | None) -> None:
    assert rules.jwt_secret(value) == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x" * 8, None),
        ("x" * 7, "has fewer than 8 characters"),
        ("with a space", None),
        ("password", "is a placeholder"),
        ("ChangeMe", "is a placeholder"),
        ("<your password>", "is a placeholder"),
        ("map[]", "is a placeholder"),
        ("None", "is a placeholder"),
        ("long enough\r\n", "ends in a line break"),
        ("   ", "is empty"),
    ],
)
def test_password(value: str, problem: str | None) -> None:
    assert rules.password(value) == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("admin", None),
        ("a<b>c", None),
        ("<name>", "is a placeholder"),
        (" todo ", "is a placeholder"),
        ("", "is empty"),
    ],
)
def test_not_a_placeholder(value: str, problem: str | None) -> None:
    assert rules.not_a_placeholder(value) == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x", None),
        ("a\nb", "contains a line break or a control character"),
        ("", "is empty"),
        (" \n", "is empty"),
        ("x\n", "ends in a line break"),
    ],
)
def test_not_empty(value: str, problem: str | None) -> None:
    assert rules.not_empty(value) == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x", None),
        ("several\nlines\n", None),
        ("changeme", None),
        ("", "is empty"),
        (" \n\t", "is empty"),
    ],
)
def test_content(value: str, problem: str | None) -> None:
    assert rules.content(value) == problem


NO_JSON = "is not a Docker configuration in JSON"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('{"auths": {"registry.example": {}}}', None),
        ('{"auths": {}}', "names no registry under auths"),
        ('{"auths": ["registry.example"]}', "names no registry under auths"),
        ("{}", "names no registry under auths"),
        ("[]", NO_JSON),
        ("null", NO_JSON),
        ("7", NO_JSON),
        ("auths: {}", NO_JSON),
        ("", NO_JSON),
    ],
)
def test_docker_config(value: str, problem: str | None) -> None:
    assert rules.docker_config(value) == problem


NO_URL = "is not a URL that begins with postgres:// and names a host"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("postgres://db.example", None),
        ("postgres://db.example/", None),
        ("postgresql://user:word@db.example:5432/kafka?sslmode=require", None),
        ("postgres://[::1]:5432/kafka", None),
        ("mysql://db.example", NO_URL),
        ("POSTGRES://db.example", NO_URL),
        ("db.example", NO_URL),
        ("postgres://", NO_URL),
        ("postgres:///kafka", NO_URL),
        (" postgres://db.example", NO_URL),
        ("postgres://db.example\n", "ends in a line break"),
        ("<url>", "is a placeholder"),
        ("", "is empty"),
    ],
)
def test_postgresql_url(value: str, problem: str | None) -> None:
    assert rules.postgresql_url(value) == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("postgresql://admin:hush@db.example/postgres", None),
        ("postgres://admin@db.example", None),
        ("host=db.example user=admin password=hush", None),
        ("host=db.example user=admin password=h@s@h", None),
        ("postgresql://admin:hush@db.example/postgres?application_name=a@b", None),
        ("postgresql://admin:h%40sh@db.example/postgres", None),
        (
            "postgresql://admin:h@sh@db.example/postgres",
            "has a second @ before the host: write it as %40, and / as %2F",
        ),
        ("postgres://admin:h@s/h@db.example", "has a second @ before the host: write it as %40, and / as %2F"),
        ("postgresql://db.example/postgres", "is not a connection string of PostgreSQL that names a user"),
        ("host=db.example superuser=admin", "is not a connection string of PostgreSQL that names a user"),
        ("<dsn>", "is a placeholder"),
        ("postgresql://admin@db.example\n", "ends in a line break"),
    ],
)
def test_connection_string(value: str, problem: str | None) -> None:
    assert rules.connection_string(value) == problem


#: Put together here, so that no file holds what looks like a key.
BEGIN, END = "-----BEGIN ", "-----\nabc"


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("PRIVATE KEY", None),
        ("RSA PRIVATE KEY", None),
        ("EC PRIVATE KEY", None),
        ("ENCRYPTED PRIVATE KEY", None),
        ("CERTIFICATE", "is not a private key in PEM"),
        ("PUBLIC KEY", "is not a private key in PEM"),
        ("private key", "is not a private key in PEM"),
    ],
)
def test_private_key(kind: str, problem: str | None) -> None:
    assert rules.private_key(f"{BEGIN}{kind}{END}") == problem


@pytest.mark.parametrize("value", ["", "PRIVATE KEY", "a path/key.pem"])
def test_no_private_key(value: str) -> None:
    assert rules.private_key(value) == "is not a private key in PEM"


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ({}, []),
        ({"a": "1", "b": "2"}, []),
        ({"a": "1", "b": "1", "c": "2"}, [["a", "b"]]),
        ({"a": "1", "b": "2", "c": "1", "d": "2", "e": "1"}, [["a", "c", "e"], ["b", "d"]]),
    ],
)
def test_reused(values: dict[str, str], groups: list[list[str]]) -> None:
    assert rules.reused(values) == groups
