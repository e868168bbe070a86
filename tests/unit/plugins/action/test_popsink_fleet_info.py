"""Comparing the deployments of an inventory, as a play does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action import popsink_fleet_info
from ansible_collections.popsink.data_plane.plugins.action.popsink_fleet_info import ActionModule

from tests.unit.plugins.actions import action_of

KEY = "popsink_connector_config_encryption_key"


class Undecryptable(dict[str, Any]):
    """Variables of a host whose key no password of the play opens."""

    def get(self, name: str, default: Any = None) -> Any:
        if name == KEY:
            raise AnsibleError("Decryption failed\nmore of it")
        return super().get(name, default)


def run(loader: DataLoader, **hosts: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"hostvars": hosts, "ansible_play_hosts_all": ["a"]}
    result: dict[str, Any] = action_of(ActionModule, loader).run(task_vars=facts)
    return result


@pytest.mark.parametrize(
    ("one", "other", "id"),
    [
        ({KEY: "hidden"}, {KEY: "hidden"}, "fleet.encryption_key"),
        ({"popsink_secrets_file": "/a/b.yml"}, {"popsink_secrets_file": "/a/../a/b.yml"}, "fleet.secrets_file"),
        ({"popsink_bucket": "records"}, {"popsink_bucket": "records"}, "fleet.bucket"),
    ],
)
def test_what_is_shared_ends_the_run(loader: DataLoader, one: Any, other: Any, id: str) -> None:
    result = run(loader, a=one, b=other, c={})
    assert result["failed"]
    assert ("a and b" in result["msg"], "hidden" in str(result)) == (True, False)
    assert [finding["id"] for finding in result["findings"]] == [id]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({KEY: "1"}, {KEY: "2"}),
        ({KEY: "1"}, {}),
        ({KEY: ""}, {KEY: ""}),
        ({"popsink_bucket": "a", "popsink_s3_endpoint": "http://x"}, {"popsink_bucket": "a"}),
        ({"popsink_bucket": "a", "popsink_bucket_prefix": "x"}, {"popsink_bucket": "a", "popsink_bucket_prefix": "y"}),
    ],
    ids=[
        "nothing",
        "different",
        "one not made yet",
        "both not made yet",
        "buckets of different stores",
        "paths within a bucket",
    ],
)
def test_what_is_each_ones_own(loader: DataLoader, one: Any, other: Any) -> None:
    result = run(loader, a=one, b=other)
    assert (result.get("failed"), result["changed"], result["report"]) == (None, False, [])


def test_what_cannot_be_decrypted_is_not_compared(loader: DataLoader) -> None:
    result = run(loader, a={KEY: "1"}, b=Undecryptable())
    assert result["report"] == [f"{KEY} of b is not compared: Decryption failed."]


def test_an_extra_variable_counts_for_the_hosts_of_the_play_only(
    loader: DataLoader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For all others it stands in the place of what they have."""
    monkeypatch.setattr(popsink_fleet_info, "load_extra_vars", lambda _loader: {"popsink_bucket": "records"})
    assert "failed" not in run(loader, a={"popsink_bucket": "records"}, b={"popsink_bucket": "records"})
