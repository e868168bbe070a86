# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part that all modules share which put planned Secrets into the cluster: their arguments, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..secrets.known import KNOWN_SPEC, known_of
from ..step import StepContext
from .auth import CLUSTER_ARGUMENT_SPEC, auth_of
from .secrets import SecretSpec, ensure_secrets
from .session import Cluster

#: The documentation fragments kubernetes.core.k8s_auth_options and popsink.data_plane's planned_secrets and known.
PLANNED_SECRETS_SPEC: dict[str, Any] = {
    **CLUSTER_ARGUMENT_SPEC,
    "namespace": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "secrets": {
        "type": "list",
        "elements": "dict",
        "required": True,
        # Names and references; the values come in `known`.
        "no_log": False,
        "options": {
            "name": {"type": "str", "required": True},
            "role": {"type": "str"},
            "type": {"type": "str", "default": "Opaque"},
            "variable": {"type": "str", "default": ""},
            "data": {"type": "dict", "required": True},
        },
    },
    "known": KNOWN_SPEC,
}


def ensure_planned_secrets(
    params: Mapping[str, Any], context: StepContext, *, stop_at_conflict: bool = False
) -> dict[str, Any]:
    """Create what is missing, compare what is there: a module's result.

    :raises PopsinkError: a value is needed and not known, differs, or the API refused.
    """
    return ensure_secrets(
        Cluster.connect(auth_of(params)),
        params["namespace"],
        params["release"],
        [SecretSpec.from_dict(item) for item in params["secrets"]],
        known_of(params),
        check=context.check,
        fail_on_drift=True,
        stop_at_conflict=stop_at_conflict,
    )
