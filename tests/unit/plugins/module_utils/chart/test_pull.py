"""Pulling the pinned chart once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import cache_folder, pulled_chart
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

REF = "oci://registry.example/charts/data-plane"
VERSION = "0.1.0-alpha.205"
#: Writes an archive named after the version into the folder that follows --destination, and notes its arguments.
WORKS = 'echo "$@" >> $here/calls; echo "$2 $4" > "$6/data-plane-$4.tgz"'

Pull = Callable[..., Path]


@pytest.fixture
def helm(tmp_path: Path) -> Callable[[str], str]:
    """A program in Helm's place, made of shell lines."""

    def make(lines: str) -> str:
        path = tmp_path / "helm"
        path.write_text(f"#!/bin/sh\nhere={tmp_path}\n{lines}\n", "utf-8")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def pull(tmp_path: Path, helm: Callable[[str], str]) -> Pull:
    def pull(ref: str = REF, version: str = VERSION, *, lines: str = WORKS, plain_http: bool = False) -> Path:
        return pulled_chart(ref, version, helm=helm(lines), plain_http=plain_http, cache=tmp_path / "cache")

    return pull


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text("utf-8").splitlines()


def test_the_archive_is_what_helm_pulled(pull: Pull) -> None:
    assert pull().read_text("utf-8") == f"{REF} {VERSION}\n"


def test_the_second_time_nothing_is_pulled(pull: Pull, tmp_path: Path) -> None:
    assert pull() == pull()
    assert len(calls(tmp_path)) == 1


def test_what_is_cached_needs_no_helm(pull: Pull, tmp_path: Path) -> None:
    first = pull()
    assert pulled_chart(REF, VERSION, helm="/nowhere/helm", cache=tmp_path / "cache") == first


@pytest.mark.parametrize(("ref", "version"), [(REF, "0.1.0-alpha.60"), ("oci://mirror.example/data-plane", VERSION)])
def test_another_chart_is_another_file(pull: Pull, ref: str, version: str) -> None:
    assert pull() != pull(ref, version)


def test_an_archive_that_was_deleted_is_pulled_again(pull: Pull) -> None:
    pull().unlink()
    assert pull().is_file()


def test_nothing_is_left_beside_the_archive(pull: Pull, tmp_path: Path) -> None:
    archive = pull()
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([archive.name, "refs"])


@pytest.mark.parametrize("plain_http", [False, True])
def test_unencrypted_only_where_asked_for(pull: Pull, tmp_path: Path, plain_http: bool) -> None:
    pull(plain_http=plain_http)
    assert ("--plain-http" in calls(tmp_path)[0]) == plain_http


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("", "popsink_chart_version is not set. Set it to the version that the control plane names"),
        ("latest", "popsink_chart_version is 'latest', which is not a version"),
        ("^0.1.0", "popsink_chart_version is '^0.1.0', which is not a version"),
        (">=0.1.0-alpha.1", "which is not a version"),
        ("0.1", "which is not a version"),
        ("0.1.0-alpha.205\n", "which is not a version"),
        ("--help", "which is not a version"),
    ],
)
def test_what_is_no_exact_version(pull: Pull, tmp_path: Path, version: str, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        pull(version=version)
    assert message in str(caught.value)
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'echo noise >&2; echo "Error: manifest unknown." >&2; exit 1',
            "could not be pulled: Error: manifest unknown.",
        ),
        ("exit 1", "could not be pulled: Helm gave no reason."),
        ("exit 0", "could not be pulled: Helm gave no reason."),
    ],
    ids=["refused", "silent", "nothing written"],
)
def test_a_pull_that_fails(pull: Pull, lines: str, message: str) -> None:
    with pytest.raises(PopsinkError) as caught:
        pull(lines=lines)
    assert f"Chart {REF} {VERSION} {message}" in str(caught.value)
    assert "popsink_chart_version" in str(caught.value)


def test_a_pull_that_failed_is_tried_again(pull: Pull) -> None:
    with pytest.raises(PopsinkError):
        pull(lines="exit 1")
    assert pull().is_file()


def test_a_missing_helm_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(PopsinkError, match="popsink_helm"):
        pulled_chart(REF, VERSION, helm="/nowhere/helm", cache=tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, helm: Callable[[str], str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(PopsinkError, match="file/cache"):
        pulled_chart(REF, VERSION, helm=helm(WORKS), cache=tmp_path / "file" / "cache")


def test_the_cache_is_where_caches_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "popsink" / "charts"
