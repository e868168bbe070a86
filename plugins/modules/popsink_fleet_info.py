#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What deployments of an inventory share."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_fleet_info
short_description: Find what deployments of an inventory share and must not
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Compares encryption keys, secrets files, releases, buckets, and databases outside of the chart (the data plane's and
    Kora's in one table) of all hosts of the inventory that have them, on the controller.
  - Fails where two have the same. What no vault password of the play decrypts is reported as not compared.
  - No value is shown. Changes nothing.
options: {}
attributes:
  check_mode:
    support: full
    description: Compares in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
"""

EXAMPLES = r"""
- name: Compare what no two deployments may share
  popsink.data_plane.popsink_fleet_info:
  run_once: true
"""

RETURN = r"""
report:
  description: What could not be compared, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
findings:
  description: What is shared or could not be compared, each with id, status, found and remedy.
  returned: always
  type: list
  elements: dict
"""

# The action plugin of the same name does the work.
