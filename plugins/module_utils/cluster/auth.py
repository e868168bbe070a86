# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options for access to the cluster: kubernetes.core's own, under their own names, and which cluster is meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

#: kubernetes.core's own.
ACCESS_OPTIONS = tuple(AUTH_ARG_SPEC)

#: What a module accepts for access.
CLUSTER_ARGUMENT_SPEC: dict[str, Any] = {**AUTH_ARG_SPEC, "cluster_uid": {"type": "str", "default": ""}}


def auth_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """The access options among a module's parameters."""
    auth = {name: params.get(name) for name in CLUSTER_ARGUMENT_SPEC}
    if isinstance(auth["kubeconfig"], str):
        # The Kubernetes client would do so itself; Helm would not.
        auth["kubeconfig"] = str(Path(auth["kubeconfig"]).expanduser())
    return auth
