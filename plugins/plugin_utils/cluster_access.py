# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the cluster is reached, from the inventory's inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError

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
    merged = {**access, **given}
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
        raise PopsinkError(f"popsink_cluster is no mapping of access options: {error}.") from error
    named = {"kubeconfig": variable("popsink_kubeconfig"), "context": variable("popsink_context")}
    return {**{name: value for name, value in named.items() if value}, **further}
