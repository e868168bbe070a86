#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight of all deployments found."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_preflight_report
short_description: Report what the preflight of all deployments of a run found
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Runs on the controller, once a play, after M(popsink.data_plane.popsink_preflight) ran for all hosts and its result
    was registered as C(__popsink_preflight), as the role P(popsink.data_plane.prerequisites#role) does.
  - Prints one line a deployment, worst first; of a single one its findings. Fails by itself only where a file cannot be
    written.
  - Hands the findings to AWX as the job's artifact C(popsink_preflight).
options:
  whole:
    description: Whether the findings of a single deployment are printed with those that passed or failed.
    type: bool
    default: false
  json_file:
    description: File on the controller for the findings of all deployments as JSON. Written in check mode as well.
    type: str
    default: ""
  junit_file:
    description: The same as JUnit XML, one test suite a deployment. What was not checked counts as skipped.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Reports in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
"""

EXAMPLES = r"""
- name: Report what was found
  popsink.data_plane.popsink_preflight_report:
    json_file: /tmp/preflight.json
  run_once: true
"""

RETURN = r"""
deployments:
  description: For each host C(status), C(counts) by status, C(findings), C(left_out) and C(seconds).
  returned: success
  type: dict
"""

# The action plugin of the same name does the work.
