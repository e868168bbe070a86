# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of where access comes from; the others are those of kubernetes.core.k8s_auth_options."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``popsink.data_plane.access``."""

    DOCUMENTATION = r"""
options:
  cluster_uid:
    description:
      - C(uid) of namespace C(kube-system) of the cluster that is meant. Nothing is asked of another one. Empty for any;
        the inventory's C(popsink_cluster_uid) where the task does not say which cluster it means.
    type: str
    default: ""
notes:
  - Where a task does not say which cluster it means (C(kubeconfig), C(context) or C(host)), the inventory's inputs do,
    C(popsink_kubeconfig), C(popsink_context) and C(popsink_cluster). The two are never mixed.
"""
