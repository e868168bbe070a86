#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of a deployment (runs on the controller and against the cluster)."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_secrets
short_description: Generate, adopt and store the secrets of a deployment
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Generates the secrets that are missing, puts them into the cluster as Kubernetes Secrets, and stores them as
    inline vault values in a file of the inventory.
  - >-
    They are encrypted in the controller's memory with the vault password that the play has. No plaintext reaches a
    file.
  - >-
    Creating the Secret is the commit point. Whatever happens afterwards, the next run takes the values from the
    cluster.
  - >-
    What exists is validated and never changed. Where file and cluster differ, the keys are named and nothing is
    touched.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
options:
  database:
    description:
      - The database server outside of the chart, as the plan gives it.
      - No new encryption key is made where the data plane's database there holds tables, or where that cannot be told.
    type: dict
  database_is_empty:
    description:
      - Whether the check of the prerequisites has just seen that it holds none, so that it is not looked at again.
      - Counts where the database is not made on request.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says by name what would be made.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Make what is missing
  popsink.data_plane.popsink_secrets:
    namespace: popsink
    release: popsink
    secrets:
      - name: popsink-vault-jwt
        data:
          secret: jwt_secret
"""

RETURN = r"""
report:
  description: What changed and why, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
generated:
  description: Names of the secrets that were made.
  returned: success
  type: list
  elements: str
adopted:
  description: Names of the secrets that were taken from the cluster into the file.
  returned: success
  type: list
  elements: str
created:
  description: Names of the Kubernetes Secrets that were created.
  returned: success
  type: list
  elements: str
completed:
  description: Keys that were added to Kubernetes Secrets, as C(name.key).
  returned: success
  type: list
  elements: str
"""

# The action plugin of the same name does the work.
