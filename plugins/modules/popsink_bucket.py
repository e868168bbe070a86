#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket that the broker keeps its records in."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_bucket
short_description: Make a bucket, and keep it right
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Makes the bucket where it is missing, and sets versioning, lifecycle rules, encryption, the block of public access
    and a policy where they are otherwise.
  - Nothing in it is ever deleted, nor the bucket; versioning is never turned off, and lifecycle rules of others stay.
  - What an S3-compatible store does not know is said, and no failure.
extends_documentation_fragment:
  - popsink.data_plane.outside
options:
  name:
    description: Name of the bucket.
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
  versioning:
    description: Whether it keeps versions.
    type: bool
    default: true
  old_versions_days:
    description:
      - Days after which versions that are no longer current are deleted; V(0) for never.
      - Without it, a bucket that is made deletes them after 30 days, and one that was there keeps what it does.
    type: int
  uploads_days:
    description: Days after which the parts of uploads that never ended are deleted; V(0) for never.
    type: int
    default: 7
  kms_key:
    description: ARN of the KMS key that encrypts it. Empty for the store's own keys.
    type: str
    default: ""
  policy:
    description: The bucket's policy, in place of the whole policy that is there. Empty to leave that alone.
    type: dict
    default: {}
  identity:
    description: The broker's identity, of which it is told what it is to be allowed.
    type: dict
    suboptions:
      role:
        description: ARN of the role of the broker's service account. Empty where it has keys.
        type: str
        default: ""
      issuer:
        description: URL of the cluster's OIDC issuer.
        type: str
        default: ""
      namespace:
        description: Namespace of the service account.
        type: str
        default: ""
      account:
        description: Name of the service account.
        type: str
        default: ""
  policies_file:
    description: File on the controller into which the action plugin writes both policies, as JSON. Empty for none.
    type: str
    default: ""
  admin_access_key_id:
    description: Id of the key of whoever looks after the bucket. Without one, boto3 finds its own.
    type: str
    default: ""
  admin_secret_access_key:
    description: Its secret half.
    type: str
    default: ""
  admin_session_token:
    description: Its session token, for a key that ends.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Says what would be made and set.
  diff_mode:
    support: full
    description: Shows what is set otherwise.
requirements:
  - "boto3"
"""

EXAMPLES = r"""
- name: Make the bucket, and keep it right
  popsink.data_plane.popsink_bucket:
    name: acme-popsink
    region: eu-west-1
"""

RETURN = r"""
report:
  description: What changed, and what the store does not know, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
policies:
  description: What the broker's identity is to be allowed (C(bucket)), and who may take on its role (C(trust)).
  returned: when an identity is given
  type: dict
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.managed import (
    BOTO3_IMPORT_ERROR,
    Wanted,
    bring,
    connected,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.policies import bucket_policy, trust_policy

_ADMIN = ("admin_access_key_id", "admin_secret_access_key", "admin_session_token")

ARGUMENT_SPEC: dict[str, Any] = {
    **OUTSIDE_ARGUMENT_SPEC,
    "name": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
    "endpoint": {"type": "str", "default": ""},
    "versioning": {"type": "bool", "default": True},
    "old_versions_days": {"type": "int"},
    "uploads_days": {"type": "int", "default": 7},
    "kms_key": {"type": "str", "default": "", "no_log": False},
    "policy": {"type": "dict", "default": {}},
    "identity": {
        "type": "dict",
        "options": {name: {"type": "str", "default": ""} for name in ("role", "issuer", "namespace", "account")},
    },
    "policies_file": {"type": "str", "default": ""},
    "admin_access_key_id": {"type": "str", "default": "", "no_log": False},
    **{name: {"type": "str", "default": "", "no_log": True} for name in _ADMIN[1:]},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"boto3": BOTO3_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Bring the bucket to what is wanted."""
    wanted = Wanted(**{name: params[name] for name in Wanted.__dataclass_fields__})
    client = connected(wanted, *(params[name] for name in _ADMIN))
    outcome = bring(client, wanted, check=context.check)
    result: dict[str, Any] = {"changed": outcome.changed, "report": outcome.report}
    if context.diff:
        result["diff"] = {"before": outcome.before, "after": outcome.after}
    if identity := params["identity"]:
        policies = {"bucket": bucket_policy(wanted.name, wanted.region, wanted.kms_key)}
        if identity["role"]:
            issuer = identity["issuer"] or "https://ISSUER"
            policies["trust"] = trust_policy(identity["role"], issuer, identity["namespace"], identity["account"])
        result["policies"] = policies
    return result


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
