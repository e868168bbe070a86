"""Who a client of another Kafka is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.kafka.login import ClientCertificateError, tls_of

from tests.unit.plugins.certificates import pair

ONE, OTHER = pair(), pair()


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_certificate_and_key_are_taken_from_memory_and_leave_no_file_open() -> None:
    before = _open_files()
    tls_of(ONE.certificate, f"\n{ONE.certificate}\n", ONE.key)
    assert _open_files() == before


@pytest.mark.parametrize("key", [OTHER.key, "", "a key"], ids=["another's", "none", "no key"])
def test_what_does_not_belong_together_is_an_error(key: str) -> None:
    with pytest.raises(ClientCertificateError):
        tls_of("", ONE.certificate, key)


def test_a_system_without_files_in_memory_is_told_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    with pytest.raises(PopsinkError, match="popsink_kafka_client_cert"):
        tls_of("", ONE.certificate, ONE.key)
