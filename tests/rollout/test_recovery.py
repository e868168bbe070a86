"""What was lost comes back with the secrets that it had, from vault, cluster or backup; what differs is left alone."""

from __future__ import annotations

import secrets as random
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.lab.deployed import OURS, RELEASE, Deployed

from .conftest import Rollout, rolled_out

VOLUME = f"data-{RELEASE}-postgresql-0"


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Rollout:
    """A deployment of its own, since these tests take parts of it away."""
    return rolled_out("recovery", tmp_path_factory.mktemp("recovery"))


def _logs_in(deployed: Deployed) -> bool:
    vaulted = deployed.vaulted
    return deployed.log_in(vaulted["popsink_admin_username"], vaulted["popsink_admin_password"]) == 200


def _without_all_but_the_volume(deployed: Deployed) -> None:
    deployed.helm("uninstall", RELEASE, "--wait")
    deployed.kubectl("delete", "secrets", OURS)
    deployed.secrets_file.unlink()


def _keep_a_line(deployed: Deployed) -> None:
    deployed.sql(
        "DROP TABLE IF EXISTS kept; CREATE TABLE kept (line text); "
        "INSERT INTO kept VALUES ('of the earlier installation')"
    )


def test_a_lost_file_is_filled_from_the_cluster(lost: Rollout) -> None:
    vaulted = lost.deployed.vaulted
    lost.deployed.secrets_file.unlink()
    run = lost.playbook.run()
    assert (run.code, run.changed_roles) == (0, {"secrets"})
    assert "popsink_jwt_secret: taken from the cluster into the vault" in run.output
    assert lost.deployed.vaulted == vaulted


def test_a_lost_namespace_is_made_again_with_the_same_secrets(lost: Rollout) -> None:
    vaulted = lost.deployed.vaulted
    lost.deployed.kubectl("delete", "namespace", lost.deployed.name, "--wait")
    run = lost.playbook.run()
    assert run.code == 0
    assert lost.deployed.vaulted == vaulted
    assert _logs_in(lost.deployed)


def test_an_encryption_key_that_differs_is_named_and_nothing_is_touched(lost: Rollout) -> None:
    before = lost.deployed.secrets(), lost.deployed.incarnations(), lost.deployed.secrets_file.read_bytes()
    other = Fernet.generate_key().decode()
    run = lost.playbook.run(popsink_connector_config_encryption_key=other)
    assert (run.code != 0, run.changed) == (True, 0)
    assert f"{RELEASE}-vault-connector-config-encryption-key.connector-config-encryption-key" in run.words()
    assert other not in run.output
    assert (lost.deployed.secrets(), lost.deployed.incarnations(), lost.deployed.secrets_file.read_bytes()) == before


def test_for_a_volume_that_is_left_no_secrets_are_made_and_a_backup_opens_it(lost: Rollout, tmp_path: Path) -> None:
    deployed, bundle = lost.deployed, tmp_path / "bundle.yml"
    assert lost.playbook.run(playbook="playbooks/backup.yml", popsink_backup_file=str(bundle)).code == 0
    _keep_a_line(deployed)
    vaulted = deployed.vaulted
    _without_all_but_the_volume(deployed)
    refused = lost.playbook.run()
    assert refused.code != 0
    assert VOLUME in refused.words()
    assert "playbooks/restore.yml" in refused.words()
    assert not deployed.secrets_file.exists()
    assert deployed.secrets() == {}

    restored = lost.playbook.run(playbook="playbooks/restore.yml", popsink_backup_file=str(bundle))
    assert (restored.code, restored.changed) == (0, 1)
    assert deployed.vaulted == vaulted
    assert lost.playbook.run().code == 0
    assert _logs_in(deployed)
    assert deployed.sql("SELECT line FROM kept") == "of the earlier installation"


# The programs give up on a password slowly.
@pytest.mark.long
def test_a_volume_with_other_passwords_is_told_as_the_cause(lost: Rollout) -> None:
    deployed = lost.deployed
    _keep_a_line(deployed)
    kept = deployed.secrets_file.read_bytes()
    _without_all_but_the_volume(deployed)
    try:
        run = lost.playbook.run(
            popsink_database_password=random.token_hex(12),
            popsink_database_admin_password=random.token_hex(12),
            popsink_connector_config_encryption_key=Fernet.generate_key().decode(),
            popsink_timeout=300,
        )
        assert run.code != 0
        assert "An existing volume keeps the passwords that it was made with" in run.words()
    finally:
        _without_all_but_the_volume(deployed)
        deployed.secrets_file.write_bytes(kept)
    assert lost.playbook.run().code == 0
    assert deployed.sql("SELECT line FROM kept") == "of the earlier installation"
