"""Where a file of the controller is that an input names."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.plugin_utils.controller_path import controller_path


@pytest.mark.parametrize(
    ("name", "inventory", "path"),
    [
        ("/etc/x.yml", "/inventory", Path("/etc/x.yml")),
        ("files/x.yml", "/inventory", Path("/inventory/files/x.yml")),
        ("~/x.yml", "/inventory", Path.home() / "x.yml"),
        ("files/x.yml", None, Path("/playbooks/files/x.yml")),
        ("files/x.yml", "", Path("/playbooks/files/x.yml")),
    ],
)
def test_a_relative_path_begins_at_the_inventory(name: str, inventory: str | None, path: Path) -> None:
    loader = DataLoader()
    loader.set_basedir("/playbooks")
    assert controller_path(name, inventory, loader) == path
