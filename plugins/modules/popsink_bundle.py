#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing and proving bundles (runs on the controller)."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_bundle
short_description: Write a backup of deployments as one encrypted bundle, and prove it
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Puts the parts that M(popsink.data_plane.popsink_backup) read into one bundle, encrypted as a whole with the play's
    vault password, and writes it to a file or into a bucket. C(ansible-vault view) opens it.
  - >-
    What it has written it reads back: the bundle opens, holds every deployment, and each of their secrets as it is now.
  - An existing file or object is never overwritten.
  - >-
    For a bucket, credentials, region and endpoint come from where boto3 looks for them on the controller, for instance
    E(AWS_PROFILE), E(AWS_REGION) and E(AWS_ENDPOINT_URL_S3).
options:
  file:
    description: Where the bundle is or is to be, a path on the controller or C(s3://BUCKET/KEY).
    type: str
    required: true
  parts:
    description: The parts by inventory host, as M(popsink.data_plane.popsink_backup) gave them.
    type: dict
    required: true
  verify_only:
    description: Write nothing, and prove the bundle that is there.
    type: bool
    default: false
  vault_id:
    description: Label of the vault password to encrypt with; empty for the play's first one.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Says what would be written. A bundle that is there is proven in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "boto3 >= 1.36, for a bucket"
"""

EXAMPLES = r"""
- name: Write the bundle
  popsink.data_plane.popsink_bundle:
    file: s3://backups/popsink/2026-11-25.yml
    parts:
      first: "{{ hostvars.first.backup.part }}"
  run_once: true
"""

RETURN = r"""
report:
  description: What was written and what was found, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
"""

# The action plugin of the same name does the work.
