# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of how servers outside of the cluster are reached."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``popsink.data_plane.outside``."""

    DOCUMENTATION = r"""
options:
  outside:
    description:
      - How servers outside of the cluster are reached. Where a task does not say, the inventory's inputs do,
        C(popsink_ca_certificates), C(popsink_http_proxy), C(popsink_https_proxy) and C(popsink_no_proxy).
      - What is not given is as the environment has it.
    type: dict
    default: {}
    suboptions:
      ca_certificates:
        description: Private authorities in PEM that are trusted beside those of the system.
        type: str
        default: ""
      http_proxy:
        description: URL of the proxy for unencrypted HTTP.
        type: str
        default: ""
      https_proxy:
        description: URL of the proxy for HTTPS.
        type: str
        default: ""
      no_proxy:
        description: Hosts and domains that are asked directly. The cluster's API always is.
        type: list
        elements: str
        default: []
"""
