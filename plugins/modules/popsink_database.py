#!/usr/bin/python
# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role and database in a PostgreSQL outside of the chart."""

from __future__ import annotations

DOCUMENTATION = r"""
module: popsink_database
short_description: Make role and database in a PostgreSQL outside of the chart
version_added: 0.1.0
author:
  - Popsink (@Popsink)
description:
  - Logs in as an administrator and makes what is missing, with the passwords of the deployment's Secrets.
  - A role that is made may log in and owns its database, and nothing else. Nobody else may connect to that database.
  - What is there is never dropped. A role or database of somebody else is not changed, and the task fails.
  - A role that this module made for the deployment gets the known password again where it has another, and the
    deployment has an id.
  - Ends where the data plane's database holds tables and their encryption key is known neither to the inventory nor to
    the cluster.
  - The server gets passwords as it would store them, so that its log cannot hold one.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - popsink.data_plane.access
  - popsink.data_plane.planned_secrets
  - popsink.data_plane.known
options:
  creation:
    description: What is made, as the plan gives it, the data plane's database first.
    type: dict
    required: true
    suboptions:
      host:
        description: Host of the server, as the deployment's pods reach it.
        type: str
        required: true
      port:
        description: Its port.
        type: int
        required: true
      sslmode:
        description: How connections are encrypted, in libpq's words, where the administrator's login says nothing else.
        type: str
        default: prefer
      ca_cert:
        description: Certificate of the CA that signed the server's, in PEM.
        type: str
        default: ""
      client_cert:
        description: Client certificate in PEM.
        type: str
        default: ""
      deployment:
        description: Whose it is; what is made says so in a comment.
        type: str
        required: true
      identified:
        description: Whether that is an id, which no other deployment has. Otherwise no password is set again.
        type: bool
        default: false
      made:
        description: Whether they are made. Otherwise there is nothing but O(look), with the owner's login.
        type: bool
        default: true
      databases:
        description: The databases, each with its owner.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the database.
            type: str
            required: true
          user:
            description: The owner, as it logs in.
            type: str
            required: true
          role:
            description: The owner's name within the server.
            type: str
            required: true
          password:
            description: Name of the secret with its password.
            type: str
            required: true
  look:
    description:
      - Makes nothing, and only ends where the data plane's database holds tables and the encryption key that they were
        written with is not known; or where it cannot be told.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Says what would be made.
  diff_mode:
    support: full
    description: Shows what is made.
requirements:
  - "kubernetes >= 24.2.0"
  - "psycopg >= 3.1"
  - "PyYAML >= 3.11"
"""

EXAMPLES = r"""
- name: Make role and database
  popsink.data_plane.popsink_database:
    namespace: popsink
    release: popsink
    secrets:
      - name: popsink-vault-database
        data:
          password: database_password
    creation:
      host: db.example.com
      port: 5432
      deployment: 0b9c7a52-6a30-4f0e-9a5b-1d2f3c4b5a69
      databases:
        - name: popsink
          user: popsink
          role: popsink
          password: database_password
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
from ansible_collections.popsink.data_plane.plugins.module_utils.database.bring import (
    make,
    outlook,
    refuse,
    require_readable,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.database.creation import ENCRYPTION_KEY, Creation
from ansible_collections.popsink.data_plane.plugins.module_utils.database.state import PSYCOPG_IMPORT_ERROR
from ansible_collections.popsink.data_plane.plugins.module_utils.libraries import missing
from ansible_collections.popsink.data_plane.plugins.module_utils.secrets.known import known_of
from ansible_collections.popsink.data_plane.plugins.module_utils.step import StepContext, run_as_module

#: What is never in a Kubernetes Secret, so that no planned one names it.
OWN_SECRETS = ("database_admin_dsn", "database_client_key")

_DATABASE: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "role": {"type": "str", "required": True},
    # The secret's name.
    "password": {"type": "str", "required": True, "no_log": False},
}

ARGUMENT_SPEC: dict[str, Any] = {
    **PLANNED_SECRETS_SPEC,
    "creation": {
        "type": "dict",
        "required": True,
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "required": True},
            "sslmode": {"type": "str", "default": "prefer"},
            "ca_cert": {"type": "str", "default": ""},
            "client_cert": {"type": "str", "default": ""},
            "deployment": {"type": "str", "required": True},
            "identified": {"type": "bool", "default": False},
            "made": {"type": "bool", "default": True},
            "databases": {"type": "list", "elements": "dict", "required": True, "options": _DATABASE},
        },
    },
    "look": {"type": "bool", "default": False},
}


def missing_library() -> str:
    """What must be installed first, or an empty string."""
    return missing({"kubernetes": KUBERNETES_IMPORT_ERROR, "psycopg": PSYCOPG_IMPORT_ERROR})


def run(params: dict[str, Any], context: StepContext) -> dict[str, Any]:
    """Make what is missing."""
    given = known_of(params)
    creation = Creation.from_dict(params["creation"], given.get("database_client_key", ""))
    specs = [SecretSpec.from_dict(secret) for secret in params["secrets"]]
    names = {ENCRYPTION_KEY, *(wanted.password for wanted in creation.databases)}
    known = resolved(Cluster.connect(auth_of(params)), params["namespace"], specs, given, names)
    if params["look"]:
        require_readable(creation, known)
        return {"changed": False, "report": []}
    if context.check:
        # Passwords may only be made by the run itself.
        steps, problems = outlook(creation, known)
        refuse(problems)
    else:
        steps = make(creation, known)
    report = [step.told for step in steps]
    shown = {"diff": {"before": "", "after": "".join(f"{line}\n" for line in report)}} if context.diff and steps else {}
    return {"changed": bool(steps), "report": report, **shown}


def main() -> None:
    """Run as a module."""
    run_as_module(ARGUMENT_SPEC, run, missing_library)


if __name__ == "__main__":
    main()
