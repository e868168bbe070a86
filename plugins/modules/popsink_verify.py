#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a deployment works."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_verify
short_description: Wait until a deployment works, or name the cause
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Looks at the workloads, at what the data plane answers, at the login with the administrator of the vault, at the
    control plane, and at the public URL.
  - >-
    Passes a record through the broker, in a topic that is made for it and deleted again, because a broker whose store
    refuses it says that it is ready all the same.
  - >-
    The action plugin looks again until everything works, shows progress, and ends early when a pod cannot go on by
    itself, and at once when the product refuses the administrator or the control plane the deployment. Run as a plain
    module it looks once.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.outside
  - popsink.data_plane.known
options:
  release:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  deployment:
    description: What is looked at, as the plan gives it.
    type: dict
    required: true
  timeout:
    description: Seconds until everything must work.
    type: int
    default: 900
attributes:
  check_mode:
    support: full
    description: Looks once in check mode, passes no record, and does not fail on what is not there yet.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
  - "kafka-python >= 3.0, for the record"
"""

EXAMPLES = r"""
- name: Wait until the deployment works
  popsink.data_plane.popsink_verify:
    release: popsink
    namespace: popsink
    deployment: "{{ plan.verify }}"
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
works:
  description: Whether everything is as it should be.
  returned: always
  type: bool
final:
  description:
    - Whether looking again is of no use, since the product refuses the administrator or the control plane refuses the
      deployment's token or id.
  returned: always
  type: bool
progress:
  description: Ready replicas by workload.
  returned: always
  type: str
findings:
  description: One entry a look, with id, status, found and remedy.
  returned: always
  type: list
  elements: dict
troubles:
  description: Containers that cannot go on by themselves.
  returned: always
  type: list
  elements: dict
"""

from dataclasses import asdict
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec, resolved
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.control_plane import ControlPlane
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import KNOWN_SPEC, known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.observe import ASKED_WITH, Target, observe
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.pods import with_causes
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.records import Records
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.visitor import Place

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    **OUTSIDE_ARGUMENT_SPEC,
    "release": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "deployment": {"type": "dict", "required": True},
    "timeout": {"type": "int", "default": 900},
    "known": KNOWN_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Look once."""
    deployment = params["deployment"]
    control_plane, public = deployment["control_plane"], deployment.get("public")
    target = Target(
        release=params["release"],
        namespace=params["namespace"],
        service=deployment["service"],
        records=Records(**deployment["records"]) if deployment.get("records") else None,
        control_plane=ControlPlane(**control_plane) if control_plane else None,
        public=Place(**public) if public else None,
        restricted=bool(deployment.get("restricted")),
    )
    auth = auth_of(params)
    cluster = Cluster.connect(auth)
    specs = [SecretSpec.from_dict(secret) for secret in deployment["secrets"]]
    known = resolved(cluster, target.namespace, specs, known_of(params), ASKED_WITH)
    seen = observe(cluster, target, known, None if context.check else lambda: Cluster.connect(auth))
    return {
        "changed": False,
        "works": seen.works,
        "final": seen.final,
        "progress": seen.progress,
        "findings": [finding.as_dict() for finding in seen.findings],
        "troubles": [asdict(trouble) for trouble in with_causes(cluster, target.namespace, seen.troubles, seen.kept)],
    }


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
