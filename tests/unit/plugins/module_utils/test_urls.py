"""One spelling of what people type."""

from __future__ import annotations

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.urls import one_endpoint, one_spelling


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("https://s3.example", "https://s3.example:443"),
        ("HTTPS://S3.Example./", "https://s3.example:443"),
        ("http://s3.example:9000/a/", "http://s3.example:9000/a"),
        ("http://name:word@s3.example?x=y", "http://s3.example:80"),
        ("s3.example:9000", "s3.example:9000"),
        ("", ""),
    ],
)
def test_one_spelling(text: str, spelling: str) -> None:
    assert one_spelling(text) == spelling


@pytest.mark.parametrize(
    ("endpoint", "one"),
    [
        ("", ""),
        ("https://s3.eu-west-1.amazonaws.com", ""),
        ("https://S3.example", "https://s3.example:443"),
    ],
)
def test_one_endpoint(endpoint: str, one: str) -> None:
    assert one_endpoint(endpoint) == one
