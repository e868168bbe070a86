# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the cluster is reached, from the inventory's inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import CLUSTER_ARGUMENT_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.names import did_you_mean

#: Options that say which cluster is meant.
_WHICH = ("kubeconfig", "context", "host")


def with_access(arguments: Mapping[str, Any], variable: Callable[[str], Any]) -> dict[str, Any]:
    """A module's arguments with the inventory's access options, unless the task itself says which cluster it means.

    That is never mixed: one's kubeconfig with another's context would be some other cluster. Further options of a task
    (a proxy, whether certificates are validated) win one by one.

    :param variable: gives an inventory variable's value, None when it is not defined.
    :raises PopsinkError: ``popsink_cluster`` is no mapping, or a kubeconfig is one.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    access = {} if any(name in given for name in _WHICH) else _of_inventory(variable)
    # A task that means a cluster of its own does not mean the inventory's.
    pinned = "" if any(name in given for name in _WHICH) else variable("popsink_cluster_uid")
    meant = {"cluster_uid": str(pinned)} if pinned else {}
    merged = {**meant, **access, **given}
    if isinstance(merged.get("kubeconfig"), Mapping):
        raise PopsinkError(
            "The kubeconfig is given as a mapping, which Helm cannot use.", remedy="Give the path of a file instead."
        )
    return merged


def _of_inventory(variable: Callable[[str], Any]) -> dict[str, Any]:
    try:
        # As text it comes from a survey or an extra variable.
        further = check_type_dict(variable("popsink_cluster") or {})
    except TypeError as error:
        raise PopsinkError(
            f"popsink_cluster is no mapping of access options: {error}.",
            remedy="Name them as kubernetes.core does, for instance {host: https://…, api_key: …}.",
        ) from error
    if unknown := sorted(str(name) for name in further if name not in CLUSTER_ARGUMENT_SPEC):
        raise PopsinkError(
            f"popsink_cluster has {', '.join(unknown)}, which is no option for access to a cluster.",
            remedy=did_you_mean(unknown[0], CLUSTER_ARGUMENT_SPEC)
            or f"The options of kubernetes.core are: {', '.join(sorted(CLUSTER_ARGUMENT_SPEC))}.",
        )
    named = {"kubeconfig": variable("popsink_kubeconfig"), "context": variable("popsink_context")}
    return {**{name: value for name, value in named.items() if value}, **further}
