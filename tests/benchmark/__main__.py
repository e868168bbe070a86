"""`make benchmark`: a run of site.yml with nothing to change, beside a shell script that looks at the same by hand.

Prints medians, their ratio, and what both start and ask. There is no limit here that a slow machine could break.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.lab.deployed import RELEASE, Deployed

from .counting import count

ROOT = Path(__file__).parents[2]
LAB = ROOT / os.environ.get("LAB_DIRECTORY", ".lab")


def by_hand(deployed: Deployed) -> dict[str, str]:
    """The script's environment."""
    snippet, s3 = deployed.snippet, deployed.s3
    names = [item["metadata"]["name"] for item in deployed.get("secrets")["items"]]
    return {
        "RELEASE": RELEASE,
        "NAMESPACE": deployed.name,
        "SECRETS": " ".join(name for name in names if name.startswith(f"{RELEASE}-vault-")),
        "BUCKET_URL": f"{s3['endpoint']}/{s3['bucket']}",
        "REGION": s3["region"],
        "S3_KEYS": f"{s3['access_key_id']}:{s3['secret_access_key']}",
        "CONFIG_URL": f"{snippet['controlPlaneUrl']}/deployment/{snippet['deploymentId']}/config",
        "TOKEN": snippet["deploymentJwtToken"]["token"],
    }


def timed(argv: list[str], environment: dict[str, str]) -> float:
    """Seconds of one run, which must succeed."""
    began = time.monotonic()
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{argv[0]} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deployment", default="demo")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    deployed = Deployed(LAB, arguments.deployment)
    script = [str(Path(__file__).parent / "by_hand.sh")]
    playbook = ["ansible-playbook", "-i", str(LAB / "inventory"), "--limit", arguments.deployment, "site.yml",
                "--vault-id", f"lab@{LAB / 'vault-password'}"]  # fmt: skip
    # As users have it: with compiled Python, which some build machines switch off.
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    hand = {**plain, **by_hand(deployed), "KUBECONFIG": str(LAB / "kubeconfig")}
    rows = {"script": [], "site.yml": []}  # type: dict[str, list[float]]
    timed(script, hand)
    timed(playbook, plain)
    for _run in range(arguments.runs):
        # In turns, so that what else the machine does falls on both.
        rows["script"].append(timed(script, hand))
        rows["site.yml"].append(timed(playbook, plain))
    # For counting, the inventory's kubeconfig gives way to one that leads through the counter.
    kubeconfig = LAB / "kubeconfig"
    counts = {
        "script": count(script, hand, kubeconfig),
        "site.yml": count(
            [*playbook, "--extra-vars", json.dumps({"popsink_kubeconfig": "{{ lookup('env', 'KUBECONFIG') }}"})],
            plain, kubeconfig,
        ),
    }  # fmt: skip
    print(f"{'':10}{'min':>8}{'median':>8}{'max':>8}{'processes':>11}{'Helm':>6}{'API requests':>14}")
    for name, seconds in rows.items():
        counted = counts[name]
        print(
            f"{name:10}{min(seconds):8.2f}{statistics.median(seconds):8.2f}{max(seconds):8.2f}"
            f"{counted.processes:11}{counted.helm:6}{counted.requests:14}"
        )
    print(f"ratio of the medians: {statistics.median(rows['site.yml']) / statistics.median(rows['script']):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
