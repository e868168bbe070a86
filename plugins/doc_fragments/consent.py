# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that accept what cannot be taken back."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``popsink.data_plane.consent``."""

    DOCUMENTATION = r"""
options:
  karapace_schemas:
    description:
      - What becomes of the schemas where Karapace goes. They are given up, moved by the user afterwards, or in a
        registry outside the chart.
    type: str
    default: ""
    choices: ["", discard, migrate, external]
  accept:
    description: Other one-way steps that are accepted, by the names under which they are refused.
    type: list
    elements: str
    default: []
  moved:
    description: Whether the content of the bundled PostgreSQL is taken along to the database outside of the chart.
    type: bool
    default: false
  broker_update:
    description: Whether brokers of another image take the place of the old ones when these are stopped, or one by one.
    type: str
    default: stop
    choices: [stop, rolling]
"""
