# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An administrator's session at a PostgreSQL outside of the chart: it looks, and takes one step after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from ..errors import PopsinkError
from ..libraries import missing
from .creation import ENCRYPTION_KEY, UNTOLD, Creation, Server, Step, held
from .login import LoginError, is_about_tls, said_of
from .state import PSYCOPG_IMPORT_ERROR, tables_in

if PSYCOPG_IMPORT_ERROR is None:
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict

#: Seconds to connect and log in, and for one statement: a copy of an empty template takes a few on a busy server.
_CONNECT = 5
_STATEMENT = 60

#: The database that every server has, where the connection string names none.
_MAINTENANCE = "postgres"

#: How the administrator's connection string is written.
_ENCODED = (
    "Write it as postgresql://USER:PASSWORD@HOST:PORT/postgres, with signs such as @ and / in the password "
    "percent-encoded (%40, %2F)."
)

_ADMINISTRATOR = """
select rolname, rolsuper, rolsuper or rolcreaterole, rolsuper or rolcreatedb,
    pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool
from pg_roles where rolname = current_user
"""
_ROLES = "select rolname, coalesce(shobj_description(oid, 'pg_authid'), '') from pg_roles where rolname = any(%s)"
_DATABASES = """
select datname, pg_get_userbyid(datdba), coalesce(shobj_description(oid, 'pg_database'), '')
from pg_database where datname = any(%s)
"""


class Administrator:
    """A session of an administrator."""

    def __init__(self, connection: Any, creation: Creation, parameters: Mapping[str, Any]) -> None:
        self._connection = connection
        self._creation = creation
        self._parameters = parameters

    @classmethod
    @contextmanager
    def connected(cls, creation: Creation, dsn: str) -> Iterator[Administrator]:
        """Log in while the context lasts.

        :raises PopsinkError: it cannot.
        """
        if lacking := missing({"psycopg": PSYCOPG_IMPORT_ERROR}):
            raise PopsinkError(lacking)
        with creation.tls.parameters() as encryption:
            parameters = _parameters(creation, dsn, encryption)
            try:
                connection = psycopg.connect(**parameters, autocommit=True)
            except psycopg.Error as error:
                raise _not_let_in(said_of(error)) from None
            try:
                connection.execute(f"set statement_timeout = '{_STATEMENT}s'")
                yield cls(connection, creation, parameters)
            except psycopg.Error as error:
                raise PopsinkError(
                    f"PostgreSQL refused what the administrator asked for: {said_of(error)}",
                    remedy="Give popsink_database_admin_dsn of a role that may, or make role and database by hand.",
                ) from error
            finally:
                connection.close()

    def look(self, known: Mapping[str, str]) -> Server:
        """What is there.

        :param known: values by secret name.
        """
        name, superuser, roles, databases, read_only = self._connection.execute(_ADMINISTRATOR).fetchone()
        wanted = self._creation.databases
        found = self._connection.execute(_ROLES, [sorted({entry.role for entry in wanted})]).fetchall()
        there = self._connection.execute(_DATABASES, [sorted({entry.name for entry in wanted})]).fetchall()
        return Server(
            name,
            superuser,
            roles,
            databases,
            read_only,
            dict(found),
            {name: (owner, comment) for name, owner, comment in there},
            # With the key, what is there opens: then nobody need look into it.
            self._locked({name for name, *_more in there}) if not known.get(ENCRYPTION_KEY) else "",
        )

    def _locked(self, there: set[str]) -> str:
        """What the data plane's database holds, as a part of a sentence; empty where it is not there, or empty."""
        name = self._creation.data_plane.name
        if name not in there:
            return ""
        try:
            with closing(psycopg.connect(**{**self._parameters, "dbname": name})) as inside:
                inside.execute(f"set statement_timeout = '{_STATEMENT}s'")
                count, _some, _owners = tables_in(inside)
        except psycopg.Error as error:
            return f"{UNTOLD} ({said_of(error).rstrip('.')})"
        return held(count)

    def do(self, step: Step, password: str, *, superuser: bool) -> None:
        """Take a step.

        :param password: of the role; sent as the server would store it, so that its log cannot hold it.
        """
        role, mark = sql.Identifier(step.wanted.role), sql.Literal(self._creation.mark)
        name = sql.Identifier(step.name)
        if step.kind == "role":
            with self._connection.transaction():
                self._run("CREATE ROLE {} LOGIN PASSWORD {}", role, self._stored(password, step.wanted.role))
                self._run("COMMENT ON ROLE {} IS {}", role, mark)
        elif step.kind == "password":
            self._run("ALTER ROLE {} PASSWORD {}", role, self._stored(password, step.wanted.role))
        else:
            if not superuser:
                # Only members of a role may give it a database.
                self._run("GRANT {} TO CURRENT_USER", role)
            if step.kind == "database":
                # Not from template1, which may hold anything, and which others may be connected to.
                self._run("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'", name, role)
            self._run("REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
            # Last: without it the next run knows that this one was ended before.
            self._run("COMMENT ON DATABASE {} IS {}", name, mark)

    def _stored(self, password: str, role: str) -> Any:
        stored = self._connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        return sql.Literal(stored.decode())

    def _run(self, statement: str, *parts: Any) -> None:
        self._connection.execute(sql.SQL(statement).format(*parts))


def _parameters(creation: Creation, dsn: str, encryption: Mapping[str, str]) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.Error:
        # Its text may hold a part of the string.
        raise PopsinkError(
            "popsink_database_admin_dsn is no connection string that PostgreSQL's clients take.",
            remedy=_ENCODED,
        ) from None
    # libpq takes the rest of a password with such a sign for the host, and shows it.
    if any(sign in str(given.get(name, "")) for name in ("host", "hostaddr", "port") for sign in "@/"):
        raise PopsinkError(
            "popsink_database_admin_dsn has @ or / in what PostgreSQL's clients would take for the host.",
            remedy=_ENCODED,
        )
    place = {"host": creation.host, "port": creation.port, "dbname": _MAINTENANCE}
    more = {"connect_timeout": _CONNECT, "application_name": "popsink database"}
    return {**place, **encryption, **more, **given}


def _not_let_in(said: str) -> PopsinkError:
    code = LoginError(said).code
    if is_about_tls(said):
        return PopsinkError(
            f"The administrator's connection is not encrypted as it must be: {said}",
            remedy="Correct popsink_database_sslmode and popsink_database_ca_cert, or sslmode in "
            "popsink_database_admin_dsn.",
        )
    return PopsinkError(
        f"The server does not let the administrator in: {said}" if code else f"The administrator cannot log in: {said}",
        remedy="Correct popsink_database_admin_dsn; it must work from the host that reaches the cluster.",
    )
