"""What a program that is started reads of a login, and what of it lies on a disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.command import run
from ansible_collections.popsink.data_plane.plugins.module_utils.login_file import login_file


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_program_reads_it_as_often_as_it_likes(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "own"
    folder.mkdir()
    with login_file("hush", folder) as path:
        read = run(["sh", "-c", 'cat "$1" "$1"; stat -L -c %a "$1"', "sh", path]).stdout
        there = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert read == "hushhush600\n"
    assert [file.parent for file in there] == ([] if in_memory else [folder])
    assert not Path(path).exists()


def test_it_is_gone_after_an_error_too() -> None:
    with pytest.raises(ValueError, match="inside"), login_file("hush") as path:
        raise ValueError("inside")
    assert not Path(path).exists()
