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
  - Changes nothing but O(audit_file), and that not in check mode.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.known
options:
  requirements:
    description: What is needed, as the plan gives it.
    type: dict
    required: true
  release:
    description:
      - The release that is wanted, as M(popsink.data_plane.popsink_release) takes it. Where it is another than the one
        that is there, Helm renders it, the server judges it, and what the change comes to is told.
    type: dict
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      namespace:
        description: Its namespace.
        type: str
        required: true
      chart:
        description: The chart, as the plan gives it.
        type: dict
        required: true
      values:
        description: Chart values, as the plan gives them.
        type: dict
        required: true
      pending_after:
        description: Seconds after which a revision that Helm left pending counts as abandoned.
        type: int
        default: 600
      karapace_schemas:
        description: What becomes of the schemas where Karapace goes.
        type: str
        default: ""
        choices: ["", discard, migrate, external]
      accept:
        description: Other one-way steps that are accepted.
        type: list
        elements: str
        default: []
      broker_update:
        description: Whether brokers of another image take the place of the old ones when these are stopped.
        type: str
        default: stop
        choices: [stop, rolling]
  literals:
    description:
      - Values for the placeholders in the release's values. The action plugin fills this in on the controller; leave it
        out.
    type: dict
    default: {}
  audit_file:
    description: File on the controller into which the content of a schema registry is written that the release loses.
    type: str
    default: ""
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
  description:
    - What a change of version comes to, and one line for each check that warns or could not be done, as the action
      plugin prints them.
  returned: always
  type: list
  elements: str
findings:
  description: One entry a check, with id, status, found and remedy.
  returned: always
  type: list
  elements: dict
registry_audited:
  description: Whether what a schema registry holds that goes is written to O(audit_file), or was given up.
  returned: always
  type: bool
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
    FAIL,
    PASS,
    Finding,
    failures,
    table,
    worst_first,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.collected import Requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import run_checks
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import CONSENT_SPEC, Wanted
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import KNOWN_SPEC, known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import BOTOCORE_IMPORT_ERROR
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.veil import veiled

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "requirements": {"type": "dict", "required": True},
    "release": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "namespace": {"type": "str", "required": True},
            "chart": {"type": "dict", "required": True},
            "values": {"type": "dict", "required": True},
            "pending_after": {"type": "int", "default": 600},
            **CONSENT_SPEC,
        },
    },
    "literals": {"type": "dict", "default": {}, "no_log": True},
    "audit_file": {"type": "str", "default": ""},
    "known": KNOWN_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR, "boto3 (botocore)": BOTOCORE_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Check; changes nothing."""
    want = Requirements.from_dict(params["requirements"])
    auth = auth_of(params)
    wanted = Wanted.from_params({**params["release"], "literals": params["literals"]}) if params["release"] else None
    checked = run_checks(Cluster.connect(auth), want, known_of(params), auth, wanted)
    findings, outlook = checked.findings, checked.outlook
    plain = [finding.as_dict() for finding in findings]
    # None of it is a secret, and what stands for one in the inputs must not be cut out of it.
    kept = {"audit": veiled(outlook.audit)} if outlook.audit else {"registry_given_up": outlook.given_up}
    notable = [finding for finding in worst_first(findings) if finding.status not in (PASS, FAIL)]
    report = [*outlook.lines, *map(_line, notable)]
    if wrong := failures(findings):
        raise PopsinkError(
            f"{len(wrong)} of {len(findings)} checks failed; nothing was changed.\n{table(wrong)}",
            details={"findings": plain, "report": report, **kept},
        )
    report.append(f"{len(findings) - len(notable)} of {len(findings)} checks passed")
    return {"changed": False, "report": report, "findings": plain, "table": table(findings), **kept}


def _line(finding: Finding) -> str:
    return f"{finding.status.upper()} {finding.id}: {finding.found} {finding.remedy}".strip()


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
