"""What Helm's own record says of a release."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.release.state import decode, find_release

from tests.unit.plugins.fakes import FakeCluster, as_manifest, helm_record, put_release, secret_path


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("record", "sh.helm.release.v1.popsink.v7"),
        ("revision", 7),
        ("status", "failed"),
        ("chart_version", "0.1.0-alpha.60"),
        ("values", {"replicaCount": 1}),
        ("manifest", [{"kind": "Service"}, {"kind": "Deployment"}]),
        ("changed_at", datetime(2026, 10, 9, 12, 0, tzinfo=timezone.utc)),
    ],
)
def test_decode(attribute: str, value: Any) -> None:
    record = helm_record(
        7,
        status="failed",
        chart="0.1.0-alpha.60",
        values={"replicaCount": 1},
        manifest=as_manifest({"kind": "Service"}, {}, {"kind": "Deployment"}),
        deployed="2026-10-09T12:00:00Z",
    )
    assert getattr(decode(record), attribute) == value


def test_a_release_without_values_of_its_own() -> None:
    assert decode(helm_record(values=None)).values == {}


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2026-10-09T12:00:00Z", 0),
        ("2026-10-09T12:00:00.123456789Z", 0),
        ("2026-10-09T12:00:00.1Z", 0),
        ("2026-10-09T12:00:00+02:00", -2),
        ("2026-10-09T12:00:00.123456789+02:00", -2),
        ("2026-10-09T12:00:00.123456789-05:30", 5.5),
        ("2026-10-09T12:00:00-05:30", 5.5),
    ],
)
def test_times_as_go_writes_them(text: str, hours: float) -> None:
    noon = datetime(2026, 10, 9, 12, 0, tzinfo=timezone.utc)
    changed_at = decode(helm_record(deployed=text)).changed_at
    assert changed_at is not None
    assert abs(changed_at - noon - timedelta(hours=hours)) < timedelta(seconds=1)


@pytest.mark.parametrize("text", ["", "yesterday"])
def test_an_unknown_time_is_now(text: str) -> None:
    """So that what may be under way is not taken as abandoned."""
    assert decode(helm_record(deployed=text)).age(datetime.now(timezone.utc)) == 0


def test_age_is_in_seconds() -> None:
    release = decode(helm_record(deployed="2026-10-09T12:00:00Z"))
    assert release.age(datetime(2026, 10, 9, 12, 1, 30, tzinfo=timezone.utc)) == 90


@pytest.mark.parametrize(
    ("status", "pending"),
    [
        ("deployed", False),
        ("failed", False),
        ("pending-install", True),
        ("pending-upgrade", True),
        ("pending-rollback", True),
    ],
)
def test_pending(status: str, pending: bool) -> None:
    assert decode(helm_record(status=status)).pending == pending


def test_the_newest_revision_counts(cluster: FakeCluster) -> None:
    for revision in (9, 10, 2):
        put_release(cluster, revision)
    found = find_release(cluster, "popsink", "popsink")
    assert found is not None
    assert found.revision == 10


def test_other_releases_and_secrets_do_not_count(cluster: FakeCluster) -> None:
    put_release(cluster, 3, name="other")
    cluster.secret("popsink", {"key": "value"})
    assert find_release(cluster, "popsink", "popsink") is None


def test_no_namespace_is_no_release(cluster: FakeCluster) -> None:
    assert find_release(cluster, "popsink", "popsink") is None


def test_values_stand_in_no_representation(cluster: FakeCluster) -> None:
    """A release from before may hold secrets among its values."""
    put_release(cluster, values={"jwt": {"secret": "hidden"}})
    assert "hidden" not in repr(find_release(cluster, "popsink", "popsink"))
    assert secret_path("sh.helm.release.v1.popsink.v1") in cluster.objects


@pytest.mark.parametrize("text", ["12:30", "2020-01-01", "=", "0x1p3"])
def test_a_manifest_is_read_as_kubernetes_reads_it(text: str) -> None:
    """Times, dates and the like are text there, and would be something else to YAML 1.1."""
    record = helm_record(manifest=f"kind: ConfigMap\ndata:\n  a: {text}\n  b: 12\n  c: 1.5\n  d: true\n")
    assert decode(record).manifest[0]["data"] == {"a": text, "b": 12, "c": 1.5, "d": True}
