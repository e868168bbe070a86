"""Inputs and charts as a deployment has them. Secrets are made when the tests run; none stands in a file."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.inputs import Inputs, Onboarding, OwnValues
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import CATALOGUE
from ansible_collections.popsink.data_plane.plugins.plugin_utils.input_collection import onboarding_of

ROOT = Path(__file__).resolve().parents[3]
DEPLOYMENT = "0b9c7a52-6a30-4f0e-9a5b-1d2f3c4b5a69"
OTHER_DEPLOYMENT = "5f1e7c1a-8d43-4c57-b7f2-93a0d6f3e8b4"
#: Every secret has a value.
ALL = frozenset(CATALOGUE)


def token_for(deployment: str) -> str:
    """A deployment token in its form: claims that name the deployment, and a signature."""
    claims = {"sub": deployment, "deployment_id": deployment, "aud": "popsink:deployment", "iat": 1}
    parts = (json.dumps({"alg": "HS256"}).encode(), json.dumps(claims).encode(), secrets.token_bytes(32))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def snippet(**changes: Any) -> dict[str, Any]:
    """The control plane's snippet; a change to None leaves the key out."""
    whole = {
        "controlPlaneUrl": "https://control-plane.example/api",
        "controlPlaneFrontendUrl": "https://control-plane.example",
        "deploymentMode": "SELF_HOSTED",
        "deploymentId": DEPLOYMENT,
        "deploymentJwtToken": {"token": token_for(DEPLOYMENT)},
        "ingressUrl": "https://popsink.example.com",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def service_account(**changes: Any) -> dict[str, Any]:
    """A pull token; its key is random."""
    whole = {
        "type": "service_account",
        "project_id": "example",
        "private_key": secrets.token_urlsafe(48),
        "client_email": "puller@example.invalid",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def defaults() -> dict[str, Any]:
    """The role's own defaults, by variable."""
    values: dict[str, Any] = yaml.safe_load((ROOT / "roles/popsink/defaults/main.yml").read_text("utf-8"))
    return values


def variables(folder: Path, **changes: Any) -> dict[str, Any]:
    """Variables of a host that can be rolled out, templates of the defaults resolved."""
    return {
        "inventory_hostname": "data-plane-1",
        **defaults(),
        "popsink_onboarding_file": str(folder / "snippet.yaml"),
        "popsink_image_pull_token_file": str(folder / "pull-token.json"),
        "popsink_secrets_file": str(folder / "host_vars" / "popsink_secrets.yml"),
        "popsink_onboarding": snippet(),
        "popsink_chart_version": "0.1.0-alpha.205",
        "popsink_image_pull_token": service_account(),
        "popsink_bucket": "records",
        "popsink_bucket_region": "eu-west-1",
        "popsink_s3_access_key_id": secrets.token_hex(10),
        "popsink_s3_secret_access_key": secrets.token_urlsafe(30),
        **changes,
    }


def inputs(given: Mapping[str, Any] | None = None, **changes: Any) -> Inputs:
    """Validated inputs of a deployment that can be rolled out, with changes by field.

    :param given: another snippet.
    """
    onboarding: Onboarding = onboarding_of(snippet() if given is None else given)
    names = {entry.name for entry in fields(Inputs)} - {"onboarding", "own_values", "inventory_host"}
    own = {name: value for name, value in defaults().items() if name.removeprefix("popsink_") in names}
    values = {
        **{name.removeprefix("popsink_"): value for name, value in own.items()},
        "bucket": "records",
        "bucket_region": "eu-west-1",
        **changes,
    }
    values_of_the_user: Any = values.pop("own_values", (OwnValues("popsink_values", values.pop("values", {})),))
    return Inputs(onboarding=onboarding, own_values=values_of_the_user, **values)


def encrypted(text: str, password: bytes, label: str = "lab") -> str:
    """Text as Ansible Vault encrypts it."""
    done: bytes = VaultLib().encrypt(text, VaultSecret(password), vault_id=label)
    return done.decode("ascii")


def inline_vault(key: str, value: str, password: bytes) -> str:
    """A line of a variables file with an encrypted value."""
    return f"{key}: !vault |\n" + "".join(f"  {line}\n" for line in encrypted(value, password).splitlines())
