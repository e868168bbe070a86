#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX is to have."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_awx_definition
short_description: Check what AWX is to have, before it is made
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - >-
    Holds the C(popsink_awx_*) variables against themselves and against what AWX has, and gives what AWX would fill in.
  - Asks AWX with the lookup of the collection C(awx.awx), on the controller. Changes nothing.
options:
  projects:
    description: Names of the projects that the role makes.
    type: list
    elements: str
    default: []
  inventories:
    description: Names of the inventories that the role makes.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Looks in check mode as well.
  diff_mode:
    support: none
    description: Nothing to show.
"""

EXAMPLES = r"""
- name: See that what AWX is to have is right
  popsink.data_plane.popsink_awx_definition:
    projects: [Popsink data plane]
    inventories: [Popsink data planes]
  register: definition
"""

RETURN = r"""
surveys:
  description: Questions by kind and name of the template that asks them, with all that AWX's own pages need.
  returned: success
  type: dict
inputs:
  description: Fields of types of credentials by the type's name, as AWX keeps them.
  returned: success
  type: dict
ids:
  description: Ids of what AWX has, by kind and name, as names are meant in the organization.
  returned: success
  type: dict
own_credentials:
  description: Names of the organization's own credentials.
  returned: success
  type: list
  elements: str
known:
  description: The same as C(kind/name).
  returned: success
  type: list
  elements: str
findings:
  description: What is wrong, each with id, status, found and remedy.
  returned: failure
  type: list
  elements: dict
"""

# The action plugin of the same name does the work.
