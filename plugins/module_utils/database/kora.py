# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema registry's own role and database in the bundled PostgreSQL, which the chart does not make.

They are made in the running server, so that a volume that was there before gets them, too. What is there is used as it
is, or named as wrong: nothing is dropped. A role that was made here carries a comment, and gets its password again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..cluster.conditions import is_ready
from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..plan.database import WantedDatabase
from ..verification.patience import WITH_PODS, Patience, is_stuck
from ..verification.pods import troubles
from .bundled_server import ADMINISTRATOR, BundledServer, scram
from .quoting import literal, quoted

#: The comment on a role that was made here.
_MARK = "popsink.data_plane"

#: Comment of a role, and who owns a database; each goes on with a name.
_ROLE = "SELECT 'role', coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname ="
_DATABASE = (
    "SELECT 'database', has_database_privilege('public', oid, 'CONNECT'), pg_get_userbyid(datdba) "
    "FROM pg_database WHERE datname ="
)

#: Seconds between two looks at a pod that is not ready.
_PAUSE = 1.0

_Clock = Callable[[], float]
_Sleep = Callable[[float], None]


class TakenError(PopsinkError):
    """A role or a database of the name is there, and is not as wanted."""


class KoraDatabase:
    """What an administrator does for it.

    :param password: the administrator's.
    """

    def __init__(self, cluster: Cluster, database: BundledServer, password: str) -> None:
        self._cluster = cluster
        self._database = database
        self._password = password

    def is_ready(self) -> bool:
        """Whether its pod takes connections."""
        return is_ready(self._pod())

    def wait(self, seconds: float, clock: _Clock = time.monotonic, sleep: _Sleep = time.sleep) -> None:
        """Until its pod takes connections.

        :raises PopsinkError: it does not in time, or cannot for longer than a registry's hiccup.
        """
        began, patience = clock(), Patience(WITH_PODS)
        while not self.is_ready():
            now = clock()
            found = troubles(filter(None, [self._pod()]))
            stuck = is_stuck(trouble.reason for trouble in found if not trouble.may_pass)
            hopeless = patience.has_ended(now, wrong=stuck)
            if now - began > seconds or hopeless:
                why = f" {found[0].reason}: {found[0].message}".rstrip(": ") + "." if found else ""
                raise PopsinkError(
                    f"PostgreSQL in pod {self._database.pod} is not ready after {now - began:.0f} seconds, so the "
                    f"schema registry's database could not be made.{why}",
                    remedy="Run again with --tags verify: it names the cause. Then run without tags.",
                )
            sleep(_PAUSE)

    def _pod(self) -> dict[str, Any]:
        path = f"/api/v1/namespaces/{self._database.namespace}/pods/{self._database.pod}"
        return self._cluster.find(path) or {}

    def missing(self, wanted: WantedDatabase, password: str | None) -> list[tuple[str, str]]:
        """What there is to do: for people, and as a statement.

        :param password: the one that the role is to have; None where it is still to be made, in check mode.
        :raises TakenError: something of the name is there that is not as wanted.
        :raises PopsinkError: the server refused.
        """
        comment, owner, public = self._found(wanted)
        role, name = quoted(wanted.role), quoted(wanted.name)
        todo = []
        if comment is None:
            make = f"CREATE ROLE {role} LOGIN PASSWORD '{scram(password or '')}'"
            mark = f"COMMENT ON ROLE {role} IS {literal(_MARK)}"
            todo.append((f"role {wanted.role}: made", f"BEGIN; {make}; {mark}; COMMIT;"))
        elif password is None or not self._database.takes(self._cluster, wanted.role, password):
            if comment != _MARK:
                raise TakenError(
                    f"Role {wanted.role} of the bundled PostgreSQL was not made by this collection, and has another "
                    "password.",
                    remedy=f"Supply popsink_{wanted.password} as it is there, or name another role.",
                )
            again = f"ALTER ROLE {role} PASSWORD '{scram(password or '')}';"
            todo.append((f"role {wanted.role}: has the password of the vault again", again))
        if owner is None:
            made = f"database {wanted.name}: made, owned by {wanted.role}"
            todo.append((made, f"CREATE DATABASE {name} OWNER {role};"))
        elif owner != wanted.role and comment in (None, _MARK):
            raise TakenError(
                f"Database {wanted.name} is in the bundled PostgreSQL and belongs to role {owner}.",
                remedy="Name another in popsink_schema_registry_database_name; or, if it is the schema registry's: "
                f"ALTER DATABASE {name} OWNER TO {role};",
            )
        # A run may have been ended between the two.
        if owner is None or (public and comment == _MARK):
            closed = f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
            todo.append((f"database {wanted.name}: open to its owner alone", closed))
        return todo

    def make(self, todo: list[tuple[str, str]]) -> None:
        """Do it.

        :raises PopsinkError: PostgreSQL refused.
        """
        for told, statement in todo:
            self._ask(statement, f"this is not done: {told}")

    def _found(self, wanted: WantedDatabase) -> tuple[str | None, str | None, bool]:
        """Comment of the role, owner of the database (None where it is not there), and whether it is open to all."""
        role, name = literal(wanted.role), literal(wanted.name)
        statement = f"{_ROLE} {role}; {_DATABASE} {name};"
        comment, owner, public = None, None, False
        for line in self._ask(statement, "it cannot be seen what is there").splitlines():
            kind, _bar, rest = line.partition("|")
            if kind == "role":
                comment = rest
            elif kind == "database":
                is_public, _bar, owner = rest.partition("|")
                public = is_public == "t"
        return comment, owner, public

    def _ask(self, statement: str, otherwise: str) -> str:
        done = self._database.run(self._cluster, ADMINISTRATOR, self._password, statement)
        if done.code:
            raise PopsinkError(
                f"PostgreSQL in pod {self._database.pod} refused, and {otherwise}. It says: {done.reason}.",
                remedy="Look at its log; the administrator's password is popsink_database_admin_password.",
            )
        return done.output


def ensure(
    cluster: Cluster,
    database: BundledServer,
    wanted: WantedDatabase,
    known: Mapping[str, str],
    seconds: float,
    *,
    check: bool,
) -> list[str]:
    """Make what is missing, once the server is ready.

    :param known: values by secret name: the administrator's password, and the role's.
    :return: what was done, or in check mode would be, one line each.
    :raises PopsinkError: it cannot be made.
    """
    kora = KoraDatabase(cluster, database, known.get("database_admin_password", ""))
    if check and not kora.is_ready():
        return [f"role {wanted.role} and database {wanted.name}: made, once PostgreSQL is ready"]
    if not check and wanted.password not in known:
        raise PopsinkError(
            f"popsink_{wanted.password} has no value, neither here nor in the cluster.",
            remedy="Run without --tags, or with --tags secrets,database,release.",
        )
    kora.wait(seconds)
    todo = kora.missing(wanted, known.get(wanted.password))
    if not check:
        kora.make(todo)
    return [told for told, _statement in todo]


def wanted_from(data: Mapping[str, Any], namespace: str) -> tuple[BundledServer, WantedDatabase]:
    """From plain data, as the plan gives it."""
    return BundledServer(namespace, **data["server"]), WantedDatabase(**data["wanted"])
