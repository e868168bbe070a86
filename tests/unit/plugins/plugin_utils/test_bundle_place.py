"""A bundle is written whole or not at all, never over another one, to a file or into a bucket."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.plugin_utils.bundle_place import place_of
from botocore.exceptions import ClientError, NoCredentialsError


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "popsink_backup_file is not set"),
        ("s3://", "neither a path nor"),
        ("s3://bucket", "neither a path nor"),
        ("s3://bucket/", "neither a path nor"),
        ("s3://bucket/folder/", "neither a path nor"),
        ("https://bucket.example/key", "neither a path nor"),
    ],
)
def test_other_names_are_refused(name: str, said: str) -> None:
    with pytest.raises(PopsinkError, match=said):
        place_of(name, "")


@pytest.mark.parametrize("name", ["bundle.yml", "below/it/bundle.yml", "with space.yml", "~/bundle.yml"])
def test_a_file_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    place = place_of(name, "")
    place.require_free()
    with pytest.raises(PopsinkError, match="There is no backup"):
        place.read()
    place.write(b"first")
    with pytest.raises(PopsinkError, match="exists, and a backup never overwrites one"):
        place.require_free()
    with pytest.raises(PopsinkError, match="exists, and a backup never overwrites one"):
        place.write(b"second")
    assert place.read() == b"first"
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("taken", [False, True])
def test_a_share_without_links_takes_it_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool) -> None:
    def link(_from: str, _to: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", link)
    file = tmp_path / "bundle.yml"
    if taken:
        file.write_bytes(b"first")
        with pytest.raises(PopsinkError, match="exists"):
            place_of(str(file), "").write(b"second")
    else:
        place_of(str(file), "").write(b"first")
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(PopsinkError, match="cannot be written: No space left on device"):
        place_of(str(tmp_path / "bundle.yml"), "").write(b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PopsinkError, match="cannot be read: Is a directory"):
        place_of(str(tmp_path), "").read()


def test_a_file_of_an_awx_job_would_vanish(tmp_path: Path) -> None:
    with pytest.raises(PopsinkError, match="would vanish with the files of AWX job 7"):
        place_of(str(tmp_path / "bundle.yml"), "7").write(b"x")
    assert list(tmp_path.iterdir()) == []


class Store:
    """An S3 client; a call raises what is set."""

    error: Exception | None = None

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append((operation, arguments))
            if self.error:
                raise self.error
            return {}

        return call


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(boto3, "client", lambda _name: made)
    return made


def answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "PutObject")


def test_the_store_itself_keeps_what_is_there(store: Store) -> None:
    place_of("s3://bucket/folder/bundle.yml", "7").write(b"x")
    ((operation, arguments),) = store.calls
    assert (operation, arguments["Bucket"], arguments["Key"]) == ("put_object", "bucket", "folder/bundle.yml")
    assert (arguments["Body"], arguments["IfNoneMatch"]) == (b"x", "*")


@pytest.mark.parametrize(
    ("operation", "error", "said"),
    [
        ("write", answer("PreconditionFailed"), "exists, and a backup never overwrites one"),
        ("read", answer("NoSuchKey"), "There is no backup s3://bucket/key"),
        ("read", answer("AccessDenied"), "cannot be reached: the store answers AccessDenied"),
        ("write", answer("NoSuchBucket"), "cannot be reached: the store answers NoSuchBucket"),
        ("write", NoCredentialsError(), "cannot be reached: Unable to locate credentials"),
        ("require_free", answer("InternalError"), "cannot be reached: the store answers InternalError"),
        ("read", ValueError("Invalid endpoint: x"), "cannot be reached: Invalid endpoint: x"),
    ],
)
def test_what_a_store_refuses_is_said(store: Store, operation: str, error: Exception, said: str) -> None:
    store.error = error
    place = place_of("s3://bucket/key", "")
    with pytest.raises(PopsinkError, match=said):
        getattr(place, operation)(*([b"x"] if operation == "write" else []))


def test_whether_an_object_is_there(store: Store) -> None:
    place = place_of("s3://bucket/key", "")
    with pytest.raises(PopsinkError, match="exists, and a backup never overwrites one"):
        place.require_free()
    for code in ("404", "403"):
        store.error = answer(code)
        # Who may only write is not told whether it is there; the store decides when it is written.
        place.require_free()


@pytest.mark.parametrize("name", ["s3://bucket/2026#1.yml", "s3://bucket/a?b", "s3://bucket/[x"])
def test_a_key_may_hold_any_character(store: Store, name: str) -> None:
    place_of(name, "").write(b"x")
    assert store.calls[-1][1]["Key"] == name.removeprefix("s3://bucket/")


def test_a_file_may_have_the_time_in_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place_of("backup-2026-11-25T10:00.yml", "").write(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["backup-2026-11-25T10:00.yml"]


def test_a_file_in_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PopsinkError, match=r"cannot be written: .*file is no folder"):
        place_of(str(tmp_path / "file" / "bundle.yml"), "").write(b"x")
