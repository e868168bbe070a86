"""`python -m tests.lab.show NAME`: how a deployment looks from outside of Ansible, and how to look further.

Asks the control plane, the cluster, and the data plane itself, with the password that lies encrypted in the vault.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from . import lab as labs
from .deployed import RELEASE, Deployed
from .progress import say

CONNECTED = "Connected"


def told(known: Mapping[str, Any]) -> str:
    """What the control plane says of a deployment, as a sentence."""
    workers = ", ".join(f"{worker['name']} is {worker['state']}" for worker in known["workers"])
    heartbeats = "1 heartbeat" if known["heartbeats"] == 1 else f"{known['heartbeats']} heartbeats"
    connectors = f"connectors (the stand-in makes one, sample): {workers}" if workers else "no connector yet"
    return f"The control plane says {known['state']}: {heartbeats}; {connectors}"


def show(deployed: Deployed) -> bool:
    """Whether it works."""
    known = deployed.at_control_plane()
    say(f"\n{told(known)}")
    say(deployed.kubectl("get", "pods,ingress"))
    vaulted = deployed.vaulted
    username = vaulted["popsink_admin_username"]
    status = deployed.log_in(username, vaulted["popsink_admin_password"])
    say(f"The login of {username} with the vaulted password answers HTTP {status}")
    folder = os.path.relpath(deployed.folder)
    say(
        f"""
To look further:
  export KUBECONFIG=$PWD/{folder}/kubeconfig PATH=$PWD/{folder}/bin:$PATH
  kubectl --namespace {deployed.name} get all
  kubectl --namespace {deployed.name} logs deployment/{RELEASE}-data-plane
  helm --namespace {deployed.name} get values {RELEASE} --all
  curl http://{deployed.address()}/api/readyz
  less {os.path.relpath(deployed.secrets_file)}
Run the same command once more: it changes nothing. `make lab-down` stops the lab."""
    )
    return known["state"] == CONNECTED and status == 200


def main() -> int:
    lab = labs.find(os.environ.get("LAB", ""))
    if len(sys.argv) != 2 or not lab:
        print("usage: python -m tests.lab.show DEPLOYMENT, in a lab that runs (make lab)", file=sys.stderr)
        return 2
    try:
        return 0 if show(Deployed(lab.root, sys.argv[1])) else 1
    except subprocess.CalledProcessError as problem:
        print(problem.stderr or problem, file=sys.stderr)
    except OSError as problem:
        print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
