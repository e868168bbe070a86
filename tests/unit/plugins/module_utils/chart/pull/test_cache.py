"""The pinned chart is pulled once, and kept where others cannot write."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    cache_folder,
    pulled_chart,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

from tests.unit.plugins.module_utils.chart.pull.conftest import LOGIN, REF, VERSION, WORKS, Pull, calls


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


@pytest.mark.parametrize("damaged", [b"", b"registry", b"something else altogether, and longer than it was"])
def test_an_archive_that_was_damaged_is_pulled_again(pull: Pull, damaged: bytes) -> None:
    first = pull()
    content = first.read_bytes()
    first.write_bytes(damaged)
    assert (pull(), first.read_bytes()) == (first, content)


def test_an_archive_that_was_damaged_and_cannot_be_pulled_is_named(pull: Pull) -> None:
    first = pull()
    first.write_bytes(b"")
    with pytest.raises(PopsinkError, match=rf"The kept chart {first} is damaged, .* could not be pulled: Error: gone"):
        pull(lines="echo Error: gone >&2; exit 1")


@pytest.mark.parametrize("pointer", [b"", bytes(75), b"\xff\xfe", b"../elsewhere.tgz", b"sha256-0.tgz"])
def test_a_pointer_that_was_damaged_is_written_again(pull: Pull, tmp_path: Path, pointer: bytes) -> None:
    first = pull()
    (place,) = (tmp_path / "cache" / "refs").iterdir()
    place.write_bytes(pointer)
    assert (pull(), place.read_text("ascii")) == (first, first.name)


def test_nothing_is_left_beside_the_archive(pull: Pull, tmp_path: Path) -> None:
    archive = pull(access=LOGIN)
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([archive.name, "refs"])


@pytest.mark.parametrize(("age", "stays"), [(3600, False), (60, True)], ids=["of a killed run", "of another run"])
def test_what_a_killed_run_left_is_removed(pull: Pull, tmp_path: Path, age: int, stays: bool) -> None:
    folder = tmp_path / "cache" / "pull-x"
    folder.mkdir(parents=True)
    (folder / "login.json").write_text("{}", "utf-8")
    then = folder.stat().st_mtime - age
    os.utime(folder, (then, then))
    pull()
    assert folder.exists() == stays


def test_a_pull_that_failed_is_tried_again(pull: Pull) -> None:
    with pytest.raises(PopsinkError):
        pull(lines="exit 1")
    assert pull().is_file()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, helm: Callable[[str], str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(PopsinkError, match="file/cache"):
        pulled_chart(REF, VERSION, helm=helm(WORKS), cache=tmp_path / "file" / "cache")


def test_the_cache_is_where_caches_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "popsink" / "charts"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "popsink" / "charts"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder among the temporary files of a user whose home cannot be written to."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    def closed(_path: Path) -> bool:
        # As where a folder on the way is not this user's.
        raise PermissionError

    monkeypatch.setattr(Path, "exists", closed)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"popsink-{os.getuid()}"


def test_a_user_without_a_home_has_a_cache_of_its_own(temporary: Path) -> None:
    for _time in range(2):
        assert cache_folder() == temporary / "charts"
    assert temporary.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("prepare", [lambda path: path.mkdir(mode=0o777), lambda path: path.symlink_to(path.parent)])
def test_a_cache_that_others_may_have_filled_is_refused(temporary: Path, prepare: Callable[[Path], None]) -> None:
    prepare(temporary)
    with suppress(OSError):
        temporary.chmod(0o777)
    with pytest.raises(PopsinkError, match="is not this user's alone"):
        cache_folder()
