"""Backup and restore together: what one run keeps, another puts back, and neither touches what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.popsink.data_plane.plugins.action.popsink_backup import ActionModule as BackupAction
from ansible_collections.popsink.data_plane.plugins.action.popsink_bundle import ActionModule as BundleAction
from ansible_collections.popsink.data_plane.plugins.action.popsink_restore import ActionModule as RestoreAction
from ansible_collections.popsink.data_plane.plugins.action.popsink_secrets import ActionModule as SecretsAction
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.generate import fernet_key, jwt_secret
from ansible_collections.popsink.data_plane.plugins.plugin_utils.step import StepAction
from ansible_collections.popsink.data_plane.plugins.plugin_utils.vault_file import VaultFile

from tests.unit.plugins.actions import action_of
from tests.unit.plugins.fakes import FakeCluster, secret_path
from tests.unit.plugins.samples import ALL, DEPLOYMENT, OTHER_DEPLOYMENT, encrypted, inputs, variables

JWT = secret_path("popsink-vault-jwt")


class Desk:
    """One deployment with what a play would run for it; the same cluster, bundle and vault for all of its runs."""

    def __init__(self, cluster: FakeCluster, loader: DataLoader, folder: Path, chart: ChartFacts) -> None:
        self.cluster = cluster
        self.given = variables(folder)
        self.connector_secrets = False
        self.bundle = folder / "backups" / "bundle.yml"
        self.file = VaultFile(Path(self.given["popsink_secrets_file"]), loader)
        plan = build_plan(inputs(), chart, ALL)
        self.secrets = [item for role in ("secrets", "database", "storage") for item in plan.secrets_of(role)]
        self.identity = {
            "deployment_id": DEPLOYMENT,
            "control_plane": "https://control-plane.example/api",
            "chart": "oci://registry.example/data-plane",
            "chart_version": "0.1.0-alpha.205",
            "chart_digest": "",
        }
        self.others: dict[str, dict[str, Any]] = {}
        self._loader = loader

    def __call__(self, action: type[StepAction], arguments: Mapping[str, Any], **how: Any) -> dict[str, Any]:
        variables = {**self.given, "hostvars": {"here": self.given, **self.others}}
        result: dict[str, Any] = action_of(action, self._loader, dict(arguments), **how).run(task_vars=variables)
        return result

    @property
    def place(self) -> dict[str, Any]:
        return {"namespace": "popsink", "release": "popsink", "secrets": self.secrets}

    def roll_out(self) -> None:
        result = self(SecretsAction, self.place)
        assert not result.get("failed"), result

    def collect(self, **changes: Any) -> dict[str, Any]:
        return self(BackupAction, {**self.place, "deployment": self.identity, **changes})

    def write(self, *, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        parts = dict.fromkeys(["here", *self.others], self.collect(connector_secrets=self.connector_secrets)["part"])
        return self(BundleAction, {"file": str(self.bundle), "parts": parts, **changes}, check_mode=check_mode)

    def restore(self, *, check_mode: bool = False) -> dict[str, Any]:
        arguments = {**self.place, "deployment": self.identity, "file": str(self.bundle)}
        return self(RestoreAction, arguments, check_mode=check_mode)

    def values(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.file.read().items()}

    def lose_cluster(self) -> None:
        self.cluster.objects.clear()


@pytest.fixture
def desk(
    cluster: FakeCluster, loader: DataLoader, tmp_path: Path, chart_205: ChartFacts, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setattr(Cluster, "connect", lambda _auth: cluster)
    made = Desk(cluster, loader, tmp_path, chart_205)
    made.roll_out()
    return made


def refused(result: dict[str, Any], *words: str) -> None:
    assert result.get("failed"), result
    for said in words:
        assert said in " ".join(result["msg"].split())


def test_what_was_lost_comes_back_as_it_was(desk: Desk) -> None:
    assert desk.write()["changed"]
    values, objects = desk.values(), dict(desk.cluster.objects)
    desk.lose_cluster()
    desk.file.path.unlink()
    result = desk.restore()
    assert result["changed"]
    assert len(result["restored"]) == len(values)
    assert desk.values() == values
    assert {path: item.get("data") for path, item in desk.cluster.objects.items()} == {
        path: item.get("data") for path, item in objects.items()
    }
    again = desk.restore()
    assert (again["changed"], len(again["report"])) == (False, 1)
    assert again["report"][0].startswith("nothing to restore")


def test_check_mode_says_the_same_and_does_nothing(desk: Desk) -> None:
    assert desk.write(check_mode=True)["changed"]
    assert not desk.bundle.exists()
    desk.write()
    desk.lose_cluster()
    desk.file.path.unlink()
    said = desk.restore(check_mode=True)
    assert (desk.cluster.objects, desk.file.path.exists()) == ({}, False)
    assert desk.restore()["report"] == said["report"]


@pytest.mark.parametrize("store", ["file", "cluster"])
def test_the_store_of_the_deployment_takes_them(desk: Desk, store: str) -> None:
    desk.write()
    desk.lose_cluster()
    desk.file.path.unlink()
    desk.given["popsink_secrets_store"] = store
    result = desk.restore()
    assert desk.file.path.exists() == bool(result["restored"]) == (store == "file")
    assert JWT in desk.cluster.objects


def test_no_value_stands_in_the_open(desk: Desk) -> None:
    part = desk.collect()["part"]
    written = desk.write()
    text = desk.bundle.read_text()
    for name, value in desk.values().items():
        assert name == "popsink_admin_username" or value not in f"{part}{text}{written}"


def test_a_second_backup_never_replaces_the_first(desk: Desk) -> None:
    desk.write()
    before = desk.bundle.read_bytes()
    refused(desk.write(), "exists, and a backup never overwrites one")
    refused(desk.write(check_mode=True), "exists, and a backup never overwrites one")
    assert desk.bundle.read_bytes() == before


def test_verification_compares_with_what_is(desk: Desk) -> None:
    desk.write()
    assert not desk.write(verify_only=True)["changed"]
    desk.lose_cluster()
    desk.file.path.unlink()
    desk.roll_out()
    refused(desk.write(verify_only=True), "has other values, or none, of", "popsink_jwt_secret")


def test_verification_misses_secrets_that_came_later(desk: Desk) -> None:
    desk.write()
    desk.cluster.secret("login", {"password": "x"})
    refused(desk.write(verify_only=True), "has other values, or none, of Secret login")


@pytest.mark.parametrize("kept", [False, True], ids=["names only", "with values"])
def test_verification_compares_what_connectors_need(desk: Desk, kept: bool) -> None:
    desk.cluster.secret("login", {"password": "x"})
    desk.connector_secrets = kept
    desk.write()
    assert not desk.write(verify_only=True).get("failed")
    desk.connector_secrets = True
    assert bool(desk.write(verify_only=True).get("failed")) != kept
    desk.cluster.secret("login", {"password": "another"})
    refused(desk.write(verify_only=True), "has other values, or none, of Secret login")


@pytest.mark.parametrize("variable", ["popsink_backup_file", "popsink_vault_id"])
def test_hosts_that_want_bundles_of_their_own_are_refused(desk: Desk, variable: str) -> None:
    desk.others["there"] = {variable: "other"}
    refused(desk.write(), f"{variable} is not the same for all hosts", "--limit")
    assert not desk.bundle.exists()


@pytest.mark.parametrize("check_mode", [False, True])
def test_in_an_awx_job_a_file_is_refused(desk: Desk, check_mode: bool) -> None:
    desk.given["awx_job_id"] = 7
    refused(desk.write(check_mode=check_mode), "would vanish with the files of AWX job 7", "s3://BUCKET/KEY")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["There is no backup"]),
        ("---\npopsink_backup: 1\n", ["is not encrypted with Ansible Vault"]),
        ("$ANSIBLE_VAULT;1.1;AES256\n6161\n", ["cannot be opened", "vault password"]),
        ("other password", ["cannot be opened", "vault password"]),
        ("no bundle", ["is no backup of this collection"]),
        ("no yaml", ["is damaged"]),
    ],
)
def test_what_cannot_be_opened_is_refused(
    desk: Desk, vault_password: bytes, content: str | None, words: list[str]
) -> None:
    texts = {
        "other password": encrypted("popsink_backup: 1", b"of somebody else"),
        "no bundle": encrypted("a: b", vault_password),
        "no yaml": encrypted("a: [", vault_password),
    }
    if content is not None:
        desk.bundle.parent.mkdir()
        desk.bundle.write_text(texts.get(content, content))
    refused(desk.write(verify_only=True), *words)
    before = dict(desk.cluster.objects)
    refused(desk.restore(), *words)
    assert desk.cluster.objects == before


def _other_key_in_the_inventory(desk: Desk) -> None:
    desk.given["popsink_connector_config_encryption_key"] = fernet_key()


def _drifted(desk: Desk) -> None:
    key = next(iter(desk.cluster.objects[JWT]["data"]))
    desk.cluster.secret("popsink-vault-jwt", {key: jwt_secret()})


def _other_value_in_the_cluster(desk: Desk) -> None:
    _drifted(desk)
    desk.file.path.unlink()


def _another_deployment(desk: Desk) -> None:
    desk.identity["deployment_id"] = OTHER_DEPLOYMENT


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_key_in_the_inventory, ["other values than the backup", "popsink_connector_config_encryption_key"]),
        (_other_value_in_the_cluster, ["differ from inventory and backup", "popsink-vault-jwt."]),
        (_another_deployment, ["holds nothing of deploymentId", OTHER_DEPLOYMENT, DEPLOYMENT]),
    ],
)
def test_nothing_is_touched_where_something_differs(
    desk: Desk, change: Callable[[Desk], None], words: list[str]
) -> None:
    desk.write()
    change(desk)
    before, existed = dict(desk.cluster.objects), desk.file.path.exists()
    desk.cluster.requests.clear()
    refused(desk.restore(), *words)
    assert (desk.cluster.objects, desk.cluster.writes) == (before, [])
    assert desk.file.path.exists() == existed


def _missing(desk: Desk) -> None:
    del desk.cluster.objects[JWT]


def _rotating(desk: Desk) -> None:
    desk.file.prepared({"__pending_popsink_jwt_secret": jwt_secret()}, "").commit()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_missing, ["Nothing was backed up", "lack popsink-vault-jwt.", "site.yml"]),
        (_drifted, ["Nothing was backed up", "differ from the inventory: popsink-vault-jwt.", "site.yml"]),
        (_rotating, ["A rotation of popsink_jwt_secret is not finished"]),
    ],
)
def test_what_is_in_between_is_not_backed_up(desk: Desk, change: Callable[[Desk], None], words: list[str]) -> None:
    change(desk)
    refused(desk.collect(), *words)


def test_nothing_is_restored_between_two_values(desk: Desk) -> None:
    desk.write()
    _rotating(desk)
    refused(desk.restore(), "A rotation of popsink_jwt_secret is not finished")


def test_a_token_that_the_user_has_changed_wins_over_the_backup(desk: Desk) -> None:
    desk.write()
    desk.lose_cluster()
    desk.given["popsink_s3_secret_access_key"] = "the-next-key"
    result = desk.restore()
    assert not result.get("failed"), result


def test_an_account_that_may_not_read_the_clusters_uid_can_back_up(desk: Desk) -> None:
    desk.cluster.answers["GET", "/api/v1/namespaces/kube-system"] = ApiError(403, "forbidden")
    assert desk.write()["changed"]


def test_without_a_vault_password_nothing_is_collected(desk: Desk, play: Callable[..., DataLoader]) -> None:
    desk.given["popsink_secrets_store"] = "cluster"
    desk.file.path.unlink()
    desk._loader = play()
    refused(desk.collect(), "no vault password")


def test_secrets_that_stand_in_the_release_are_no_part_of_a_bundle_and_that_is_said(desk: Desk) -> None:
    """A bundle without the encryption key would be found out when it is needed."""
    desk.given["popsink_secrets_in_values"] = ["connectorConfigEncryptionKey"]
    refused(desk.collect(), "popsink_secrets_in_values", "connectorConfigEncryptionKey", "run site.yml")
