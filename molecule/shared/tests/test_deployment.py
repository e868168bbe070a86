"""A rolled out deployment, looked at from inside: in its pods, its database, its bucket."""

from __future__ import annotations

import json
import time
import urllib.parse
from typing import Any

from tests.lab.deployed import RELEASE, Deployed, forms_of

#: Seconds until a connector worker, which nothing waits for, has looked at broker and registry once more.
PATIENCE = 60


def test_every_pod_is_ready_and_was_never_restarted(deployed: Deployed) -> None:
    def containers(*, unready: bool) -> list[str]:
        return [
            f"{pod['metadata']['name']}/{status['name']}"
            for pod in deployed.pods()
            for status in pod["status"]["containerStatuses"]
            if (not status["ready"] if unready else status["restartCount"] and status["name"] not in waits)
        ]

    # The registry comes to its own database as soon as the bundled PostgreSQL runs and that is made, and not before.
    values = json.loads(deployed.helm("get", "values", RELEASE, "--output=json"))
    registry = values.get("kora", {}).get("database", {}).get("user", "")
    beside = values["postgresql"]["enabled"] and registry != values["postgresql"]["auth"]["username"]
    waits = ["kora"] if beside else []
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


def test_release_holds_no_secret(deployed: Deployed) -> None:
    kept = deployed.helm("get", "values", RELEASE, "--all", "--output", "json") + deployed.release_objects()
    assert [name for name, value in deployed.secret_values().items() if any(f in kept for f in forms_of(value))] == []


def test_vault_file_is_encrypted_and_private(deployed: Deployed) -> None:
    text = deployed.secrets_file.read_text()
    assert [name for name, value in deployed.secret_values().items() if any(f in text for f in forms_of(value))] == []
    assert text.count("$ANSIBLE_VAULT;1.2;AES256;lab") == len(deployed.vaulted)
    assert deployed.secrets_file.stat().st_mode & 0o777 == 0o600
