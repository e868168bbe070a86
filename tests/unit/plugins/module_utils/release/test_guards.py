"""What a change of a release must not do."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.release.guards import guard
from ansible_collections.popsink.data_plane.plugins.module_utils.release.state import Release

PLANNED = {"connectorConfigEncryptionKey": {"existingSecret": "planned"}}


class OneNamespace:
    """Secrets by name."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets

    def find(self, path: str) -> dict[str, Any] | None:
        value = self.secrets.get(path.rpartition("/")[2])
        return {"data": {"key": base64.b64encode(value.encode()).decode()}} if value else None


def release(values: dict[str, Any]) -> Release:
    return Release("r", 1, "deployed", "0.1.0-alpha.205", values, [], datetime.now(timezone.utc))


@pytest.mark.parametrize(
    ("current", "secrets"),
    [
        (PLANNED, {}),
        ({"connectorConfigEncryptionKey": {"key": "same"}}, {"planned": "same"}),
        ({"connectorConfigEncryptionKey": {"existingSecret": "other"}}, {"planned": "same", "other": "same"}),
    ],
    ids=["ours already", "the literal's key in our Secret", "another Secret's key in ours"],
)
def test_the_same_key_may_move(current: dict[str, Any], secrets: dict[str, str]) -> None:
    guard(OneNamespace(**secrets), "ns", release(current), PLANNED)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("current", "secrets"),
    [
        ({"connectorConfigEncryptionKey": {"key": "old"}}, {"planned": "new"}),
        ({"connectorConfigEncryptionKey": {"existingSecret": "other"}}, {"planned": "new", "other": "old"}),
        ({}, {"planned": "new"}),
    ],
    ids=["another literal", "another Secret", "made by the chart"],
)
def test_another_key_is_refused_unseen(current: dict[str, Any], secrets: dict[str, str]) -> None:
    with pytest.raises(PopsinkError, match="popsink_connector_config_encryption_key") as error:
        guard(OneNamespace(**secrets), "ns", release(current), PLANNED)  # type: ignore[arg-type]
    assert "old" not in str(error.value).split()


@pytest.mark.parametrize(
    ("name", "variable"),
    [("size", "popsink_database_storage_size"), ("storageClass", "popsink_database_storage_class")],
)
def test_a_volume_that_would_change_is_refused(name: str, variable: str) -> None:
    def values(value: str) -> dict[str, Any]:
        return {**PLANNED, "postgresql": {"primary": {"persistence": {name: value}}}}

    with pytest.raises(PopsinkError, match=variable):
        guard(OneNamespace(), "ns", release(values("1")), values("2"))  # type: ignore[arg-type]
    guard(OneNamespace(), "ns", release(values("1")), values("1"))  # type: ignore[arg-type]
