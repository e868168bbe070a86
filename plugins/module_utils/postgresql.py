# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking a PostgreSQL server what a deployment has to expect of it. Nothing is written."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import PopsinkError
from .libraries import missing
from .preflight.way import Address, Way
from .tls_files import in_memory

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

#: Requests of the frontend/backend protocol: their length, and the code of one for TLS and of version 3.0.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_VERSION = 196608

#: A path that no file can have: libpq would otherwise take what lies in the home directory, and for instance verify
#: the server's certificate against an authority that the deployment knows nothing of.
_NOWHERE = f"{os.devnull}/none"

#: SQLSTATE by what a server says at the login, how it begins and how it ends. libpq gives no code there, only words, in
#: the server's language: what is not here is shown as it is.
_CODES = (
    ("password authentication failed", "", "28P01"),
    ("no pg_hba.conf entry", "", "28000"),
    ("pg_hba.conf rejects", "", "28000"),
    ("role ", "is not permitted to log in.", "28000"),
    ("connection requires a valid client certificate", "", "28000"),
    ("database ", "does not exist.", "3D000"),
    ("permission denied for database", "", "42501"),
    ("sorry, too many clients", "", "53300"),
    ("remaining connection slots", "", "53300"),
    ("too many connections for", "", "53300"),
)

#: What libpq itself says of a connection that breaks.
_BROKEN = "server closed the connection"

#: And of one that is not encrypted as it was asked for.
_TLS_WORDS = (
    "SSL error",
    "does not support SSL",
    "server certificate for",
    "certificate verify",
    "sslmode",
    "SSL SYSCALL",
    "certificate file",
    "private key file",
)

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


class NotReachedError(PopsinkError):
    """No PostgreSQL answered.

    :ivar anywhere: whether it is no matter of where it is asked from.
    """

    def __init__(self, message: str, *, anywhere: bool) -> None:
        super().__init__(message)
        self.anywhere = anywhere


class LoginError(PopsinkError):
    """The server did not let a role in.

    :ivar said: the server's own words, a sentence.
    :ivar code: SQLSTATE; empty where it cannot be told.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said
        codes = (code for begin, end, code in _CODES if said.startswith(begin) and said.endswith(end))
        self.code = next(codes, "")


class TlsError(PopsinkError):
    """The connection was not encrypted as it must be.

    :ivar said: libpq's own words, a sentence.
    """

    def __init__(self, place: str, said: str) -> None:
        super().__init__(f"No connection to {place} that is encrypted as popsink_database_sslmode asks: {said}")
        self.said = said


@dataclass(frozen=True)
class Tls:
    """How a connection is encrypted.

    :ivar mode: as libpq calls it; with ``prefer`` it is where the server can.
    :ivar ca_cert: PEM of the authority that must have signed the server's certificate.
    :ivar client_cert: PEM, with its key.
    """

    mode: str = "prefer"
    ca_cert: str = ""
    client_cert: str = ""
    client_key: str = field(default="", repr=False)

    @contextmanager
    def parameters(self) -> Iterator[dict[str, Any]]:
        """libpq's, while the context lasts."""
        files = {"sslrootcert": self.ca_cert, "sslcert": self.client_cert, "sslkey": self.client_key}
        with in_memory(**files) as paths:
            yield {"sslmode": self.mode, "gssencmode": "disable", **dict.fromkeys(files, _NOWHERE), **paths}


@dataclass(frozen=True)
class Login:
    """A role at a database."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: Tls = field(default_factory=Tls)


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


def offers_tls(way: Way, host: str, port: int) -> bool:
    """Whether a server encrypts connections, asked as PostgreSQL's own clients do first of all.

    :raises NotReachedError: nothing answers as PostgreSQL does.
    :raises PopsinkError: the way does not lead there.
    """
    with _conversation(way, host, port) as connection:
        connection.sendall(_SSL_REQUEST)
        answer = connection.recv(1)
    if answer in (b"S", b"N"):
        return answer == b"S"
    raise _no_postgresql(host, port) if answer else _ended(way, host, port)


def refuses_open(way: Way, login: Login) -> bool:
    """Whether the server refuses a role because the connection is not encrypted. No password is sent."""
    words = b"".join(part.encode() + b"\0" for part in ("user", login.user, "database", login.database, ""))
    with _conversation(way, login.host, login.port) as connection:
        connection.sendall(struct.pack("!ii", len(words) + 8, _VERSION) + words)
        # An error, in place of the request to authenticate.
        return connection.recv(1) == b"E"


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


def is_about_tls(said: str) -> bool:
    """Whether what libpq says is that a connection is not encrypted as it should be."""
    return any(words in said for words in _TLS_WORDS)


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
        "passfile": _NOWHERE,
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


def said_of(error: Exception) -> str:
    """The server's own words in what libpq says, which begins with the address once for each try."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".") + "."


@contextmanager
def _conversation(way: Way, host: str, port: int) -> Iterator[socket.socket]:
    """A connection on which nothing was said yet.

    :raises NotReachedError: there is none, or what answers does not say what PostgreSQL would.
    """
    with way.to(host, port) as address, _connection(way, host, port, address) as connection:
        try:
            yield connection
        except TimeoutError as error:
            raise _no_postgresql(host, port) from error
        except OSError as error:
            raise _ended(way, host, port) from error


def _connection(way: Way, host: str, port: int, address: Address) -> socket.socket:
    try:
        return socket.create_connection((address.ip, address.port), timeout=_CONNECT)
    except ConnectionRefusedError as error:
        raise NotReachedError(f"{host}:{port} refuses connections {way.name}.", anywhere=True) from error
    except OSError as error:
        reason = f"no answer within {_CONNECT} seconds" if isinstance(error, TimeoutError) else error.strerror or error
        raise NotReachedError(f"{host}:{port} cannot be reached {way.name}: {reason}.", anywhere=False) from error


def _no_postgresql(host: str, port: int) -> NotReachedError:
    return NotReachedError(f"What listens at {host}:{port} does not answer as PostgreSQL does.", anywhere=True)


def _ended(way: Way, host: str, port: int) -> NotReachedError:
    """A load balancer or a firewall may do so to some, and not to others."""
    return NotReachedError(f"{host}:{port} ends connections {way.name} without an answer.", anywhere=False)
