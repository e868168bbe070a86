# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a PostgreSQL server says to a role that logs in: what a deployment has to expect of it. Nothing is written."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import PopsinkError
from ..libraries import missing
from ..way import Address, Way
from .login import NOWHERE, Login, LoginError, TlsError, is_about_tls, said_of

PSYCOPG_IMPORT_ERROR: ImportError | None
try:
    import psycopg
except ImportError as error:
    PSYCOPG_IMPORT_ERROR = error
else:
    PSYCOPG_IMPORT_ERROR = None

#: Seconds to connect and log in.
_CONNECT = 5
#: Seconds for one statement, ended by the server itself.
_STATEMENT = 5

#: What libpq itself says of a connection that breaks.
_BROKEN = "server closed the connection"

_SERVER = """
select current_setting('server_version'), current_setting('server_version_num')::int, pg_backend_pid(),
    pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool, current_schema(),
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
    has_database_privilege(current_database(), 'CREATE')
"""

# Connections of the role to this database are of the deployment itself, and the one that asks.
_CONNECTIONS = """
select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0)
        - count(*) filter (where not own and backend_type = 'client backend'),
    (select rolconnlimit from pg_roles where rolname = current_user)
        - count(*) filter (where usename = current_user and not own),
    (select datconnlimit from pg_database where datname = current_database())
        - count(*) filter (where datname = current_database() and not own and backend_type = 'client backend'),
    (select rolconnlimit < 0 or rolsuper from pg_roles where rolname = current_user),
    (select datconnlimit < 0 from pg_database where datname = current_database())
from (select *, coalesce(usename = current_user and datname = current_database(), false) as own
    from pg_stat_activity) as activity
"""

# What an extension brought along is nobody's data.
_TABLES = """
select count(*), coalesce((array_agg(c.oid::regclass::text order by n.nspname, c.relname))[1:4], '{}'),
    coalesce(array_agg(distinct pg_get_userbyid(c.relowner)::text)
        filter (where not pg_has_role(c.relowner, 'USAGE')), '{}')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.deptype = 'e')
"""


@dataclass(frozen=True)
class State:
    """What a server says to a role.

    :ivar version: as people write it.
    :ivar major: the version's first number.
    :ivar encrypted: whether the connection is, as far as the first that answers.
    :ivar pooled: whether something stands in between that shares the server's connections, for instance PgBouncer.
    :ivar shared: whether that gives a client another session for each transaction; None where it could not be told.
    :ivar read_only: whether the server is a replica, or takes no changes from the role.
    :ivar schema: where tables are made if none is named; empty where there is none.
    :ivar may_create: whether the role may make tables there.
    :ivar may_create_schemas: whether it may make schemas in the database.
    :ivar limits: connections that are left to the role, its own to this database included, by what limits them.
    :ivar tables: how many there are, those of extensions aside.
    :ivar some: names of the first of them.
    :ivar owners: roles that own some of them, and whose rights this role does not have.
    """

    version: str
    major: int
    encrypted: bool = True
    pooled: bool = False
    shared: bool | None = None
    read_only: bool = False
    schema: str = "public"
    may_create: bool = True
    may_create_schemas: bool = True
    limits: dict[str, int] = field(default_factory=dict)
    tables: int = 0
    some: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


def ask(way: Way, login: Login, *, tls: bool) -> State:
    """Log in, ask everything over one connection, and leave.

    :param tls: whether the server encrypts: the password must then not be sent in the open.
    :raises LoginError: the server does not let the role in.
    :raises TlsError: the connection could not be encrypted as asked.
    :raises PopsinkError: it did not answer, or psycopg is not installed.
    """
    if lacking := missing({"psycopg": PSYCOPG_IMPORT_ERROR}):
        raise PopsinkError(lacking)
    with way.to(login.host, login.port) as address, login.tls.parameters() as encryption:
        if login.tls.mode == "prefer":
            # Once it is known, nobody in between can talk a client out of it.
            encryption["sslmode"] = "require" if tls else "disable"
        try:
            parameters = {**_parameters(login, address), **encryption}
            connection = psycopg.connect(**parameters)
        except psycopg.Error as error:
            said = said_of(error)
            if is_about_tls(said):
                raise TlsError(f"{login.host}:{login.port}", said) from error
            if isinstance(error, psycopg.errors.ConnectionTimeout) or said.startswith(_BROKEN):
                raise PopsinkError(f"The login at {login.host}:{login.port} was not answered: {said}") from error
            raise LoginError(said) from error
        # A setting at the start of the session would be refused by PgBouncer.
        connection.read_only = True
        try:
            state = _state(connection)
            connection.rollback()
            if state.pooled:
                state = replace(state, shared=_sessions_are_shared(connection, parameters))
        except psycopg.Error as error:
            raise PopsinkError(f"PostgreSQL at {login.host}:{login.port} does not answer: {said_of(error)}") from error
        finally:
            connection.close()
    return state


def _parameters(login: Login, address: Address) -> dict[str, Any]:
    return {
        "host": login.host,
        "hostaddr": address.ip,
        "port": address.port,
        "dbname": login.database,
        "user": login.user,
        "password": login.password,
        "connect_timeout": _CONNECT,
        "application_name": "popsink preflight",
        "options": "",
        "passfile": NOWHERE,
    }


def _state(connection: Any) -> State:
    connection.execute(f"set local statement_timeout = '{_STATEMENT}s'")
    version, number, pid, read_only, schema, creates, creates_schemas = connection.execute(_SERVER).fetchone()
    server, role, database, any_role, any_database = connection.execute(_CONNECTIONS).fetchone()
    tables, some, owners = tables_in(connection)
    limits = {"max_connections": server}
    if not any_role:
        limits["the role's CONNECTION LIMIT"] = role
    if not any_database:
        limits["the database's CONNECTION LIMIT"] = database
    return State(
        version=str(version).split()[0],
        major=number // 10000,
        encrypted=bool(connection.pgconn.ssl_in_use),
        # What stands in between gives each client a number of its own.
        pooled=connection.info.backend_pid != pid,
        read_only=read_only,
        schema=schema or "",
        may_create=creates,
        may_create_schemas=creates_schemas,
        limits=limits,
        tables=tables,
        some=tuple(some),
        owners=tuple(owners),
    )


def tables_in(connection: Any) -> tuple[int, list[str], list[str]]:
    """How many tables a connection's database has, names of some, and owners whose rights the role does not have."""
    count, some, owners = connection.execute(_TABLES).fetchone()
    return int(count), list(some), list(owners)


def _sessions_are_shared(connection: Any, parameters: dict[str, Any]) -> bool | None:
    """Whether a pooler takes a client's session away between transactions.

    A second client begins a transaction and keeps it open. A session that is free while the first client rests becomes
    the second's, and the first one's next transaction runs in another. None where they wait for each other.
    """
    before = _session_of(connection)
    connection.rollback()
    try:
        with psycopg.connect(**parameters) as second:
            waiting = [threading.Timer(_CONNECT, client.cancel) for client in (second, connection)]
            for timer in waiting:
                timer.daemon = True
                timer.start()
            try:
                _session_of(second)
                after = _session_of(connection)
            finally:
                for timer in waiting:
                    timer.cancel()
                second.rollback()
    except psycopg.Error:
        return None
    return bool(after != before)


def _session_of(connection: Any) -> int:
    """Number of the server's process; the transaction stays open."""
    (number,) = connection.execute("select pg_backend_pid()").fetchone()
    return int(number)
