#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout needs of its surroundings."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_preflight
short_description: Check whether a rollout will succeed here
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Asks cluster, object store, control plane and Helm at the same time, and reports everything at once.
  - Changes nothing.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.known
options:
  requirements:
    description: What is needed, as the plan gives it.
    type: dict
    required: true
attributes:
  check_mode:
    support: full
    description: Checks in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3"
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Check everything that a rollout needs
  popsink.data_plane.popsink_preflight:
    requirements: "{{ plan.preflight }}"
"""

RETURN = r"""
report:
  description: One line for each check that warns or could not be done, as the action plugin prints them.
  returned: success
  type: list
  elements: str
findings:
  description: One entry a check, with id, status, found and remedy.
  returned: always
  type: list
  elements: dict
table:
  description: The findings as text, worst first.
  returned: success
  type: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    PASS,
    Finding,
    failures,
    table,
    worst_first,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import Requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import run_checks
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import KNOWN_SPEC, known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import BOTOCORE_IMPORT_ERROR

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "requirements": {"type": "dict", "required": True},
    "known": KNOWN_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR, "boto3 (botocore)": BOTOCORE_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Check; changes nothing."""
    want = Requirements.from_dict(params["requirements"])
    auth = auth_of(params)
    findings = run_checks(Cluster.connect(auth), want, known_of(params), auth)
    plain = [finding.as_dict() for finding in findings]
    if wrong := failures(findings):
        raise PopsinkError(
            f"{len(wrong)} of {len(findings)} checks failed; nothing was changed.\n{table(wrong)}",
            details={"findings": plain},
        )
    notable = [finding for finding in worst_first(findings) if finding.status != PASS]
    report = [*map(_line, notable), f"{len(findings) - len(notable)} of {len(findings)} checks passed"]
    return {"changed": False, "report": report, "findings": plain, "table": table(findings)}


def _line(finding: Finding) -> str:
    return f"{finding.status.upper()} {finding.id}: {finding.found} {finding.remedy}".strip()


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
