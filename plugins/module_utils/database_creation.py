# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role and databases in a PostgreSQL outside of the chart, made where they are missing; over one connection.

What is there is used as it is, or named as wrong: nothing is dropped, and nobody else's role or database is changed.
What is made here carries a comment that names the deployment, so that a run that was ended in the middle is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from .errors import PopsinkError
from .libraries import missing
from .plan.database import WantedDatabase
from .postgresql import (
    PSYCOPG_IMPORT_ERROR,
    Login,
    LoginError,
    State,
    Tls,
    ask,
    is_about_tls,
    offers_tls,
    said_of,
    tables_in,
)
from .preflight.way import Here

if PSYCOPG_IMPORT_ERROR is None:
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict

#: Seconds to connect and log in, and for one statement: a copy of an empty template takes a few on a busy server.
_CONNECT = 5
_STATEMENT = 60

#: How the comment on what is made begins.
_MARK = "popsink.data_plane: deployment "

#: The database that every server has, where the connection string names none.
_MAINTENANCE = "postgres"

_WRONG_PASSWORD = "28P01"

#: How it is said that a database may hold tables.
_UNTOLD = "is there, whether it is empty cannot be told"
_UNSEEN = "may hold tables, which its role cannot look for from the host that reaches the cluster"

#: SQLSTATEs that a role gets to hear only after its password was taken: no such database, and no right to connect.
_PASSWORD_TAKEN = ("3D000", "42501")

#: The secret without which nobody can read what a data plane's tables hold.
ENCRYPTION_KEY = "connector_config_encryption_key"

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


@dataclass(frozen=True)
class Creation:
    """What is wanted.

    :ivar host: of the server, as the deployment's pods reach it.
    :ivar deployment: whose it is, for the comment.
    :ivar identified: whether that is an id, which no other deployment can have.
    :ivar tls: for connections that the administrator's connection string says nothing else of.
    :ivar made: whether it is made at all: else there is no administrator.
    """

    host: str
    port: int
    deployment: str
    databases: list[WantedDatabase]
    tls: Tls = field(default_factory=Tls)
    identified: bool = False
    made: bool = True

    @property
    def mark(self) -> str:
        """The comment on what is made."""
        return f"{_MARK}{self.deployment}"

    @property
    def data_plane(self) -> WantedDatabase:
        """The data plane's own database, whose content is encrypted."""
        return self.databases[0]

    @property
    def owners(self) -> list[WantedDatabase]:
        """One database for each role."""
        return list({wanted.role: wanted for wanted in reversed(self.databases)}.values())[::-1]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], client_key: str) -> Creation:
        """From plain data, as the plan gives it."""
        return cls(
            data["host"],
            data["port"],
            data["deployment"],
            [WantedDatabase(**database) for database in data["databases"]],
            Tls(data["sslmode"], data["ca_cert"], data["client_cert"], client_key),
            bool(data.get("identified")),
            bool(data.get("made", True)),
        )


@dataclass(frozen=True)
class Server:
    """What an administrator sees of a server.

    :ivar administrator: the role that looks.
    :ivar superuser: whether it may do everything.
    :ivar makes_roles: whether it may make roles.
    :ivar makes_databases: whether it may make databases.
    :ivar read_only: whether the server takes no changes.
    :ivar roles: comment by name, of the wanted ones that are there.
    :ivar databases: owner and comment by name, of the wanted ones that are there.
    :ivar locked: what the data plane's database holds that no known key opens, as a part of a sentence; empty where it
        holds nothing, or where the key is known.
    """

    administrator: str
    superuser: bool = True
    makes_roles: bool = True
    makes_databases: bool = True
    read_only: bool = False
    roles: dict[str, str] = field(default_factory=dict)
    databases: dict[str, tuple[str, str]] = field(default_factory=dict)
    locked: str = ""


@dataclass(frozen=True)
class Step:
    """Something to do.

    :ivar kind: ``role``, ``password``, ``database`` or ``finish`` (a database whose making was ended in the middle).
    :ivar name: of the role or database.
    """

    kind: str
    name: str
    wanted: WantedDatabase

    @property
    def told(self) -> str:
        """For people."""
        return {
            "role": f"role {self.name}: made",
            "password": f"role {self.name}: has the password of the vault again",
            "database": f"database {self.name}: made, owned by {self.wanted.role}",
            "finish": f"database {self.name}: open to its owner alone",
        }[self.kind]


@dataclass(frozen=True)
class Problem:
    """Why it cannot be made.

    :ivar found: a sentence.
    :ivar remedy: naming the variable.
    """

    found: str
    remedy: str


#: SQLSTATE with which a role is refused at a database, else the server's words; empty where it is let in, and None
#: where its password is not known.
Refused = Callable[[WantedDatabase], "str | None"]


