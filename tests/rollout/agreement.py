"""What must hold for the secrets of a deployment after any run: cluster and files agree, and nothing lies about."""

from __future__ import annotations

from pathlib import Path

from tests.lab.deployed import RELEASE, Deployed

#: Only makes and stores secrets; nothing is installed.
SECRETS = ("--tags", "secrets")

#: Holds what was handed out, which no file of ours has.
_HANDED_OUT = f"{RELEASE}-vault-deployment-token"

#: Of the catalogue.
_GENERATED = {
    f"popsink_{name}"
    for name in (
        *("admin_username", "admin_password", "jwt_secret", "connector_config_encryption_key"),
        *("database_password", "database_admin_password"),
    )
}


def assert_agreement(deployed: Deployed, file: Path) -> None:
    """The file holds every secret that was generated, and the cluster the same values."""
    vaulted = deployed.vaulted_in(file)
    live = deployed.secrets()
    in_cluster = {value for name, values in live.items() if name != _HANDED_OUT for value in values.values()}
    assert set(vaulted) == _GENERATED
    assert set(vaulted.values()) == in_cluster


def beside(file: Path) -> set[str]:
    """Names of the files in a secrets file's folder that are neither it nor the deployment's variables."""
    return {path.name for path in file.parent.iterdir()} - {file.name, "main.yml"}
