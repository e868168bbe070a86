#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release that was made by hand, described in the inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_adopt
short_description: Describe a release that was made by hand as an inventory host
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Reads values and Secrets of a release of the data plane from the cluster, and writes inputs into the inventory with
    which the next roll-out leaves it as it is, the secrets encrypted with the play's vault password.
  - >-
    The chart that the release has is read for that, from where the inputs say. The control plane's snippet and the
    secrets go where the inputs say, too.
  - The cluster is not changed.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
options:
  name:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  inputs_file:
    description: File of the inventory, on the controller, that is written with the inputs. It must not be there.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Says what would be written.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Take the release over
  popsink.data_plane.popsink_adopt:
    name: popsink
    namespace: popsink
    inputs_file: "{{ inventory_dir }}/host_vars/{{ inventory_hostname }}/adopted.yml"
"""

RETURN = r"""
report:
  description: What was written, what stays as it is, and what the next roll-out writes otherwise, one line each.
  returned: success
  type: list
  elements: str
inputs:
  description: Names of the inputs that were written.
  returned: success
  type: list
  elements: str
secrets:
  description: Names of the variables that were vaulted.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import decoded, read_secrets
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.release.state import find_release
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import leaves

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "inputs_file": {"type": "str", "default": ""},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Read; the result holds values, from which the action plugin writes the inventory."""
    cluster = Cluster.connect(auth_of(params))
    namespace, name = params["namespace"], params["name"]
    release = find_release(cluster, namespace, name)
    if release is None:
        raise PopsinkError(
            f"There is no release {name} in namespace {namespace}.",
            remedy="Name it in popsink_release and popsink_namespace; helm list --all-namespaces tells what there is.",
        )
    if release.status != "deployed":
        raise PopsinkError(
            f"Revision {release.revision} of release {name} is {release.status}.",
            remedy="Bring it to a good end with Helm first, and look whether it works.",
        )
    made = {item["metadata"]["name"] for item in release.manifest if item["kind"] == "Secret"}
    named = {str(value) for path, value in leaves(release.values) if path.endswith(".existingSecret") and value}
    secrets = read_secrets(cluster, namespace, sorted(made | named))
    return {
        "changed": False,
        "chart_version": release.chart_version,
        "values": release.values,
        "secrets": {name: decoded(secret) for name, secret in secrets.items()},
    }


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
