#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a deployment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_plan
short_description: Plan a deployment from its inputs and the pinned chart
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Validates all C(popsink_*) variables of the host, reads the pinned chart, and makes the plan from both and from the
    names of the secrets that are known.
  - >-
    The plan holds chart values, the Kubernetes Secrets that they name, further objects, and findings. It holds no
    secret value.
  - Variables are read on the controller, the chart on the host. Changes nothing.
options:
  published:
    description:
      - Whether chart and images are planned as they are published, though the inventory has them from a mirror.
      - That is how a mirror is filled.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Plans in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
"""

EXAMPLES = r"""
- name: Plan the deployment
  popsink.data_plane.popsink_plan:
  register: plan
"""

RETURN = r"""
chart:
  description: The pinned chart by name, version, application version, digest, and path of its archive on the host.
  returned: success
  type: dict
chart_values:
  description: Chart values. A mapping with the key C(__popsink_secret__) stands for a secret's value.
  returned: success
  type: dict
secrets:
  description: Kubernetes Secrets by the role that answers for them.
  returned: success
  type: dict
requires:
  description: Names of these Secrets with their keys, which must be there before the release.
  returned: success
  type: dict
ca:
  description: The ConfigMap with authorities that the pods trust, by name, and the private ones of them; empty without.
  returned: success
  type: dict
manifests:
  description: Objects beside the chart's own.
  returned: success
  type: list
  elements: dict
absent:
  description: Objects that this collection may have made earlier and that are not wanted now.
  returned: success
  type: list
  elements: dict
by_the_chart:
  description: Whether the chart's own Ingress leads the public URL to the data plane.
  returned: success
  type: bool
bucket:
  description: The broker's bucket, its region and endpoint.
  returned: success
  type: dict
database:
  description: What M(popsink.data_plane.popsink_database) makes on request.
  returned: success
  type: dict
bundled_database:
  description: What M(popsink.data_plane.popsink_bundled_database) makes beside the data plane's own database.
  returned: success
  type: dict
managed_bucket:
  description: The bucket that M(popsink.data_plane.popsink_bucket) makes and keeps right, where it is asked for.
  returned: success
  type: dict
preflight:
  description: What M(popsink.data_plane.popsink_preflight) checks.
  returned: success
  type: dict
verify:
  description: What M(popsink.data_plane.popsink_verify) looks at.
  returned: success
  type: dict
url:
  description: The public URL.
  returned: success
  type: str
findings:
  description: What is worth knowing or wrong, each with id, status, found and remedy.
  returned: always
  type: list
  elements: dict
"""

# The action plugin of the same name does the work.
