#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading Kubernetes Secrets for adoption."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_kubernetes_secret_info
short_description: Read the values of Secrets, and what an earlier installation left
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Reads Secrets so that M(popsink.data_plane.popsink_secrets) can take their values into the vault.
  - The result holds secret values. Use it with C(no_log), or better let M(popsink.data_plane.popsink_secrets) use it.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
options:
  namespace:
    description: Namespace of the Secrets.
    type: str
    required: true
  release:
    description: Release whose volumes are looked for.
    type: str
    required: true
  names:
    description: Names of the Secrets.
    type: list
    elements: str
    required: true
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
- name: Read a Secret
  popsink.data_plane.popsink_kubernetes_secret_info:
    namespace: popsink
    release: popsink
    names: [popsink-vault-jwt]
  register: result
  no_log: true
"""

RETURN = r"""
secrets:
  description: Values by key, by name of the Secrets that exist; null for a value that is not text.
  returned: success
  type: dict
volumes:
  description: Names of the release's PersistentVolumeClaims.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import (
    decoded,
    read_secrets,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.volumes import volumes_of
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "namespace": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "required": True},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Read; changes nothing."""
    cluster = Cluster.connect(auth_of(params))
    namespace = params["namespace"]
    live = read_secrets(cluster, namespace, params["names"])
    claims = cluster.items(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims")
    return {
        "changed": False,
        "secrets": {name: dict.fromkeys(secret.get("data") or ()) | decoded(secret) for name, secret in live.items()},
        "volumes": volumes_of(claims, params["release"]),
    }


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
