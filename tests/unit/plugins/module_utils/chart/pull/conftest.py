"""A program in place of Helm, and what it was called with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.pull import (
    Access,
    pulled_chart,
)

REF = "oci://registry.example/charts/data-plane"
VERSION = "0.1.0-alpha.205"

#: Writes an archive named after the version into the folder that follows --destination, and notes its arguments.
WORKS = 'echo "$@" >> $here/calls; echo "$2 $4" > "$6/data-plane-$4.tgz"'
LOGIN = Access(username="mirror", password="password-of-the-test")

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
    def pull(ref: str = REF, version: str = VERSION, *, lines: str = WORKS, access: Access | None = None) -> Path:
        return pulled_chart(ref, version, helm=helm(lines), cache=tmp_path / "cache", access=access)

    return pull


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text("utf-8").splitlines()
