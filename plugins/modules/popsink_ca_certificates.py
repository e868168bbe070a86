#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The authorities that the pods trust."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_ca_certificates
short_description: Give the pods the authorities that they trust
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Keeps private authorities in a ConfigMap, behind the public ones that the host trusts on which the module runs. What
    reads such a file trusts nobody else, and pods ask public servers, too.
  - The public ones that are there stay for as long as the private ones are the same, since hosts that take turns need
    not trust the same. Remove the ConfigMap to have them read anew.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
options:
  name:
    description: Name of the ConfigMap.
    type: str
    required: true
  namespace:
    description: Its namespace, which is made when it is missing.
    type: str
    required: true
  release:
    description: Name of the release whose pods read it.
    type: str
    required: true
  certificates:
    description: Private authorities in PEM.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    description: Says whether it would be changed.
  diff_mode:
    support: partial
    description: Shows the private authorities; the public ones are many.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Have the pods trust the company's own authority
  popsink.data_plane.popsink_ca_certificates:
    name: popsink-ca
    namespace: popsink
    release: popsink
    certificates: "{{ lookup('ansible.builtin.file', 'files/company-ca.pem') }}"
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
"""

import hashlib
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.manifests import ensure_manifests
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import certificates_in, public_authorities
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.labels import labels
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.outside import CA_FILE
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

#: Annotation with a digest of the public authorities: it tells where they end, and whether they are as they were put.
_PUBLIC = "popsink.data-plane/public-authorities"

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "certificates": {"type": "str", "required": True},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Apply the ConfigMap, where needed."""
    private = "\n".join(certificates_in(params["certificates"])) + "\n"
    cluster = Cluster.connect(auth_of(params))
    public = _kept(cluster, params, private) or public_authorities()
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": params["name"],
            "namespace": params["namespace"],
            "labels": labels(params["release"]),
            "annotations": {_PUBLIC: _digest(public)},
        },
        "data": {CA_FILE: f"{public}{private}"},
    }
    result = ensure_manifests(cluster, [manifest], [], StepContext(check=context.check))
    shown = {"before": "", "after": private, "after_header": f"ConfigMap/{params['name']}"}
    diff = [shown] if context.diff and result["changed"] else []
    return {"changed": result["changed"], "report": result["report"], "diff": diff}


def _kept(cluster: Cluster, params: dict[str, Any], private: str) -> str:
    """The public authorities that are there; empty where the private ones are others, or somebody changed them."""
    live = cluster.find(cluster.path_of("v1", "ConfigMap", namespace=params["namespace"], name=params["name"])) or {}
    text = str((live.get("data") or {}).get(CA_FILE) or "")
    public = text.removesuffix(private)
    put = (live.get("metadata", {}).get("annotations") or {}).get(_PUBLIC)
    return public if text.endswith(private) and _digest(public) == put else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
