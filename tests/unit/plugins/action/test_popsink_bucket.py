"""The bucket as the role has it made: whose keys are used, and where the policies of the broker's identity go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_bucket import ActionModule
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.managed import Outcome
from ansible_collections.popsink.data_plane.plugins.modules import popsink_bucket

from tests.unit.plugins.actions import action_of

ADMIN = {"popsink_bucket_admin_access_key_id": "admin", "popsink_bucket_admin_secret_access_key": "admin-secret"}
IDENTITY = {"role": "arn:aws:iam::1:role/a", "issuer": "https://issuer.example", "namespace": "n", "account": "a-tansu"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The keys with which the store was asked."""
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(popsink_bucket, "connected", lambda _wanted, *keys: seen.append(keys))
    return seen


def run(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch, *, changed: bool, file: str = "", check: bool = False
) -> Any:
    monkeypatch.setattr(popsink_bucket, "bring", lambda *_args, **_how: Outcome(changed, report=["made"] * changed))
    arguments = {"name": "records", "region": "eu-west-1", "identity": IDENTITY, "policies_file": file}
    action = action_of(ActionModule, loader, arguments, check_mode=check)
    return action.run(task_vars={**ADMIN, "inventory_hostname": "a"})


def test_store_is_asked_as_who_looks_after_it(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]]
) -> None:
    result = run(loader, monkeypatch, changed=False)
    assert asked == [("admin", "admin-secret", "")]
    assert (result["changed"], result["report"], "admin-secret" in str(result)) == (False, [], False)


def test_policies_are_told_where_something_changed(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]]
) -> None:
    report = run(loader, monkeypatch, changed=True)["report"]
    assert [line.partition(" policy of ")[0] for line in report] == ["made", "bucket", "trust"]


def test_file_of_policies_is_written_once_and_not_in_check_mode(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "policies.json"
    assert run(loader, monkeypatch, changed=False, file=str(file), check=True)["changed"]
    assert not file.exists()
    assert run(loader, monkeypatch, changed=False, file=str(file))["changed"]
    assert sorted(json.loads(file.read_text())) == ["bucket", "trust"]
    assert not run(loader, monkeypatch, changed=False, file=str(file))["changed"]


def test_file_that_cannot_be_written_names_its_input(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]], tmp_path: Path
) -> None:
    result = run(loader, monkeypatch, changed=False, file=str(tmp_path / "no" / "where.json"))
    assert (result["failed"], "popsink_bucket_policies_file" in result["msg"]) == (True, True)
