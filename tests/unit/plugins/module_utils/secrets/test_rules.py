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
