# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bundled PostgreSQL: its roles and their passwords, which it reads from Secrets only when its volume is empty."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass

from ..cluster.execution import Execution, execute
from ..cluster.secrets import decoded, read_secrets
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..release.state import find_deployed
from ..tree import dig
from .quoting import quoted

#: Role that may change every other, in Bitnami's PostgreSQL.
ADMINISTRATOR = "postgres"

_CONTAINER = "postgresql"

#: Over TCP, where a password is asked for. Password and statement come line by line, so that no process list has them.
_PSQL = (
    "IFS= read -r PGPASSWORD; IFS= read -r statement; export PGPASSWORD; "
    'printf "%s\\n" "$statement" | psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -U "$0" -d "$1" -f -'
)

#: What psql says of a wrong password; from PostgreSQL's own messages.
_WRONG_PASSWORD = "password authentication failed"

_ITERATIONS = 4096
_SALT_BYTES = 16


@dataclass(frozen=True)
class BundledServer:
    """The bundled PostgreSQL.

    :ivar pod: its pod.
    :ivar user: role of the data plane.
    :ivar name: database of the data plane.
    :ivar registry_user: role of the schema registry's own; empty where it has none here.
    """

    namespace: str
    pod: str
    user: str
    name: str
    registry_user: str = ""

    def role(self, secret: str) -> str:
        """The role whose password a secret is; empty where it is none of this server's."""
        roles = {
            "database_password": self.user,
            "schema_registry_database_password": self.registry_user,
            "database_admin_password": ADMINISTRATOR,
        }
        return roles.get(secret, "")

    def takes(self, cluster: Cluster, role: str, password: str) -> bool:
        """Whether a role can log in with a password.

        :raises PopsinkError: it cannot be asked.
        """
        done = self.run(cluster, role, password, "SELECT 1;")
        if done.code and _WRONG_PASSWORD not in done.errors:
            raise PopsinkError(f"PostgreSQL in pod {self.pod} cannot be asked: {done.reason}.")
        return done.code == 0

    def change(self, cluster: Cluster, role: str, new: str, logins: Iterable[tuple[str, str]]) -> None:
        """Give a role a new password; done already is as good.

        The server gets what it would store, not the password, so that its log cannot hold it.

        :param logins: roles with passwords to log in with, tried in order.
        :raises PopsinkError: none of them can log in, or PostgreSQL refused.
        """
        if self.takes(cluster, role, new):
            return
        statement = f"ALTER ROLE {quoted(role)} PASSWORD '{scram(new)}';"
        for login, password in logins:
            if not self.takes(cluster, login, password):
                continue
            done = self.run(cluster, login, password, statement)
            if done.code:
                raise PopsinkError(f"PostgreSQL refused to change the password of {role}: {done.reason}.")
            return
        raise PopsinkError(
            f"PostgreSQL in pod {self.pod} takes neither the present nor the new password of {role}.",
            remedy=f"Set it there by hand to the one of the vault (ALTER ROLE {role} PASSWORD ...), then run again.",
        )

    def run(self, cluster: Cluster, role: str, password: str, statement: str) -> Execution:
        """Statements on one line, as a role; what psql says of them.

        :raises PopsinkError: nothing can be run in the pod.
        """
        # Line breaks would end what is read as one line.
        for text in (password, statement):
            if "\n" in text:
                raise PopsinkError(f"The password of PostgreSQL's role {role} contains a line break.")
        database = self.name if role == self.user else ADMINISTRATOR
        command = ["sh", "-c", _PSQL, role, database]
        return execute(cluster, self.namespace, self.pod, _CONTAINER, command, f"{password}\n{statement}\n")


def administrator_of(cluster: Cluster, namespace: str, release: str) -> str:
    """The administrator's password in the release's own Secret; empty where it is not there."""
    deployed, service = find_deployed(cluster, namespace, release), f"{release}-postgresql"
    values = deployed.effective if deployed else {}
    # The last of each is what the chart of PostgreSQL calls it by itself.
    name = str(dig(values, "postgresql.auth.existingSecret") or service)
    key = str(dig(values, "postgresql.auth.secretKeys.adminPasswordKey") or "postgres-password")
    there = read_secrets(cluster, namespace, [name]).get(name)
    return (decoded(there).get(key) if there else None) or ""


def scram(password: str) -> str:
    """A password as PostgreSQL stores it (SCRAM-SHA-256, RFC 5803), with a salt of its own.

    :raises PopsinkError: it holds characters that would have to be normalised first.
    """
    if not password.isascii():
        raise PopsinkError("A database password with other than ASCII characters cannot be set.")
    return scram_with(password, os.urandom(_SALT_BYTES))


def scram_with(password: str, salt: bytes) -> str:
    """The same with a given salt."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode("ascii") for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"
