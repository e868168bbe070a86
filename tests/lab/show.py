"""`python -m tests.lab.show NAME`: how a deployment looks from outside of Ansible, and how to look further.

Asks the control plane, the cluster, and the data plane itself, with the password that lies encrypted in the vault.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from . import lab as labs
from .command import run
from .errors import LabError
from .lab import Lab
from .progress import say

#: Of inventories/lab.
RELEASE = "popsink"
CONNECTED = "Connected"


class _Loader(yaml.SafeLoader):
    """Takes inline vault values as the text that they are."""


def _text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("!vault", _text)


def vaulted(lab: Lab, deployment: str) -> dict[str, str]:
    """The secrets that a rollout generated."""
    secret = VaultSecret((lab.root / "vault-password").read_bytes().strip())
    vault = VaultLib([("lab", secret)])
    held = yaml.load(secrets_file(lab, deployment).read_text(), Loader=_Loader)  # noqa: S506
    return {name: vault.decrypt(text).decode() for name, text in held.items()}


def secrets_file(lab: Lab, deployment: str) -> Path:
    return lab.root / "deployments" / deployment / "popsink_secrets.yml"


def ask(address: str, form: dict[str, str] | None = None) -> Any:
    body = urllib.parse.urlencode(form).encode() if form else None
    # Never through a proxy: it is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, data=body, timeout=10) as answer:
        return json.load(answer)


def state(lab: Lab, deployment: str) -> str:
    known = ask(f"http://{lab.network.control_plane}/lab/deployments/{deployment}")
    workers = ", ".join(f"{worker['name']} {worker['state']}" for worker in known["workers"]) or "no connector"
    say(f"The control plane says {known['state']}: {known['heartbeats']} heartbeats, {workers}")
    return str(known["state"])


def service(lab: Lab, namespace: str) -> str:
    """The address of the data plane's Service, which this machine reaches."""
    path = ("get", "service", f"{RELEASE}-data-plane", "--output=jsonpath={.spec.clusterIP}")
    return run([*kubectl(lab, namespace), *path])


def log_in(lab: Lab, deployment: str, address: str) -> bool:
    secrets = vaulted(lab, deployment)
    username = secrets["popsink_admin_username"]
    form = {"username": username, "password": secrets["popsink_admin_password"]}
    try:
        answer = ask(f"http://{address}/api/auth/jwt/login", form)
    except urllib.error.URLError as problem:
        say(f"The login of {username} with the vaulted password failed: {problem}")
        return False
    say(f"The login of {username} with the vaulted password works")
    return bool(answer["access_token"])


def kubectl(lab: Lab, namespace: str) -> list[str | Path]:
    return [lab.bin / "kubectl", f"--kubeconfig={lab.kubeconfig}", f"--namespace={namespace}"]


def show(lab: Lab, deployment: str) -> bool:
    """Whether it works."""
    root = os.path.relpath(lab.root)
    say("")
    connected = state(lab, deployment) == CONNECTED
    say(run([*kubectl(lab, deployment), "get", "pods,ingress"]))
    address = service(lab, deployment)
    logged_in = log_in(lab, deployment, address)
    say(
        f"""
To look further:
  export KUBECONFIG=$PWD/{root}/kubeconfig PATH=$PWD/{root}/bin:$PATH
  kubectl --namespace {deployment} get all
  kubectl --namespace {deployment} logs deployment/{RELEASE}-data-plane
  helm --namespace {deployment} get values {RELEASE} --all
  curl http://{address}/api/readyz
  less {os.path.relpath(secrets_file(lab, deployment))}
Run the same command once more: it changes nothing. `make lab-down` stops the lab."""
    )
    return connected and logged_in


def main() -> int:
    lab = labs.find(os.environ.get("LAB", ""))
    if len(sys.argv) != 2 or not lab:
        print("usage: python -m tests.lab.show DEPLOYMENT, in a lab that runs (make lab)", file=sys.stderr)
        return 2
    try:
        return 0 if show(lab, sys.argv[1]) else 1
    except (LabError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
