#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Helm release."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_release
short_description: Bring a Helm release to the planned chart and values
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Reads the release's state from the cluster, and starts Helm only where chart, values or objects differ from the
    plan.
  - Objects that were changed or deleted by hand are brought back.
  - >-
    Values go to Helm over its standard input and access through its environment, so neither stands in a file or in
    a process list.
  - >-
    A change that cannot be taken back is refused until O(karapace_schemas) or O(accept) says what becomes of it.
    Where the broker's image changes, brokers are stopped before new ones start.
  - Does not wait for the pods; M(popsink.data_plane.popsink_verify) does, and tells causes.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.consent
options:
  name:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Its namespace, which is made when it is missing.
    type: str
    required: true
  chart:
    description: The chart, as the plan gives it.
    type: dict
    required: true
    suboptions:
      name:
        description: Its name.
        type: str
      version:
        description: Its version.
        type: str
        required: true
      app_version:
        description: Version of the application.
        type: str
      digest:
        description: SHA-256 of the archive.
        type: str
      archive:
        description: Path of the archive on this host.
        type: path
        required: true
  values:
    description: Chart values, as the plan gives them.
    type: dict
    required: true
  helm:
    description: Name or path of the C(helm) program.
    type: str
    default: helm
  literals:
    description:
      - Values for the placeholders in O(values). The action plugin fills this in on the controller; leave it out.
    type: dict
    default: {}
  pending_after:
    description: Seconds after which a revision that Helm left pending counts as abandoned.
    type: int
    default: 600
  audited:
    description:
      - Whether M(popsink.data_plane.popsink_preflight) has written down what a schema registry holds. A change by which
        it goes is refused otherwise.
    type: bool
    default: false
  requires:
    description:
      - Secrets that O(values) name, each with the list of keys that it must have. Helm is not started without them.
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
    description: Says why Helm would run, and lets the server judge the manifest where the namespace exists.
  diff_mode:
    support: full
    description: Shows chart version and values, with placeholders for secrets.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Bring the release to the plan
  popsink.data_plane.popsink_release:
    name: popsink
    namespace: popsink
    chart: "{{ plan.chart }}"
    values: "{{ plan.chart_values }}"
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
reasons:
  description: Why Helm had to run, one line each. Empty when nothing changed.
  returned: success
  type: list
  elements: str
revision:
  description: The release's revision.
  returned: success, outside check mode or without a change
  type: int
validated:
  description: Whether the server judged the manifest.
  returned: in check mode, with a change
  type: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.release.bring import bring
from ansible_collections.popsink.data_plane.plugins.module_utils.release.helm import Helm
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import CONSENT_SPEC, Wanted
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "chart": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str"},
            "version": {"type": "str", "required": True},
            "app_version": {"type": "str"},
            "digest": {"type": "str"},
            "archive": {"type": "path", "required": True},
        },
    },
    "values": {"type": "dict", "required": True},
    "helm": {"type": "str", "default": "helm"},
    "pending_after": {"type": "int", "default": 600},
    "literals": {"type": "dict", "default": {}, "no_log": True},
    "requires": {"type": "dict", "default": {}},
    "audited": {"type": "bool", "default": False},
    **CONSENT_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Install, upgrade or mend, where needed."""
    auth = auth_of(params)
    return bring(Cluster.connect(auth), Helm(params["helm"], auth), Wanted.from_params(params), context)


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
