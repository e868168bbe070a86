#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a roll-out."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_summary
short_description: Tell what came of a roll-out
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Runs on the controller at the end of a roll-out or a move, also for a host that failed, and prints one block a
    deployment. It has the state, release and chart version, what changed, the public URL, and what to do next.
  - Reads what the roles of this collection registered.
  - Hands the same to AWX as the job's artifact C(popsink_result), by host, which the next job of a workflow gets as a
    variable. It holds no secret.
options:
  release:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  secrets_store:
    description: Where generated secrets are kept, V(file) or V(cluster).
    type: str
    default: file
  secrets_file:
    description: The file, with O(secrets_store=file).
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Tells what would change.
  diff_mode:
    support: none
    description: Nothing to show.
"""

EXAMPLES = r"""
- name: Tell what came of it
  popsink.data_plane.popsink_summary:
    release: popsink
    namespace: popsink
"""

RETURN = r"""
deployment:
  description:
    - C(state), which is C(works), C(failed), C(not verified), or in check mode C(would change) or C(as planned).
    - C(release), C(namespace), C(chart_version), C(revision), C(changed) with roles, C(failed_step) with the role that
      failed, C(findings) with ids by status, and C(url).
  returned: success
  type: dict
"""

# The action plugin of the same name does the work.
