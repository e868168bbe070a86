#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A further role and database in the bundled PostgreSQL."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_bundled_database
short_description: Make a further role and database in the bundled PostgreSQL
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Waits until the PostgreSQL of the release takes connections, and makes a role and a database that it owns.
  - Nobody else may connect to a database that is made. What is there is never dropped; a role or database of somebody
    else is not changed, and the task fails.
  - A role that this module made gets the known password again where it has another.
  - The server gets passwords as it would store them, so that its log cannot hold one.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
options:
  creation:
    description: What is made and where, as the plan gives it.
    type: dict
    required: true
    suboptions:
      server:
        description: The server's C(pod), with C(user) and C(name) of the data plane's own role and database, and
          C(registry_user) where the role is another.
        type: dict
        required: true
      wanted:
        description: Its C(name), the C(user) and C(role) that own it, and C(password), the name of the secret.
        type: dict
        required: true
  timeout:
    description: Seconds until the server must take connections.
    type: int
    default: 900
attributes:
  check_mode:
    support: full
    description: Says what would be made.
  diff_mode:
    support: full
    description: Shows what is made.
requirements:
  - "kubernetes >= 24.2.0"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Make the schema registry's own database
  popsink.data_plane.popsink_bundled_database:
    namespace: popsink
    release: popsink
    secrets: "{{ plan.secrets.database }}"
    creation:
      server:
        pod: popsink-postgresql-0
        user: popsink
        name: popsink
        registry_user: kora
      wanted:
        name: kora
        user: kora
        role: kora
        password: schema_registry_database_password
"""

RETURN = r"""
report:
  description: What was made, one line each, as the action plugin prints them.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.auth import auth_of
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.planned_secrets import PLANNED_SECRETS_SPEC
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.secrets import SecretSpec, resolved
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import KUBERNETES_IMPORT_ERROR, Cluster
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bundled_server import administrator_of
from ansible_collections.popsink.data_plane.plugins.module_utils.database.kora import ensure, wanted_from
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

ARGUMENT_SPEC: dict[str, Any] = {
    **PLANNED_SECRETS_SPEC,
    "creation": {
        "type": "dict",
        "required": True,
        "options": {
            "server": {"type": "dict", "required": True},
            # The name of a secret, and no value.
            "wanted": {"type": "dict", "required": True, "no_log": False},
        },
    },
    "timeout": {"type": "int", "default": 900},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Make what is missing."""
    database, wanted = wanted_from(params["creation"], params["namespace"])
    cluster = Cluster.connect(auth_of(params))
    specs = [SecretSpec.from_dict(secret) for secret in params["secrets"]]
    names = {"database_admin_password", wanted.password}
    known = resolved(cluster, params["namespace"], specs, known_of(params), names)
    if "database_admin_password" not in known:
        # Left to the chart, by whoever made the release by hand.
        known["database_admin_password"] = administrator_of(cluster, params["namespace"], params["release"])
    report = ensure(cluster, database, wanted, known, params["timeout"], check=context.check)
    shown = (
        {"diff": {"before": "", "after": "".join(f"{line}\n" for line in report)}} if context.diff and report else {}
    )
    return {"changed": bool(report), "report": report, **shown}


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
