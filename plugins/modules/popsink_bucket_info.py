#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket, looked at as the broker will."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_bucket_info
short_description: Check the bucket with the keys that the broker will have
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Asks the object store whether the bucket is there, in the named region, and open to these keys. Writes nothing.
extends_documentation_fragment:
  - popsink.data_plane.known
options:
  bucket:
    description: The bucket, as the plan gives it.
    type: dict
    required: true
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
    description: Looks in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3"
"""

EXAMPLES = r"""
- name: Look at the bucket
  popsink.data_plane.popsink_bucket_info:
    bucket:
      name: my-bucket
      region: eu-west-1
"""

RETURN = r"""
finding:
  description: What was found, with id, status, found and remedy.
  returned: always
  type: dict
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import KNOWN_SPEC, known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module
from ansible_collections.popsink.data_plane.plugins.module_utils.storage.bucket import (
    BOTOCORE_IMPORT_ERROR,
    Bucket,
    look_at,
)

ARGUMENT_SPEC: dict[str, Any] = {
    "bucket": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "endpoint": {"type": "str", "default": ""},
        },
    },
    "known": KNOWN_SPEC,
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"boto3 (botocore)": BOTOCORE_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Look; changes nothing."""
    known = known_of(params)
    finding = look_at(
        Bucket(**params["bucket"]), known.get("s3_access_key_id", ""), known.get("s3_secret_access_key", "")
    )
    if finding.status == FAIL:
        raise PopsinkError(finding.found, remedy=finding.remedy, details={"finding": finding.as_dict()})
    return {"changed": False, "finding": finding.as_dict()}


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
