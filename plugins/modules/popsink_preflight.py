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
  - Changes nothing but O(audit_file). To find out whether the broker may write, an object is written to the bucket and
    deleted again. What must be made in the cluster is on request only, and is removed, also where the run is ended in
    the middle. In check mode nothing of that is done.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.outside
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
      moved:
        description: Whether the content of the bundled PostgreSQL is taken along before the release changes.
        type: bool
        default: false
      broker_update:
        description: Whether brokers of another image take the place of the old ones when these are stopped.
        type: str
        default: stop
        choices: [stop, rolling]
  enforce:
    description: Whether the task fails where a check does. Otherwise only what it returns tells.
    type: bool
    default: true
  thorough:
    description:
      - Whether checks that concern only a rollout are done also where the release is as planned already.
    type: bool
    default: true
  timeout:
    description:
      - Seconds after which there is a report, whoever has not answered by then. Looking from inside the cluster has its
        own time besides.
    type: int
    default: 60
  literals:
    description:
      - Values for the placeholders in the release's values. The action plugin fills this in on the controller; leave it
        out.
    type: dict
    default: {}
  bucket_admin:
    description:
      - Keys of whoever looks after a managed bucket. The action plugin fills this in on the controller; leave it out.
    type: dict
    default: {}
    suboptions:
      access_key_id:
        description: Id of the key. Without one, boto3 finds its own.
        type: str
        default: ""
      secret_access_key:
        description: Its secret half.
        type: str
        default: ""
      session_token:
        description: Its session token, for a key that ends.
        type: str
        default: ""
  audit_file:
    description: File on the controller into which the content of a schema registry is written that the release loses.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Checks in check mode as well, less what must be tried.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3"
  - "cryptography"
  - "kafka-python >= 3.0, for a Kafka outside of the chart"
  - "psycopg >= 3.1, for a PostgreSQL outside of the chart"
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
  description: What a change of version comes to, one line each, as the action plugin prints them.
  returned: always
  type: list
  elements: str
findings:
  description:
    - One entry a check. C(status) is V(fail), V(warn), V(not checked) or V(pass), C(found) what is the case, C(needed)
      what must be, and C(remedy) what to do.
  returned: always
  type: list
  elements: dict
failed_checks:
  description: Ids of the checks that failed.
  returned: always
  type: list
  elements: str
left_out:
  description: Ids of checks that were not needed, because the release is as planned.
  returned: always
  type: list
  elements: str
verdict:
  description: How many checks failed, and a table of those; empty where none did.
  returned: always
  type: str
database_is_empty:
  description: Whether the data plane's database outside of the chart was looked into, and holds no table.
  returned: always
  type: bool
registry_audited:
  description: Whether what a schema registry holds that goes is written to O(audit_file), or was given up.
  returned: always
  type: bool
seconds:
  description: What all of it took.
  returned: always
  type: float
table:
  description: The findings as text of at most 100 columns, worst first.
  returned: always
  type: str
"""

import time
from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC, auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import (
    KUBERNETES_IMPORT_ERROR,
    Cluster,
    NoCluster,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import (
    failures,
    table,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.databases import was_seen_empty
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.levels import refuse_unknown_levels
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Requirements
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.run import CHECKS, run_checks
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site
from ansible_collections.popsink.data_plane.plugins.module_utils.release.wanted import CONSENT_SPEC, Wanted
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import KNOWN_SPEC, known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import BOTOCORE_IMPORT_ERROR, Keys
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.veil import veiled

ARGUMENT_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    **OUTSIDE_ARGUMENT_SPEC,
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
    "enforce": {"type": "bool", "default": True},
    "thorough": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 60},
    "literals": {"type": "dict", "default": {}, "no_log": True},
    "bucket_admin": {
        "type": "dict",
        "default": {},
        "options": {
            "access_key_id": {"type": "str", "default": "", "no_log": False},
            "secret_access_key": {"type": "str", "default": "", "no_log": True},
            "session_token": {"type": "str", "default": "", "no_log": True},
        },
    },
    "audit_file": {"type": "str", "default": ""},
    "known": KNOWN_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR, "boto3 (botocore)": BOTOCORE_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Check; changes nothing."""
    want = Requirements.from_dict(params["requirements"])
    refuse_unknown_levels(want.levels, [check.id for check in CHECKS])
    auth = auth_of(params)
    # Pods take their time to be pulled and started.
    seconds = float(params["timeout"]) + (want.inside.seconds if want.inside else 0)
    wanted = Wanted.from_params({**params["release"], "literals": params["literals"]}) if params["release"] else None
    try:
        cluster = Cluster.connect(auth, seconds=float(params["timeout"]))
    except PopsinkError as error:
        # What does not need the cluster is looked at all the same.
        cluster = NoCluster(error)
    began = time.monotonic()
    site = Site(
        want,
        cluster,
        known_of(params),
        auth,
        wanted,
        seconds=seconds,
        check_mode=context.check,
        bucket_admin=_bucket_admin(params),
    )
    checked = run_checks(site, thorough=params["thorough"])
    findings, outlook = checked.findings, checked.outlook
    # None of it is a secret, and what stands for one in the inputs must not be cut out of it.
    kept = {"audit": veiled(outlook.audit)} if outlook.audit else {"registry_given_up": outlook.given_up}
    wrong = failures(findings)
    failure = f"{len(wrong)} of {len(findings)} checks failed; nothing was changed.\n{table(wrong)}" if wrong else ""
    result = {
        "changed": False,
        "report": list(outlook.lines),
        "findings": [finding.as_dict() for finding in findings],
        "failed_checks": [finding.id for finding in wrong],
        "left_out": list(checked.left_out),
        "seconds": round(time.monotonic() - began, 3),
        "table": table(findings),
        "verdict": failure,
        "database_is_empty": was_seen_empty(site),
        **kept,
    }
    if failure and params["enforce"]:
        raise PopsinkError(failure, details=result)
    return result


def _bucket_admin(params: dict[str, Any]) -> Keys:
    given = params["bucket_admin"]
    return Keys(*(given.get(name) or "" for name in ("access_key_id", "secret_access_key", "session_token")))


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
