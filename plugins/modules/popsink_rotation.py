#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing secrets of a deployment that runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_rotation
short_description: Replace secrets of a deployment that runs
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Replaces secrets in vault, database and cluster, restarts what reads them, and tries the new and the old value.
  - >-
    The action plugin leads through the steps. The new values stand in the vault beside the old ones until everything
    works with them, so a rotation that was ended is finished by the next one.
  - The encryption key of the connector configurations cannot be rotated.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.outside
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
  - popsink.data_plane.before
options:
  rotate:
    description: What is rotated.
    type: list
    elements: str
    required: true
  deployment:
    description: What is looked at, as the plan gives it.
    type: dict
    required: true
  timeout:
    description: Seconds until everything must work again.
    type: int
    default: 900
  step:
    description: What the action plugin asks for.
    type: str
    choices: [look, pending, apply, prove, settle]
    default: apply
attributes:
  check_mode:
    support: full
    description: Says what would be replaced and restarted.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3"
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Replace the administrator's password
  popsink.data_plane.popsink_rotation:
    namespace: popsink
    release: popsink
    secrets: "{{ plan.verify.secrets }}"
    deployment: "{{ plan.rotation }}"
    rotate: [admin_password]
"""

RETURN = r"""
report:
  description: What was done and what was found about it, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
findings:
  description: Whether the new values took effect, each with id, status, found and remedy.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import PLANNED_SECRETS_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bundled_server import BundledServer
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.outside import OUTSIDE_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.kinds import secrets_to_rotate
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.outside import (
    require_kafka,
    require_schema_registry,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.proof import Surroundings, Values, prove
from ansible_collections.popsink.data_plane.plugins.module_utils.rotation.rotate import (
    Rotation,
    apply,
    keep_pending,
    settle,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.catalogue import variables_of
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import KNOWN_SPEC, known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import (
    BOTOCORE_IMPORT_ERROR,
    Bucket,
    look_at,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.verification.login import Login

ARGUMENT_SPEC: dict[str, Any] = {
    **PLANNED_SECRETS_SPEC,
    **OUTSIDE_ARGUMENT_SPEC,
    "rotate": {"type": "list", "elements": "str", "required": True},
    "deployment": {"type": "dict", "required": True},
    "timeout": {"type": "int", "default": 900},
    "step": {"type": "str", "choices": ["look", "pending", "apply", "prove", "settle"], "default": "apply"},
    "before": KNOWN_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR, "boto3 (botocore)": BOTOCORE_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Do one step; each may be done again."""
    known, before, deployment = known_of(params), known_of({"known": params["before"]}), params["deployment"]
    names = secrets_to_rotate(params["rotate"])
    database = deployment["database"] if (deployment["database"] or {}).get("pod") else None
    bucket = Bucket(**deployment["bucket"]) if deployment["bucket"] else None
    cluster = Cluster.connect(auth_of(params))
    rotation = Rotation(
        params["namespace"],
        params["release"],
        [SecretSpec.from_dict(item) for item in params["secrets"]],
        {name: known[name] for name in names},
        {**known, **before},
        BundledServer(params["namespace"], **database) if database else None,
    )
    if params["step"] == "prove":
        login = Login(cluster, params["namespace"], deployment["service"])
        around = Surroundings(cluster, login, rotation.database, bucket)
        findings = prove(names, around, Values(known, before))
        return {"changed": False, "findings": [finding.as_dict() for finding in findings]}
    if params["step"] == "look":
        _require_ours(names, params["secrets"])
        if "s3_secret_access_key" in names and bucket:
            _require_bucket(bucket, known)
        if "kafka_sasl_password" in names and deployment["kafka"]:
            require_kafka(deployment["kafka"], known)
        if "schema_registry_password" in names and deployment["schema_registry"]:
            require_schema_registry(deployment["schema_registry"]["url"], known)
        return {"changed": False}
    if params["step"] == "apply":
        return {"changed": True, "report": apply(cluster, rotation, check=context.check)}
    if not context.check:
        (keep_pending if params["step"] == "pending" else settle)(cluster, rotation)
    return {"changed": True}


def _require_ours(names: list[str], secrets: list[dict[str, Any]]) -> None:
    """End before anything is changed where a secret is in no Secret of ours."""
    planned = {name for secret in secrets for name in secret["data"].values()}
    if lacking := [name for name in names if name not in planned]:
        raise PopsinkError(
            f"This deployment has no Secret with {variables_of(lacking)}; nothing was changed.",
            remedy="Leave it out of popsink_rotate; what popsink_secrets_in_values keeps in the release must be taken "
            "out of there first.",
        )


def _require_bucket(bucket: Bucket, known: dict[str, str]) -> None:
    """End before anything is changed where the new key does not open the bucket."""
    finding = look_at(bucket, known["s3_access_key_id"], known["s3_secret_access_key"])
    if finding.status == FAIL:
        raise PopsinkError(f"The new key does not open the bucket: {finding.found}", remedy=finding.remedy)


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
