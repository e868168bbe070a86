"""A release that somebody made with Helm, as the guide has it, is taken over: no pod is started anew."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from tests.lab.deployed import RELEASE, Deployed, forms_of

from .playbook import LAB, ROOT, hand_out

VERSION = "0.1.0-alpha.205"
ADOPT = "playbooks/adopt.yml"
#: Vaulted with the rest, and no secrets.
NAMES = ("popsink_admin_username", "popsink_s3_access_key_id")


def by_hand(deployed: Deployed) -> dict[str, Any]:
    """Values as an integrator fills them in, all secrets among them; one password is left to the chart."""
    s3 = deployed.s3
    keys = {"accessKeyId": s3["access_key_id"], "secretAccessKey": s3["secret_access_key"]}
    aws = {"region": s3["region"], "endpoint": s3["endpoint"], "allowHttp": True, **keys}
    database_password = secrets.token_urlsafe(24)
    database = {"host": f"{RELEASE}-postgresql", "port": 5432, "user": "popsink", "database": "popsink"}
    return {
        **deployed.snippet,
        "replicaCount": 1,
        "imagePullSecret": {"create": True, "token": Path(deployed.lab["pull_token_file"]).read_text()},
        "global": {"imagePullSecrets": [f"{RELEASE}-regcred"]},
        "adminCredentials": {"username": "operator", "password": secrets.token_urlsafe(12)},
        "jwt": {"secret": secrets.token_urlsafe(48)},
        "connectorConfigEncryptionKey": {"key": Fernet.generate_key().decode()},
        "postgresql": {
            "auth": {"password": database_password},
            "primary": {"persistence": {"size": "2Gi", "storageClass": deployed.lab["storage_class"]}},
        },
        "kodansu": {
            "replicaCount": 1,
            "storage": {"engine": f"s3://{s3['bucket']}/kafka/", "aws": aws},
            "podLabels": {"team": "data"},
        },
        "kora": {"database": {**database, "password": database_password}},
        # Of an older guide; this chart does not read it.
        "karapace": {"enabled": True},
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployed, dict[str, Any], Path]:
    """Installed by hand and waited for; an inventory that knows where it is, and nothing else."""
    hand_out("byhand")
    deployed = Deployed(LAB, "byhand")
    deployed.kubectl("delete", "namespace", deployed.name, "--ignore-not-found", "--wait")
    values = by_hand(deployed)
    folder = tmp_path_factory.mktemp("byhand")
    subprocess.run(
        [
            *(deployed.lab["helm"], f"--kubeconfig={deployed.lab['kubeconfig']}", f"--namespace={deployed.name}"),
            *("install", RELEASE, deployed.lab["registry"]["charts"], "--plain-http", "--version", VERSION),
            *("--create-namespace", "--wait", "--timeout", "5m", "--values", "-"),
        ],
        input=json.dumps(values), text=True, check=True, capture_output=True,
    )  # fmt: skip
    inventory = folder / "inventory"
    inventory.mkdir()
    where = {
        "popsink_kubeconfig": deployed.lab["kubeconfig"],
        "popsink_helm": deployed.lab["helm"],
        "popsink_chart_ref": deployed.lab["registry"]["charts"],
        "popsink_chart_plain_http": True,
        "popsink_namespace": deployed.name,
        "popsink_required_nodes": 1,
        "popsink_required_node_cpu": "1",
        "popsink_required_node_memory": "1G",
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    (inventory / "hosts.yml").write_text(yaml.safe_dump({"data_planes": {"hosts": {deployed.name: where}}}))
    return deployed, values, inventory


def run(inventory: Path, playbook: str, *arguments: str) -> tuple[int, str]:
    """As a user with this inventory alone."""
    program = shutil.which("ansible-playbook", path=str(ROOT / ".venv" / "bin"))
    assert program
    argv = [program, "-i", str(inventory), "--vault-id", f"lab@{LAB / 'vault-password'}", playbook, *arguments]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    print(done.stdout[-15000:], done.stderr)
    return done.returncode, done.stdout + done.stderr


def test_taken_over_and_rolled_out(installed: tuple[Deployed, dict[str, Any], Path]) -> None:
    deployed, values, inventory = installed
    pods = deployed.incarnations()

    code, output = run(inventory, ADOPT, "--check")
    assert (code, list(inventory.rglob("*.yml"))) == (0, [inventory / "hosts.yml"])

    code, output = run(inventory, ADOPT, "-vvv")
    assert code == 0
    assert "karapace is left out" in " ".join(output.split())
    host = inventory / "host_vars" / deployed.name
    vaulted = deployed.vaulted_in(host / "popsink_secrets.yml")
    assert vaulted["popsink_connector_config_encryption_key"] == values["connectorConfigEncryptionKey"]["key"]
    assert vaulted["popsink_database_password"] == values["postgresql"]["auth"]["password"]
    inputs = yaml.safe_load((host / "adopted.yml").read_text())
    assert inputs["popsink_values"]["kodansu"] == {"podLabels": {"team": "data"}}
    hidden = [value for name, value in vaulted.items() if name not in NAMES]
    hidden += [values["deploymentJwtToken"]["token"]]
    written = output + "".join(file.read_text() for file in inventory.rglob("*") if file.is_file())
    assert [value[:4] for value in hidden for form in forms_of(value) if form in written] == []

    code, output = run(inventory, "site.yml")
    assert code == 0
    assert deployed.incarnations() == pods
    code, output = run(inventory, "site.yml")
    assert (code, "changed=0" in output) == (0, True)
    assert deployed.incarnations() == pods

    code, output = run(inventory, ADOPT)
    assert (code != 0, "taken over before" in " ".join(output.split())) == (True, True)


def test_the_secrets_move_when_the_user_says_so(installed: tuple[Deployed, dict[str, Any], Path]) -> None:
    deployed, values, inventory = installed
    file = inventory / "host_vars" / deployed.name / "adopted.yml"
    inputs = yaml.safe_load(file.read_text())
    assert "connectorConfigEncryptionKey" in inputs.pop("popsink_secrets_in_values")
    file.write_text(yaml.safe_dump({**inputs, "popsink_image_pull_mode": "managed"}))
    code, _output = run(inventory, "site.yml")
    assert code == 0
    stored = deployed.helm("get", "values", RELEASE)
    assert values["connectorConfigEncryptionKey"]["key"] not in stored
    assert deployed.log_in("operator", values["adminCredentials"]["password"]) == 200
