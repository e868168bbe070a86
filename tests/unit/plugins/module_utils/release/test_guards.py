"""What a change of a release must not do."""

from __future__ import annotations

import base64
from dataclasses import replace
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


def volume(size: str, storage_class: str | None) -> dict[str, Any]:
    return {
        "spec": {
            "resources": {"requests": {"storage": size}},
            **({"storageClassName": storage_class} if storage_class else {}),
        }
    }


class OneStatefulSet:
    """The bundled database as it is on the cluster, whatever the release's record says."""

    def __init__(self, template: dict[str, Any] | None) -> None:
        self.template = template

    def find(self, path: str) -> dict[str, Any] | None:
        if path != "/apis/apps/v1/namespaces/ns/statefulsets/popsink-postgresql" or self.template is None:
            return None
        return {"spec": {"volumeClaimTemplates": [self.template]}}


MANIFEST = [
    {"kind": "Service", "metadata": {"name": "popsink-postgresql"}},
    {"kind": "StatefulSet", "metadata": {"name": "popsink-postgresql"}},
]


def persistent(**persistence: str) -> dict[str, Any]:
    return {**PLANNED, "postgresql": {"primary": {"persistence": persistence}}}


@pytest.mark.parametrize(
    ("live", "recorded", "planned", "refused"),
    [
        (volume("50Gi", None), {"size": "50Gi"}, {"size": "50Gi"}, ""),
        (volume("50Gi", "fast"), {"storageClass": "fast"}, {"storageClass": "fast"}, ""),
        (volume("1Gi", None), {"size": "1Gi"}, {"size": "1024Mi"}, ""),
        (volume("8Gi", "fast"), {}, {}, ""),
        (None, {"size": "1Gi"}, {"size": "2Gi"}, ""),
        (volume("1Gi", None), {"size": "1Gi"}, {"size": "2Gi"}, "popsink_database_storage_size"),
        (volume("1Gi", "a"), {"storageClass": "a"}, {"storageClass": "b"}, "popsink_database_storage_class"),
        (volume("1Gi", None), {}, {"storageClass": "b"}, "popsink_database_storage_class"),
        (volume("1Gi", "a"), {"storageClass": "a"}, {}, "popsink_database_storage_class"),
        (volume("1Gi", None), {"storageClass": "b"}, {"storageClass": "b"}, "popsink_database_storage_class"),
        (volume("1Gi", None), {"storageClass": "b"}, {}, ""),
    ],
    ids=[
        "same size", "same class", "same size in another unit", "the chart's own choice", "no volume yet",
        "another size", "another class", "a class where there was none", "no class where there was one",
        "what a failed revision asked for", "back from what a failed revision asked for",
    ],
)  # fmt: skip
def test_a_volume_that_would_change(
    live: dict[str, Any] | None, recorded: dict[str, str], planned: dict[str, str], refused: str
) -> None:
    current = replace(release(persistent(**recorded)), manifest=MANIFEST)
    cluster: Any = OneStatefulSet(live)
    if not refused:
        guard(cluster, "ns", current, persistent(**planned))
        return
    with pytest.raises(PopsinkError, match=refused):
        guard(cluster, "ns", current, persistent(**planned))
