"""A chart of this host."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    local_chart,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError


def test_a_packaged_chart_of_this_host_is_copied_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "chart.tgz").write_bytes(b"content")
    copied = local_chart(str(tmp_path / "chart.tgz"), cache=tmp_path / "cache")
    assert copied == tmp_path / "cache" / f"sha256-{hashlib.sha256(b'content').hexdigest()}.tgz"
    assert copied.read_bytes() == b"content"


def test_a_chart_of_this_host_that_changed_is_read_again(tmp_path: Path) -> None:
    chart = tmp_path / "chart.tgz"
    chart.write_bytes(b"before")
    local_chart(str(chart), cache=tmp_path / "cache")
    chart.write_bytes(b"after")
    assert local_chart(str(chart), cache=tmp_path / "cache").read_bytes() == b"after"


def test_a_damaged_copy_is_made_again(tmp_path: Path) -> None:
    chart = tmp_path / "chart.tgz"
    chart.write_bytes(b"content")
    local_chart(str(chart), cache=tmp_path / "cache").write_bytes(b"")
    assert local_chart(str(chart), cache=tmp_path / "cache").read_bytes() == b"content"


def test_a_chart_in_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "chart.tgz").write_bytes(b"content")
    assert local_chart("~/chart.tgz", cache=tmp_path / "cache").read_bytes() == b"content"


def test_a_folder_is_kept_as_an_archive(tmp_path: Path) -> None:
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("name: data-plane\nversion: 1.0.0\n", "utf-8")
    kept = local_chart(str(tmp_path / "chart"), cache=tmp_path / "cache")
    assert kept.read_bytes().startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("charts/data-plane.tgz", "is 'charts/data-plane.tgz', which is neither a reference to a registry nor an"),
        ("http://charts.example/x.tgz", "which is neither a reference to a registry nor an absolute path"),
        ("", "popsink_chart_ref is '', which is neither"),
        (
            "/nowhere/chart.tgz",
            "popsink_chart_ref is /nowhere/chart.tgz, which cannot be read on the host that reaches",
        ),
        ("https://user:a-password@charts.example/x", "popsink_chart_ref holds a user's name or password"),
    ],
)
def test_what_is_no_chart_of_this_host(tmp_path: Path, ref: str, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        local_chart(ref, cache=tmp_path / "cache")
    assert message in str(caught.value)
    assert "a-password" not in str(caught.value)