def decided(creation: Creation, server: Server, refused: Refused) -> tuple[list[Step], list[Problem]]:
    """What is to be done, in order, and what is in the way.

    :param refused: says whether a role that is there gets in.
    """
    steps: list[Step] = []
    problems = unreadable(creation, server)
    for wanted in creation.owners:
        step, problem = _role(wanted, creation, server, refused)
        steps += step
        problems += problem
    for wanted in creation.databases:
        step, problem = _database(wanted, creation, server)
        steps += step
        problems += problem
    if steps and not problems:
        problems += _rights(steps, server)
    return steps, problems


def unreadable(creation: Creation, server: Server) -> list[Problem]:
    """The data plane's database is there, and another encryption key than it was written with would be made for it."""
    if not server.locked:
        return []
    name = creation.data_plane.name
    untold = {
        _UNTOLD: f" If it is empty: GRANT CONNECT ON DATABASE {name} TO {server.administrator}; so that this can be "
        "seen.",
        _UNSEEN: " If it is empty, and only the cluster reaches it: run site.yml whole, with popsink_preflight_inside.",
    }
    return [
        Problem(
            f"Database {name} at {creation.host}:{creation.port} {server.locked}, and no "
            "encryption key that could have written it is known, neither to the inventory nor to the cluster. No new "
            "one is made: it could not open what is there.",
            "Restore the key from a bundle (playbooks/restore.yml), or supply it in "
            "popsink_connector_config_encryption_key; or name another database in popsink_database_name."
            + "".join(advice for begin, advice in untold.items() if server.locked.startswith(begin)),
        )
    ]


def _role(
    wanted: WantedDatabase, creation: Creation, server: Server, refused: Refused
) -> tuple[list[Step], list[Problem]]:
    if wanted.role == server.administrator:
        return [], [
            Problem(
                f"Role {wanted.role} is the administrator of popsink_database_admin_dsn.",
                "Name another in popsink_database_user or popsink_schema_registry_database_user: the deployment needs "
                "no such rights.",
            )
        ]
    if wanted.role not in server.roles:
        return [Step("role", wanted.role, wanted)], []
    comment = server.roles[wanted.role]
    if (problem := _of_another(f"Role {wanted.role}", comment, creation)) is not None:
        return [], [problem]
    code = refused(wanted)
    if wanted.name in server.databases and (problem := _kept_out(wanted, code)) is not None:
        return [], [problem]
    if comment == creation.mark and creation.identified:
        return ([Step("password", wanted.role, wanted)] if code == _WRONG_PASSWORD else []), []
    if comment == creation.mark and code == _WRONG_PASSWORD:
        # Another inventory may call its host the same.
        return [], [
            Problem(
                f"Role {wanted.role} was made for deployment {creation.deployment} and has another password; without a "
                "deploymentId that may be another deployment of the same names.",
                f"Supply popsink_{wanted.password} as it is there, or name another role; or, if it is this "
                "deployment's own: ALTER ROLE ... PASSWORD ...;",
            )
        ]
    if comment == creation.mark:
        return [], []
    if code is None or code == _WRONG_PASSWORD:
        password = "no password of it is known" if code is None else "it has another password"
        return [], [
            Problem(
                f"Role {wanted.role} is there, was not made by this deployment, and {password}.",
                f"Supply popsink_{wanted.password} as it is there, or name another role.",
            )
        ]
    return [], []


def _kept_out(wanted: WantedDatabase, code: str | None) -> Problem | None:
    """A database that is there does not let the role in, and the reason is not known to be one that is mended here."""
    if not code or code == _WRONG_PASSWORD or code in _PASSWORD_TAKEN:
        return None
    return Problem(
        f"The server does not let role {wanted.user} into database {wanted.name}: {code}",
        f"Let it in from here (pg_hba.conf, or the service's firewall), end what holds connections, or correct "
        f"popsink_{wanted.password}. What a server says in another language than English is not understood: see its "
        "lc_messages.",
    )


def _database(wanted: WantedDatabase, creation: Creation, server: Server) -> tuple[list[Step], list[Problem]]:
    if wanted.name not in server.databases:
        return [Step("database", wanted.name, wanted)], []
    owner, comment = server.databases[wanted.name]
    if (problem := _of_another(f"Database {wanted.name}", comment, creation)) is not None:
        return [], [problem]
    if owner != wanted.role:
        return [], [
            Problem(
                f"Database {wanted.name} is there and belongs to {owner}, not to {wanted.role}.",
                "Name another database or role; or, if it is the deployment's own: ALTER DATABASE ... OWNER TO ...;",
            )
        ]
    ours = server.roles.get(wanted.role) == creation.mark
    return ([Step("finish", wanted.name, wanted)] if ours and not comment else []), []


def _of_another(what: str, comment: str, creation: Creation) -> Problem | None:
    if not comment.startswith(_MARK) or comment == creation.mark:
        return None
    return Problem(
        f"{what} was made for deployment {comment.removeprefix(_MARK)}.",
        "Two deployments must never share a database: name another in popsink_database_name and popsink_database_user.",
    )


