#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes Secrets from references."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_kubernetes_secret
short_description: Put secrets of the inventory into the cluster
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Creates Kubernetes Secrets that are missing. What exists is compared and never overwritten.
  - Takes references to secrets; the action plugin resolves them on the controller, in memory.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
options:
  stop_at_conflict:
    description: Whether a Secret that another run created meanwhile ends the task, to be asked again.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says which Secrets would be created.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Put the broker's keys into the cluster
  popsink.data_plane.popsink_kubernetes_secret:
    namespace: popsink
    release: popsink
    secrets:
      - name: popsink-vault-broker-storage
        data:
          accessKeyId: s3_access_key_id
          secretAccessKey: s3_secret_access_key
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
created:
  description: Names of the Secrets that were created.
  returned: success
  type: list
  elements: str
completed:
  description: Keys that were added to Secrets of this collection, as C(name.key).
  returned: success
  type: list
  elements: str
conflict:
  description: Name of the Secret at which the task stopped because another run had created it; empty otherwise.
  returned: success
  type: str
drifted:
  description: Keys whose values in cluster and inventory differ, as C(name.key).
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import (
    PLANNED_SECRETS_SPEC,
    ensure_planned_secrets,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {**PLANNED_SECRETS_SPEC, "stop_at_conflict": {"type": "bool", "default": False}}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Create what is missing, compare what is there."""
    return ensure_planned_secrets(params, context, stop_at_conflict=params["stop_at_conflict"])


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
