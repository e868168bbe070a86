# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespace of a deployment."""

from __future__ import annotations

from .session import ApiError, Cluster


def ensure_namespace(cluster: Cluster, name: str) -> bool:
    """Make the namespace when it is missing; labels and annotations of one that is there are left alone.

    :return: whether it was made.
    """
    if cluster.find(f"/api/v1/namespaces/{name}") is not None:
        return False
    try:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    except ApiError as error:
        if error.status != 409:
            raise
    return True