def _rights(steps: list[Step], server: Server) -> list[Problem]:
    kinds = {step.kind for step in steps}
    problems = []
    if server.read_only:
        problems.append(
            Problem(
                "The server takes no changes from the administrator of popsink_database_admin_dsn: it is a replica, or "
                "read-only.",
                "Name the primary server there.",
            )
        )
    if kinds & {"role", "password"} and not server.makes_roles:
        problems.append(
            Problem(
                f"Role {server.administrator} (popsink_database_admin_dsn) may not make roles.",
                "Name one with CREATEROLE, or make the deployment's role by hand and supply its password.",
            )
        )
    if "database" in kinds and not server.makes_databases:
        problems.append(
            Problem(
                f"Role {server.administrator} (popsink_database_admin_dsn) may not make databases.",
                "Name one with CREATEDB, or make the database by hand.",
            )
        )
    return problems


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
            return f"{_UNTOLD} ({said_of(error).rstrip('.')})"
        return _tables(count)

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


def outlook(creation: Creation, known: Mapping[str, str]) -> tuple[list[Step], list[Problem]]:
    """What would be done, and what is in the way. Nothing is changed.

    :param known: values by secret name.
    :raises PopsinkError: the server cannot be asked.
    """
    with Administrator.connected(creation, known["database_admin_dsn"]) as administrator:
        return decided(creation, administrator.look(known), lambda wanted: _refused(creation, wanted, known))


def require_readable(creation: Creation, known: Mapping[str, str]) -> None:
    """End where a new encryption key would shut out what the data plane's database holds. Nothing is changed.

    :param known: values by secret name.
    :raises PopsinkError: it would, or that cannot be told.
    """
    if creation.made:
        with Administrator.connected(creation, known["database_admin_dsn"]) as administrator:
            refuse(unreadable(creation, administrator.look(known)))
    else:
        refuse(unreadable(creation, Server(administrator="", locked=_held(creation, known))))


def make(creation: Creation, known: Mapping[str, str]) -> list[Step]:
    """Make what is missing, and see that the roles can use it. Gives what was done.

    :param known: values by secret name.
    :raises PopsinkError: it cannot be made; what was made until then is found by the next run.
    """
    with Administrator.connected(creation, known["database_admin_dsn"]) as administrator:
        server = administrator.look(known)
        steps, problems = decided(creation, server, lambda wanted: _refused(creation, wanted, known))
        refuse(problems)
        for step in steps:
            administrator.do(step, known[step.wanted.password], superuser=server.superuser)
    # Also where nothing was to be made: a run before this one may have ended here.
    for wanted in creation.databases:
        _require_usable(creation, wanted, known)
    return steps


def refuse(problems: list[Problem]) -> None:
    """End where something is in the way.

    :raises PopsinkError: with all of it.
    """
    if problems:
        raise PopsinkError(
            " ".join(problem.found for problem in problems),
            remedy=" ".join(dict.fromkeys(problem.remedy for problem in problems)),
        )


def _held(creation: Creation, known: Mapping[str, str]) -> str:
    """What the data plane's role sees in its database, as a part of a sentence; empty where that is nothing."""
    wanted = creation.data_plane
    try:
        state = _state(creation, wanted, known.get(wanted.password, ""))
    except PopsinkError as error:
        return f"{_UNSEEN} ({str(error).rstrip('.')})"
    return _tables(state.tables)


def _tables(count: int) -> str:
    return f"holds {count} table{'s' * (count != 1)}" if count else ""


def _refused(creation: Creation, wanted: WantedDatabase, known: Mapping[str, str]) -> str | None:
    password = known.get(wanted.password)
    if not password:
        return None
    try:
        _state(creation, wanted, password)
    except LoginError as error:
        return error.code if error.code in (_WRONG_PASSWORD, *_PASSWORD_TAKEN) else error.said
    return ""


def _require_usable(creation: Creation, wanted: WantedDatabase, known: Mapping[str, str]) -> None:
    try:
        state = _state(creation, wanted, known[wanted.password])
    except LoginError as error:
        raise PopsinkError(
            f"Role and database are there, and {creation.host}:{creation.port} does not let role {wanted.user} into "
            f"database {wanted.name}: {error.said}",
            remedy="Let it in (pg_hba.conf, or the service's firewall); popsink_database_host must be the server of "
            "popsink_database_admin_dsn.",
        ) from error
    if not state.may_create:
        raise PopsinkError(
            f"Role {wanted.user} may not create tables in database {wanted.name}, which it owns.",
            remedy="Look at the rights on its schema public.",
        )


def _state(creation: Creation, wanted: WantedDatabase, password: str) -> State:
    login = Login(creation.host, creation.port, wanted.name, wanted.user, password, creation.tls)
    return ask(Here(), login, tls=offers_tls(Here(), creation.host, creation.port))
