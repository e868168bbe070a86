"""The summary at the end of a roll-out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_summary
from ansible_collections.popsink.data_plane.plugins.action.popsink_summary import ActionModule

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.samples import variables

ARGUMENTS = {"release": "popsink", "namespace": "data", "secrets_store": "cluster", "secrets_file": "/vanishes.yml"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(popsink_summary.display, "display", texts.append)
    return texts


def run(loader: DataLoader, folder: Path, registered: dict[str, Any]) -> dict[str, Any]:
    around = {**variables(folder), "inventory_hostname": "a", **registered}
    result: dict[str, Any] = action_of(ActionModule, loader, ARGUMENTS).run(task_vars=around)
    return result


def test_it_is_told_in_one_piece_and_kept_by_awx(loader: DataLoader, tmp_path: Path, told: list[str]) -> None:
    made = {"changed": True, "generated": ["jwt_secret"], "report": ["popsink_jwt_secret: generated"]}
    result = run(loader, tmp_path, {"__popsink_secrets": made})
    (text,) = told
    assert text.startswith("\na: not verified\n")
    assert "vanishes" not in text
    assert result["changed"] is False
    assert result["ansible_stats"] == {
        "data": {"popsink_result": {"a": result["deployment"]}},
        "per_host": False,
        "aggregate": True,
    }
    assert result["deployment"]["changed"] == ["secrets"]
