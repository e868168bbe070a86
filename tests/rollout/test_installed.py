"""The collection as an archive, installed somewhere else, does what the clone does."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .conftest import Rollout
from .playbook import ROOT


def test_installed_archive_finds_nothing_to_change(rollout: Rollout, tmp_path: Path) -> None:
    galaxy = str(ROOT / ".venv/bin/ansible-galaxy")
    subprocess.run(
        [galaxy, "collection", "build", "--output-path", tmp_path], cwd=ROOT, check=True, capture_output=True
    )
    (archive,) = tmp_path.glob("popsink-data_plane-*.tar.gz")
    assert archive.stat().st_size < 1_000_000
    installed = tmp_path / "collections"
    install: list[str | Path] = [
        galaxy,
        "collection",
        "install",
        "--no-deps",
        "--offline",
        "--collections-path",
        installed,
        archive,
    ]
    # From a folder without the clone's own symlink, which would count as installed.
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True)
    settings = tmp_path / "ansible.cfg"
    settings.write_text("[defaults]\n")
    run = rollout.playbook.run(
        playbook="popsink.data_plane.site",
        settings={"ANSIBLE_CONFIG": str(settings), "ANSIBLE_COLLECTIONS_PATH": str(installed)},
    )
    assert (run.code, run.changed) == (0, 0)
    assert "works: " in run.output
