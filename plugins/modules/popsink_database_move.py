#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of the bundled PostgreSQL, moved."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_database_move
short_description: Copy the bundled PostgreSQL into a database outside of the chart
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Does nothing where the release does not run with the bundled PostgreSQL.
  - Closes its databases, copies each in one transaction into an empty one, and compares every table and sequence.
  - The programs in the pod of the bundled PostgreSQL do it, so the pod must reach the other server.
  - Where one fails all of them are opened again. Where it succeeds they stay closed, and the release must be changed.
  - A copy that is there and alike is not made again. Anything else that is there is refused.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
options:
  databases:
    description: The databases outside of the chart, as the plan gives them, the data plane's first.
    type: list
    elements: dict
    required: true
  tls:
    description: How they are reached, as the plan gives it, with C(sslmode) and C(ca_cert).
    type: dict
    required: true
  timeout:
    description: Seconds that one copy may take.
    type: int
    required: true
attributes:
  check_mode:
    support: full
    description:
      - Says what would be copied, and looks at both databases as the run would, except at one that is only to be made.
  diff_mode:
    support: none
    description: Nothing to show.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Move the database
  popsink.data_plane.popsink_database_move:
    namespace: popsink
    release: popsink
    secrets: "{{ plan.secrets.database }}"
    databases: "{{ plan.preflight.databases }}"
    tls: "{{ plan.preflight.database_tls }}"
    timeout: 3600
"""

RETURN = r"""
report:
  description: What was copied, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import PLANNED_SECRETS_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec, resolved
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database.move import Move, NotAskedError, Target, moved
from ansible_collections.popsink.data_plane.plugins.module_utils.database.moves import moves
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.databases import DATA_PLANE
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **PLANNED_SECRETS_SPEC,
    # Names of secrets, and no values.
    "databases": {"type": "list", "elements": "dict", "required": True, "no_log": False},
    "tls": {"type": "dict", "required": True},
    "timeout": {"type": "int", "required": True},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Move one database after the other."""
    if not any(database["variables"] == DATA_PLANE for database in params["databases"]):
        raise PopsinkError(
            "popsink_database_mode is 'bundled', so there is nowhere to move the database to.",
            remedy="Set it to external, with popsink_database_host and the like. A move back is not made from here.",
        )
    tls = {name: params["tls"][name] for name in ("sslmode", "ca_cert")}
    names = ("host", "port", "name", "user", "password")
    targets = [
        Target(
            **{name: database[name] for name in names},
            **tls,
            pending=context.check and bool(database.get("made")),
        )
        for database in params["databases"]
    ]
    cluster = Cluster.connect(auth_of(params))
    specs = [SecretSpec.from_dict(secret) for secret in params["secrets"]]
    known = resolved(cluster, params["namespace"], specs, known_of(params), {target.password for target in targets})
    found = moves(cluster, params["namespace"], params["release"], targets, known)
    if context.check:
        done = [_expected(move) for move in found]
    else:
        done = [_told(move, copied) for move, copied in zip(found, moved(found, params["timeout"]), strict=True)]
    return {"changed": bool(done), "report": done}


def _expected(move: Move) -> str:
    """What would be done, as far as it can be seen before the other database is made."""
    try:
        new = move.looked_at()
    except NotAskedError:
        if not move.target.pending:
            raise
        return f"database {move.told}: copied, once that is made"
    return f"database {move.told}: {'was copied before' if new.rows else 'copied'}"


def _told(move: Move, copied: bool) -> str:
    kept = "the volume of the old one stays, closed to everybody"
    return f"database {move.told}: {'copied and compared' if copied else 'was copied before'}; {kept}"


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
