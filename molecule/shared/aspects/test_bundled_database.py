"""The bundled PostgreSQL: what is kept in it, and on which volume."""

from __future__ import annotations

import json

from cryptography.fernet import Fernet

from tests.lab.deployed import RELEASE, Deployed


def test_stored_connector_configuration_opens_with_the_vaulted_key(deployed: Deployed) -> None:
    encrypted = deployed.sql("SELECT config FROM connector LIMIT 1")
    key = deployed.vaulted["popsink_connector_config_encryption_key"]
    assert json.loads(Fernet(key).decrypt(encrypted.encode()))["connector"]


def test_database_administrator_has_the_vaulted_password(deployed: Deployed) -> None:
    script = 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U postgres -Atc "SELECT current_user"'
    password = deployed.vaulted["popsink_database_admin_password"]
    pod = f"{RELEASE}-postgresql-0"
    assert deployed.kubectl("exec", "-i", pod, "--", "sh", "-c", script, stdin=password + "\n").strip() == "postgres"


def test_volume_has_the_planned_class_and_size(deployed: Deployed) -> None:
    claims = deployed.get("persistentvolumeclaims")["items"]
    found = [(claim["spec"]["storageClassName"], claim["spec"]["resources"]["requests"]["storage"]) for claim in claims]
    assert found == [(deployed.lab["storage_class"], "1Gi")]
