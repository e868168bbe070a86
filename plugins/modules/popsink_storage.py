#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The broker's object store."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_storage
short_description: Give the broker its object store
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Asks the object store whether the bucket is there, in the named region, and open to the broker's keys.
  - Nothing is written into the bucket.
  - Then creates the Secrets with these keys where they are missing. What exists is compared and never overwritten.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.outside
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
options:
  bucket:
    description:
      - The bucket, as the plan gives it. Not looked at when it is left out, for instance because
        M(popsink.data_plane.popsink_preflight) has.
    type: dict
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      region:
        description: Its region.
        type: str
        required: true
      endpoint:
        description: URL of an S3-compatible store. Empty for AWS.
        type: str
        default: ""
attributes:
  check_mode:
    support: full
    description: Looks at the bucket, and says which Secrets would be created.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3"
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Give the broker its object store
  popsink.data_plane.popsink_storage:
    namespace: popsink
    release: popsink
    bucket:
      name: my-bucket
      region: eu-west-1
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
finding:
  description: What was found about the bucket, with id, status, found and remedy.
  returned: when the bucket was looked at
  type: dict
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
drifted:
  description: Keys whose values in cluster and inventory differ, as C(name.key).
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import (
    PLANNED_SECRETS_SPEC,
    ensure_planned_secrets,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec, resolved
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import (
    BOTOCORE_IMPORT_ERROR,
    Bucket,
    look_at,
)

_KEYS = ("s3_access_key_id", "s3_secret_access_key")

ARGUMENT_SPEC: dict[str, Any] = {
    **PLANNED_SECRETS_SPEC,
    **OUTSIDE_ARGUMENT_SPEC,
    "bucket": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "endpoint": {"type": "str", "default": ""},
        },
    },
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR, "boto3 (botocore)": BOTOCORE_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Look at the bucket where that is asked for, then put the keys into the cluster."""
    looked: dict[str, Any] = {}
    if params["bucket"]:
        specs = [SecretSpec.from_dict(secret) for secret in params["secrets"]]
        cluster = Cluster.connect(auth_of(params))
        known = resolved(cluster, params["namespace"], specs, known_of(params), _KEYS)
        finding = look_at(Bucket(**params["bucket"]), *(known.get(name, "") for name in _KEYS))
        looked = {"finding": finding.as_dict()}
        if finding.status == FAIL:
            raise PopsinkError(finding.found, remedy=finding.remedy, details=looked)
    return {**looked, **ensure_planned_secrets(params, context)}


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
