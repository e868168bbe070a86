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


class Secrets:
    """Secrets by name, each with its keys."""

    def __init__(self, **secrets: dict[str, str]) -> None:
        self.secrets = secrets

    def find(self, path: str) -> dict[str, Any] | None:
        found = self.secrets.get(path.rpartition("/")[2])
        return found and {"data": {key: base64.b64encode(value.encode()).decode() for key, value in found.items()}}


def key(literal: str = "", secret: str = "", name: str = "") -> dict[str, Any]:
    """Values with an encryption key."""
    block = {"key": literal, "existingSecret": secret, "secretKeys": {"key": name} if name else {}}
    return {"connectorConfigEncryptionKey": {name: value for name, value in block.items() if value}}


def allowed(
    now: dict[str, Any],
    planned: dict[str, Any],
    secrets: dict[str, dict[str, str]],
    *,
    ahead: bool = False,
    defaults: dict[str, Any] | None = None,
) -> bool:
    current = replace(release(now), defaults=defaults or {})
    try:
        guard(Secrets(**secrets), "ns", current, planned, ahead=ahead)  # type: ignore[arg-type]
    except PopsinkError:
        return False
    return True


@pytest.mark.parametrize(
    ("now", "planned", "secrets", "may"),
    [
        (key("a"), key("a"), {}, True),
        (key("a"), key("b"), {}, False),
        (key("a"), {}, {}, True),
        ({}, {}, {}, True),
        (key("a"), key(secret="s"), {}, False),
        (key("a"), key(secret="s"), {"s": {"k": "a"}}, True),
        (key(secret="s"), key("a"), {"s": {"k": "a"}}, True),
        (key(secret="s"), key("b"), {"s": {"k": "a"}}, False),
        (key(secret="s"), key("a"), {}, False),
        (key(secret="s"), key(secret="t"), {"s": {"k": "a"}, "t": {"other": "a"}}, True),
        (key(secret="s"), key(secret="t"), {"s": {"k": ""}, "t": {"k": ""}}, False),
    ],
    ids=[
        "the same value", "another value", "a plan without one", "neither has one", "a Secret that is not there",
        "the value in a Secret", "a Secret's value", "another than a Secret's", "where the Secret in use is gone",
        "under another name", "nothing in either Secret",
    ],
)  # fmt: skip
def test_where_the_encryption_key_may_go(
    now: dict[str, Any], planned: dict[str, Any], secrets: dict[str, dict[str, str]], may: bool
) -> None:
    assert allowed(now, planned, secrets) == may


@pytest.mark.parametrize(
    ("secrets", "may"),
    [({}, True), ({"s": {"k": "a"}}, True), ({"s": {"k": "b"}}, False)],
    ids=["not made yet", "made", "made with another key"],
)
def test_ahead_a_secret_may_yet_be_made(secrets: dict[str, dict[str, str]], may: bool) -> None:
    assert allowed(key("a"), key(secret="s"), secrets, ahead=True) == may


def test_ahead_another_value_is_refused_all_the_same() -> None:
    assert not allowed(key("a"), key("b"), {}, ahead=True)


#: One Secret for everything, as people make it, and another in which the encryption key alone is different.
ALL_IN_ONE = {"mine": {"fernet": "a", "jwt": "shared"}, "other": {"fernet": "b", "jwt": "shared"}}


@pytest.mark.parametrize(
    ("now", "planned", "defaults", "may"),
    [
        (key(secret="mine", name="fernet"), key(secret="other"), {}, False),
        (key(secret="mine"), key(secret="other"), key(name="fernet"), False),
        (key(secret="mine"), key(secret="other", name="fernet"), {}, False),
        (key(secret="mine", name="fernet"), key(secret="mine", name="fernet"), {}, True),
        (key(secret="mine", name="fernet"), key(secret="mine", name="jwt"), {}, False),
        (key(secret="mine"), key(secret="mine", name="fernet"), key(name="fernet"), True),
        (key(secret="mine", name="fernet"), key("shared"), {}, False),
    ],
    ids=[
        "named in the release", "named by the chart", "named in the plan", "unchanged", "another of the same Secret",
        "the chart's own choice, named", "another's value as it is",
    ],
)  # fmt: skip
def test_what_two_secrets_share_beside_it_is_not_the_encryption_key(
    now: dict[str, Any], planned: dict[str, Any], defaults: dict[str, Any], may: bool
) -> None:
    assert allowed(now, planned, ALL_IN_ONE, defaults=defaults) == may


@pytest.mark.parametrize(
    ("planned", "advice"),
    [(key(secret="s"), "popsink_connector_config_encryption_key, and delete Secret s if it is there."),
     (key("b"), "popsink_connector_config_encryption_key.")],
    ids=["a Secret", "a value"],
)  # fmt: skip
def test_what_to_do_about_another_encryption_key(planned: dict[str, Any], advice: str) -> None:
    with pytest.raises(PopsinkError) as error:
        guard(Secrets(), "ns", release(key("a")), planned)  # type: ignore[arg-type]
    assert str(error.value).endswith(advice)


def test_a_database_that_goes_keeps_its_volume_as_it_is() -> None:
    """To one of one's own: with the StatefulSet goes what could not be changed of it."""
    current = replace(release(persistent(size="1Gi", storageClass="a")), manifest=MANIFEST)
    cluster: Any = OneStatefulSet(volume("1Gi", "a"))
    guard(cluster, "ns", current, {**PLANNED, "postgresql": {"enabled": False}})
