"""A rolled out deployment, looked at from inside: in its pods, its database, its bucket."""

from __future__ import annotations

import json
import time
import urllib.parse
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.lab.deployed import RELEASE, Deployed, forms_of

#: Seconds until a connector worker, which nothing waits for, has looked at broker and registry once more.
PATIENCE = 60


def test_every_pod_is_ready_and_was_never_restarted(deployed: Deployed) -> None:
    def containers(*, unready: bool) -> list[str]:
        return [
            f"{pod['metadata']['name']}/{status['name']}"
            for pod in deployed.pods()
            for status in pod["status"]["containerStatuses"]
            if (not status["ready"] if unready else status["restartCount"])
        ]

    assert containers(unready=False) == []
    end = time.monotonic() + PATIENCE
    while (waiting := containers(unready=True)) and time.monotonic() < end:
        time.sleep(1)
    assert waiting == []


def test_every_pod_pulls_with_the_planned_secret(deployed: Deployed) -> None:
    secrets = {
        pod["metadata"]["name"]: [entry["name"] for entry in pod["spec"].get("imagePullSecrets", ())]
        for pod in deployed.pods()
    }
    assert set(map(tuple, secrets.values())) == {(f"{RELEASE}-vault-image-pull",)}


def test_login_works_with_the_vaulted_password_only(deployed: Deployed) -> None:
    vaulted = deployed.vaulted
    username, password = vaulted["popsink_admin_username"], vaulted["popsink_admin_password"]
    assert deployed.log_in(username, password) == 200
    assert deployed.log_in(username, password + "x") in (400, 401)
    assert deployed.log_in("admin", "admin") in (400, 401)


def test_login_page_leads_to_the_public_url(host: Any, deployed: Deployed) -> None:
    address = deployed.address()
    public = urllib.parse.urlsplit(deployed.snippet["ingressUrl"]).hostname
    answer = host.run("curl --noproxy '*' --silent --head http://%s/login", address)
    assert f"location: {deployed.snippet['ingressUrl']}".lower() in answer.stdout.lower()
    own = host.run("curl --noproxy '*' --silent --head --header %s http://%s/login", f"Host: {public}", address)
    assert " 302 " not in own.stdout.splitlines()[0]


def test_stored_connector_configuration_opens_with_the_vaulted_key(deployed: Deployed) -> None:
    encrypted = deployed.sql("SELECT config FROM connector LIMIT 1")
    key = deployed.vaulted["popsink_connector_config_encryption_key"]
    assert json.loads(Fernet(key).decrypt(encrypted.encode()))["connector"]


def test_database_administrator_has_the_vaulted_password(deployed: Deployed) -> None:
    script = 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U postgres -Atc "SELECT current_user"'
    password = deployed.vaulted["popsink_database_admin_password"]
    pod = f"{RELEASE}-postgresql-0"
    assert deployed.kubectl("exec", "-i", pod, "--", "sh", "-c", script, stdin=password + "\n").strip() == "postgres"


def test_broker_keeps_its_objects_under_the_prefix(deployed: Deployed) -> None:
    keys = deployed.objects()
    assert keys
    assert [key for key in keys if not key.startswith("kafka/")] == []


def test_volume_has_the_planned_class_and_size(deployed: Deployed) -> None:
    claims = deployed.get("persistentvolumeclaims")["items"]
    found = [(claim["spec"]["storageClassName"], claim["spec"]["resources"]["requests"]["storage"]) for claim in claims]
    assert found == [(deployed.lab["storage_class"], "1Gi")]


def test_release_holds_no_secret(deployed: Deployed) -> None:
    kept = deployed.helm("get", "values", RELEASE, "--all", "--output", "json") + deployed.release_objects()
    assert [name for name, value in deployed.secret_values().items() if any(f in kept for f in forms_of(value))] == []


def test_vault_file_is_encrypted_and_private(deployed: Deployed) -> None:
    text = deployed.secrets_file.read_text()
    assert [name for name, value in deployed.secret_values().items() if any(f in text for f in forms_of(value))] == []
    assert text.count("$ANSIBLE_VAULT;1.2;AES256;lab") == len(deployed.vaulted)
    assert deployed.secrets_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("path", ["livez", "readyz", "healthchecks", "healthchecks/db", "healthchecks/k8s"])
def test_health_is_reported_inside_the_cluster(deployed: Deployed, path: str) -> None:
    # From the broker's pod: the way of a neighbour, through the Service and the cluster's DNS.
    program = f"import urllib.request; print(urllib.request.urlopen('http://{RELEASE}-data-plane/api/{path}').read())"
    assert "status" in deployed.inside(f"deployment/{RELEASE}-tansu", "python3", "-c", program)
