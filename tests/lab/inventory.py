"""The lab's Ansible inventory: what inventories/lab has for everybody, with this lab's addresses and credentials.

Plain values, as a user's own inventory has them. It stands in `inventory/` of the lab's folder; inventories/lab is the
one of the default lab, and leads here by symbolic links.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .lab import CHECKOUT, Lab, write

#: The part that is the same for every lab, from the checkout.
_SHARED = ("hosts.yml", "group_vars/all.yml")


def folder(lab: Lab) -> Path:
    """Where a lab's inventory is."""
    return lab.root / "inventory"


def write_lab(lab: Lab, described: Mapping[str, Any]) -> None:
    """The lab's own variables, beside what all labs share.

    :param described: the lab as its description has it.
    """
    inventory = folder(lab)
    for name in _SHARED:
        link, target = inventory / name, CHECKOUT / "inventories" / "lab" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    registry = described["registry"]
    _write(
        inventory / "group_vars" / "data_planes" / "lab.yml",
        {
            "popsink_kubeconfig": described["kubeconfig"],
            "popsink_helm": described["helm"],
            "popsink_chart_ref": registry["charts"],
            "popsink_chart_plain_http": registry["plain_http"],
            "popsink_image_pull_token_file": described["pull_token_file"],
            "popsink_database_storage_class": described["storage_class"],
            "popsink_ingress_class": described["ingress_class"],
            # For the scenarios.
            "lab_dir": str(lab.root),
            "lab_helm3": described["helm3"],
            "lab_renamed_charts": registry["renamed_charts"],
            "lab_address": described["address"],
            "lab_host_address": lab.network.host,
            "lab_ca": str(lab.pki / "ca"),
        },
    )


def write_deployment(lab: Lab, name: str, snippet: Path, s3: Mapping[str, str]) -> None:
    """One deployment's variables: where its snippet is, its bucket, and where its secrets go."""
    host = folder(lab) / "host_vars" / name
    _write(
        host / "main.yml",
        {
            "popsink_onboarding_file": str(snippet),
            "popsink_secrets_file": str(host / "popsink_secrets.yml"),
            "popsink_namespace": name,
            "popsink_bucket": s3["bucket"],
            "popsink_bucket_region": s3["region"],
            "popsink_s3_endpoint": s3["endpoint"],
            "popsink_s3_access_key_id": s3["access_key_id"],
            "popsink_s3_secret_access_key": s3["secret_access_key"],
        },
    )


def _write(file: Path, variables: Mapping[str, Any]) -> None:
    write(file, f"---\n{yaml.safe_dump(dict(variables), sort_keys=False)}")
