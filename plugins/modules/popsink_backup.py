#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what a backup of a deployment must hold."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_backup
short_description: Read one deployment's part of a backup
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Reads the secrets of a deployment from the inventory and from the cluster, and gives them as one text that is
    encrypted with the play's vault password, for M(popsink.data_plane.popsink_bundle) to put into a bundle.
  - It ends with an error where a Secret is missing, or where inventory and cluster differ. Nothing is changed.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
options:
  deployment:
    description: Which deployment it is, as the plan gives it.
    type: dict
    required: true
  connector_secrets:
    description:
      - Whether the values of further Secrets in the namespace are kept as well. Connectors may name them.
      - Their names are kept in any case.
    type: bool
    default: false
  vault_id:
    description: Label of the vault password to encrypt with; empty for the play's first one.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Reads in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Read what must be kept
  popsink.data_plane.popsink_backup:
    namespace: popsink
    release: popsink
    secrets: "{{ plan.backup.secrets }}"
    deployment: "{{ plan.backup.deployment }}"
  register: backup
"""

RETURN = r"""
part:
  description: The deployment's part of a bundle, encrypted with Ansible Vault.
  returned: success
  type: str
others:
  description: Names of further Secrets in the namespace, which connectors may name.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.backup.others import others_in
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import PLANNED_SECRETS_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded, read_secrets
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import (
    KUBERNETES_IMPORT_ERROR,
    ApiError,
    Cluster,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    # No values reach it: what it gives back would be censored where it holds one.
    **{name: PLANNED_SECRETS_SPEC[name] for name in ("namespace", "release", "secrets")},
    "deployment": {"type": "dict", "required": True},
    # A switch, and a label.
    "connector_secrets": {"type": "bool", "default": False, "no_log": False},
    "vault_id": {"type": "str", "default": ""},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Read; the result holds values, which the action plugin encrypts."""
    cluster = Cluster.connect(auth_of(params))
    namespace = params["namespace"]
    names = [secret["name"] for secret in params["secrets"]]
    return {
        "changed": False,
        "cluster": _uid(cluster),
        "cluster_url": cluster.address,
        "secrets": {name: decoded(secret) for name, secret in read_secrets(cluster, namespace, names).items()},
        "others": others_in(cluster, namespace, params["release"], names, values=params["connector_secrets"]),
    }


def _uid(cluster: Cluster) -> str:
    """What tells this cluster from others; empty where the account may not read it."""
    try:
        found = cluster.find("/api/v1/namespaces/kube-system")
    except ApiError as error:
        if error.status != 403:
            raise
        found = None
    return str((found or {}).get("metadata", {}).get("uid", ""))


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
