#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a deployment's secrets back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_restore
short_description: Put a deployment's secrets back from a backup
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Takes the deployment's part of a bundle, puts what the inventory lacks into its secrets file, and creates the
    Secrets that the cluster lacks.
  - >-
    What exists is never overwritten. Where the inventory or the cluster has another value than the bundle, it is
    named, and nothing is changed. What the user supplies, for instance a new deployment token, wins over the bundle.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
options:
  file:
    description: The bundle, a file on the controller or C(s3://BUCKET/KEY).
    type: str
    required: true
  deployment:
    description: Which deployment it is, as the plan gives it.
    type: dict
    required: true
  others:
    description: Further Secrets of the namespace. The action plugin takes them from the bundle; leave it out.
    type: json
    default: "{}"
attributes:
  check_mode:
    support: full
    description: Says what would be restored, by name.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3 >= 1.36, for a bucket"
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Put the secrets back
  popsink.data_plane.popsink_restore:
    namespace: popsink
    release: popsink
    secrets: "{{ plan.backup.secrets }}"
    deployment: "{{ plan.backup.deployment }}"
    file: s3://backups/popsink.yml
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
restored:
  description: Names of the secrets that were put into the secrets file.
  returned: success
  type: list
  elements: str
created:
  description: Names of the Kubernetes Secrets that were created.
  returned: success
  type: list
  elements: str
"""

import json
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.backup.others import bring_back
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import PLANNED_SECRETS_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import (
    SecretSpec,
    compare,
    ensure_secrets,
    read_secrets,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **PLANNED_SECRETS_SPEC,
    "file": {"type": "str", "required": True},
    "deployment": {"type": "dict", "required": True},
    # As one text: each value by itself would be cut out of the result wherever it happens to stand.
    "others": {"type": "json", "default": "{}", "no_log": True},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Create the Secrets that are missing."""
    cluster = Cluster.connect(auth_of(params))
    namespace, known = params["namespace"], known_of(params)
    # A Secret for which nobody has a value yet is left to the roll-out.
    specs = [spec for spec in map(SecretSpec.from_dict, params["secrets"]) if _is_known(spec, known)]
    drifted = compare(namespace, specs, read_secrets(cluster, namespace, [spec.name for spec in specs]), known).drifted
    if drifted:
        raise PopsinkError(
            f"The cluster's Secrets in namespace {namespace} differ from inventory and backup: {', '.join(drifted)}.",
            remedy="Nothing was touched. If the deployment runs with them, make a new backup. Otherwise: "
            f"kubectl --namespace {namespace} delete secret NAME, and restore again.",
            details={"drifted": drifted},
        )
    result = ensure_secrets(
        cluster, namespace, params["release"], specs, known, check=context.check, fail_on_drift=True
    )
    created, notes = bring_back(cluster, namespace, json.loads(params["others"]), check=context.check)
    return {
        "changed": bool(result["changed"] or created),
        "created": [*result["created"], *created],
        "report": [*result["report"], *(f"Secret {name}: created" for name in created)],
        "notes": notes,
    }


def _is_known(spec: SecretSpec, known: dict[str, str]) -> bool:
    return bool(spec.variable) or all(name in known for name in spec.data.values())


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
