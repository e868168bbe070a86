# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that name the Secrets of a deployment."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``popsink.data_plane.planned_secrets``."""

    DOCUMENTATION = r"""
options:
  namespace:
    description: Namespace of the Secrets.
    type: str
    required: true
  release:
    description: Release that they belong to; they are labelled with it.
    type: str
    required: true
  secrets:
    description:
      - The Secrets, as the plan lists them.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the Secret.
        type: str
        required: true
      role:
        description: Role of this collection that answers for it.
        type: str
      type:
        description: Type of the Secret.
        type: str
        default: Opaque
      variable:
        description: The input that names it, where somebody else looks after it. It is then read and never written.
        type: str
        default: ""
      data:
        description: Key within the Secret to the name of a secret, never a value.
        type: dict
        required: true
"""
