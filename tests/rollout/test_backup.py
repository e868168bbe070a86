"""Bundles on the lab: of two deployments at once, in a bucket, over a bastion, with what connectors name."""

from __future__ import annotations

import secrets as random
from pathlib import Path
from typing import Any

import pytest

from tests.lab.deployed import Deployed, forms_of

from .conftest import SMALL, Rollout, rolled_out
from .playbook import Playbook

BACKUP, RESTORE = "playbooks/backup.yml", "playbooks/restore.yml"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Rollout:
    return rolled_out("second", tmp_path_factory.mktemp("second"))


@pytest.fixture
def store(rollout: Rollout) -> dict[str, str]:
    """boto3's own settings for a bucket of the lab."""
    handed = rollout.deployed.s3
    return {
        "AWS_ACCESS_KEY_ID": handed["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": handed["secret_access_key"],
        "AWS_REGION": handed["region"],
        "AWS_ENDPOINT_URL_S3": handed["endpoint"],
    }


def _shown(deployed: Deployed, text: str) -> set[str]:
    return {name for name, value in deployed.secret_values().items() if any(form in text for form in forms_of(value))}


def test_one_bundle_holds_both_and_each_takes_its_own(rollout: Rollout, second: Rollout, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yml"
    both = ("-i", str(second.playbook.inventory), "--limit", f"{rollout.deployed.name},{second.deployed.name}")
    written = rollout.playbook.run(*both, "-vvv", playbook=BACKUP, popsink_backup_file=str(bundle))
    assert written.code == 0, written.output
    text = bundle.read_text()
    assert text.startswith("$ANSIBLE_VAULT;1.2;AES256;lab\n")
    for deployed in (rollout.deployed, second.deployed):
        assert f"secrets of {deployed.name} as they are" in written.words()
        assert _shown(deployed, written.output + text) == set()
    vaulted = second.deployed.vaulted
    second.deployed.secrets_file.unlink()
    second.deployed.kubectl("delete", "namespace", second.deployed.name, "--wait")
    restored = second.playbook.run(playbook=RESTORE, popsink_backup_file=str(bundle))
    assert (restored.code, restored.changed) == (0, 1), restored.output
    assert second.deployed.vaulted == vaulted
    nothing = rollout.playbook.run(playbook=RESTORE, popsink_backup_file=str(bundle))
    assert (nothing.code, nothing.changed) == (0, 0)
    assert second.playbook.run().code == 0


def test_a_deployment_that_cannot_be_backed_up_does_not_keep_the_others_from_it(
    rollout: Rollout, second: Rollout, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.yml"
    second.deployed.kubectl("delete", "secret", "popsink-vault-jwt")
    both = ("-i", str(second.playbook.inventory), "--limit", f"{rollout.deployed.name},{second.deployed.name}")
    run = rollout.playbook.run(*both, playbook=BACKUP, popsink_backup_file=str(bundle))
    assert run.code != 0
    assert "lack popsink-vault-jwt.jwt-secret" in run.words()
    assert f"backup of {rollout.deployed.name}: written to {bundle}" in run.output
    proven = rollout.playbook.run(playbook=BACKUP, popsink_backup_file=str(bundle), popsink_backup_verify_only=True)
    assert (proven.code, proven.changed) == (0, 0)


def test_a_bucket_keeps_what_connectors_need_and_is_never_overwritten(rollout: Rollout, store: dict[str, str]) -> None:
    deployed = rollout.deployed
    place = f"s3://{deployed.s3['bucket']}/backups/{random.token_hex(4)}.yml"
    deployed.kubectl("create", "secret", "generic", "connector-login", "--from-literal=password=of-a-source")
    options: dict[str, Any] = {"popsink_backup_file": place, "popsink_backup_connector_secrets": True}
    written = rollout.playbook.run(playbook=BACKUP, settings=store, **options)
    assert written.code == 0, written.output
    assert "connector-login" in written.output
    again = rollout.playbook.run(playbook=BACKUP, settings=store, **options)
    assert again.code != 0
    assert "exists, and a backup never overwrites one" in again.words()
    before = deployed.get("secret", "connector-login")
    deployed.kubectl("delete", "secret", "connector-login")
    restored = rollout.playbook.run(playbook=RESTORE, settings=store, popsink_backup_file=place)
    assert (restored.code, restored.changed) == (0, 1), restored.output
    assert deployed.get("secret", "connector-login")["data"] == before["data"]


def test_over_a_bastion_nothing_is_shown(rollout: Rollout, bastion: dict[str, Any], tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yml"
    over_ssh = Playbook(rollout.deployed.name, tmp_path, {**SMALL, **bastion})
    options: dict[str, Any] = {"popsink_backup_file": str(bundle), "popsink_backup_connector_secrets": True}
    written = over_ssh.run("-vvvv", playbook=BACKUP, **options)
    assert written.code == 0, written.output[-3000:]
    rollout.deployed.kubectl("delete", "secret", "popsink-vault-jwt")
    restored = over_ssh.run("-vvvv", playbook=RESTORE, popsink_backup_file=str(bundle))
    assert (restored.code, restored.changed) == (0, 1), restored.output[-3000:]
    assert _shown(rollout.deployed, written.output + restored.output) == set()
