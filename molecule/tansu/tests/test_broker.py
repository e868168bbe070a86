"""The real broker: its own program runs, and what it keeps stands in the bucket."""

from __future__ import annotations

from tests.lab.deployed import RELEASE, Deployed


def test_the_real_broker_runs(deployed: Deployed) -> None:
    program = deployed.inside(f"deployment/{RELEASE}-tansu", "readlink", "/proc/1/exe")
    assert program.strip() == "/opt/tansu/tansu"


def test_it_keeps_the_cluster_in_the_bucket_and_no_topic_of_ours(deployed: Deployed) -> None:
    """The record that verification passed through it left its traces, whatever the prefix."""
    keys = deployed.objects()
    assert [key for key in keys if not key.startswith(f"clusters/{RELEASE}/")] == []
    assert keys
