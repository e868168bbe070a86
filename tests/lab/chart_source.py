"""The charts' own build, asked as a program: which images they name, and the packaged files."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from .cache import artefact, digest
from .command import run
from .lab import CHECKOUT

SOURCE = CHECKOUT / "tests/lab/chart"
BUILD = (sys.executable, "-m", "tests.lab.chart.build")
#: The chart that keeps the contract and names its keys and Secrets otherwise.
RENAMED = "renamed"


@cache
def key() -> str:
    """A hash of the source; empty while there is none."""
    return digest([SOURCE, Path(__file__)]) if (SOURCE / "build.py").exists() else ""


def images() -> list[str]:
    """NAME:TAG of every image of every chart version."""
    return (_built() / "images.txt").read_text().split() if key() else []


def package() -> Path:
    """The folder of the .tgz files; those of a variant stand in a folder below with its name."""
    return _built() / "charts"


@cache
def _built() -> Path:
    return artefact("charts", key(), _make, note="the charts (seconds)")


def _make(into: Path) -> None:
    (into / "images.txt").write_text(run([*BUILD, "--list-images"], cwd=CHECKOUT))
    (into / "charts").mkdir()
    run([*BUILD, "--out", into / "charts"], cwd=CHECKOUT)
    run([*BUILD, "--out", into / "charts" / RENAMED, "--variant", RENAMED], cwd=CHECKOUT)
