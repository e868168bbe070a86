"""Part of the pod network, as a CNI plugin behind the one that makes it: knows pods of namespaces that are cut off.

Run by the container runtime for each pod, before any of its containers starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

VERSION = "0.4.0"


def main() -> int:
    command, settings = os.environ["CNI_COMMAND"], json.load(sys.stdin)
    if command == "VERSION":
        print(json.dumps({"cniVersion": VERSION, "supportedVersions": [VERSION]}))
        return 0
    made = settings.get("prevResult") or {}
    pairs = (pair.partition("=") for pair in os.environ.get("CNI_ARGS", "").split(";"))
    namespace = {name: value for name, _equals, value in pairs}.get("K8S_POD_NAMESPACE")
    addresses = ", ".join(entry["address"].partition("/")[0] for entry in made.get("ips", ()))
    if namespace in settings["namespaces"] and addresses:
        verb = {"ADD": "add", "DEL": "delete"}.get(command)
        if verb:
            done = _nft(f"{verb} element {settings['set']} {{ {addresses} }}")
            # An element that is gone already is as it should be.
            if done.returncode != 0 and command == "ADD":
                print(json.dumps({"cniVersion": VERSION, "code": 100, "msg": done.stderr}))
                return 1
    if command == "ADD":
        print(json.dumps(made))
    return 0


def _nft(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["nft", command], capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
