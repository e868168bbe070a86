"""Secrets that the collection does not keep itself: those of somebody else, and those that only the cluster has."""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.lab.deployed import RELEASE, Deployed

from .playbook import Playbook

Fresh = Callable[[str], tuple[Playbook, Deployed]]

#: Block of chart values to the Secret of somebody else.
EXISTING = {
    "adminCredentials": "external-admin",
    "connectorConfigEncryptionKey": "external-fernet",
    "kodansu.storage.aws": "external-bucket",
    "deploymentJwtToken": "external-token",
}
MIX: dict[str, Any] = {"popsink_secrets_store": "cluster", "popsink_existing_secrets": EXISTING}


def _made_by_somebody_else(deployed: Deployed, **changes: str) -> None:
    """Secrets as an operator of the cluster makes them, under the chart's key names."""
    values = {
        "external-admin": {"admin-username": "root", "admin-password": random.token_urlsafe(18)},
        "external-fernet": {"connector-config-encryption-key": Fernet.generate_key().decode(), **changes},
        "external-bucket": {
            "aws-access-key-id": deployed.s3["access_key_id"],
            "aws-secret-access-key": deployed.s3["secret_access_key"],
        },
        "external-token": {"deployment-jwt-token": deployed.snippet["deploymentJwtToken"]["token"]},
    }
    deployed.kubectl("create", "namespace", deployed.name)
    objects = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}
        for name, data in values.items()
    ]
    deployed.kubectl("create", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def test_secrets_of_others_and_of_the_cluster_alone_make_a_deployment_that_works(fresh: Fresh) -> None:
    playbook, deployed = fresh("stores")
    _made_by_somebody_else(deployed)
    before = {name: deployed.get("secret", name) for name in EXISTING.values()}
    # Without a vault password: nothing is written to a file.
    first = playbook.run(vault=False, **MIX)
    assert first.code == 0, first.output
    assert "popsink_jwt_secret: generated, kept in the cluster alone" in first.output
    assert {name: deployed.get("secret", name) for name in EXISTING.values()} == before
    assert not deployed.secrets_file.exists()
    ours = set(deployed.kubectl("get", "secrets", "--output=name").split())
    for suffix in ("admin-credentials", "connector-config-encryption-key", "broker-storage", "deployment-token"):
        assert f"secret/{RELEASE}-vault-{suffix}" not in ours
    second = playbook.run(vault=False, **MIX)
    assert (second.code, second.changed) == (0, 0), second.output


def test_what_is_wrong_with_them_is_found_before_anything_changes(fresh: Fresh) -> None:
    playbook, deployed = fresh("stores-unfit")
    _made_by_somebody_else(deployed, **{"connector-config-encryption-key": "not-a-fernet-key-at-all"})
    deployed.kubectl("delete", "secret", "external-token")
    run = playbook.run(vault=False, **MIX)
    assert run.code != 0
    for said in (
        "Secret external-fernet (popsink_existing_secrets['connectorConfigEncryptionKey'])",
        "Secret external-token (popsink_existing_secrets['deploymentJwtToken']) does not exist",
    ):
        assert said in run.words()
    assert "not-a-fernet-key-at-all" not in run.output
    assert f"secret/{RELEASE}-vault-jwt" not in deployed.kubectl("get", "secrets", "--output=name")


@pytest.mark.parametrize("check", [(), ("--check",)], ids=["run", "check"])
def test_an_awx_job_makes_nothing_for_a_file_that_vanishes(fresh: Fresh, check: tuple[str, ...]) -> None:
    playbook, deployed = fresh("stores-awx")
    run = playbook.run(*check, awx_job_id=7)
    assert run.code != 0
    assert "popsink_secrets_store: cluster" in run.words()
    assert not deployed.secrets_file.exists()
    assert f"secret/{RELEASE}-vault-jwt" not in deployed.kubectl("get", "secrets", "--output=name", check=False)


def test_files_in_the_open_are_encrypted_on_request_and_then_read_so(fresh: Fresh, tmp_path: Path) -> None:
    playbook, deployed = fresh("stores-files")
    snippet = tmp_path / "files" / "snippet.yaml"
    token = tmp_path / "files" / "token.json"
    snippet.parent.mkdir()
    plain = {snippet: json.dumps(deployed.snippet), token: Path(deployed.lab["pull_token_file"]).read_text()}
    for file, text in plain.items():
        file.write_text(text)
    options: dict[str, Any] = {"popsink_onboarding_file": str(snippet), "popsink_image_pull_token_file": str(token)}
    warned = playbook.run("--check", **options)
    assert warned.words().count("holds a secret in the open") == 2
    said = playbook.run("--check", popsink_vault_files=True, **options)
    assert said.words().count("encrypted where it is") == 2
    assert {file: file.read_text() for file in plain} == plain
    done = playbook.run("--tags", "secrets,pull_secret", popsink_vault_files=True, **options)
    assert done.code == 0, done.output
    for file, text in plain.items():
        assert file.read_text().startswith("$ANSIBLE_VAULT;")
        assert deployed.opened(file) == text
    again = playbook.run("--tags", "secrets,pull_secret", popsink_vault_files=True, **options)
    assert (again.code, again.changed) == (0, 0), again.output
    assert "in the open" not in again.output
