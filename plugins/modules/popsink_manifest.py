#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects beside the chart's own."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_manifest
short_description: Apply objects where they differ from the plan
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Applies objects on the server side where they are missing or differ, and says what differed.
  - Removes objects that are no longer wanted, if this collection made them.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
options:
  manifests:
    description: Objects that must be as given.
    type: list
    elements: dict
    required: true
  absent:
    description: Objects that must not be there, if they carry this collection's label.
    type: list
    elements: dict
    default: []
  successor:
    description:
      - Name of the release whose own Ingress takes the place of what must not be there. Until that is in the cluster,
        nothing is removed, and the task fails. Empty where nothing of a release does.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Says what would be applied and removed.
  diff_mode:
    support: full
    description: Shows the parts of the objects that this collection sets.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Apply an Ingress
  popsink.data_plane.popsink_manifest:
    manifests: "{{ plan.manifests }}"
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
applied:
  description: What was applied and why, one line an object.
  returned: success
  type: list
  elements: str
removed:
  description: What was removed.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.manifests import ensure_manifests
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "manifests": {"type": "list", "elements": "dict", "required": True},
    "absent": {"type": "list", "elements": "dict", "default": []},
    "successor": {"type": "str", "default": ""},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Apply and remove, where needed."""
    cluster = Cluster.connect(auth_of(params))
    return ensure_manifests(cluster, params["manifests"], params["absent"], context, successor=params["successor"])


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
