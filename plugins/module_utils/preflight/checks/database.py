# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of databases outside of the chart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ...cluster.session import ApiError
from ...errors import PopsinkError
from ...findings import ORDER, PASS
from ...postgresql import Login, LoginError, NotReachedError, State, ask, offers_tls, refuses_open
from ...release.state import Release
from ...secrets.catalogue import CATALOGUE
from ...tree import dig
from ...upgrade.transition import component_of, workloads
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..requirements import Database
from ..site import Site
from ..way import UnreachableError, UnresolvedError

#: The last major version that the vendor names as used.
_KNOWN_MAJOR = 17

#: How the inputs of the data plane's own database begin.
_DATA_PLANE = "popsink_database_"

_POSTGRESQL = "postgresql"


@check("database.reachable", "a PostgreSQL server that answers where a database outside of the chart is to be")
def reachable(site: Site) -> Verdict:
    """Its name resolves, and what answers there is PostgreSQL."""

    def look(database: Database) -> Verdict:
        try:
            _offers_tls(site, database)
        except UnresolvedError as error:
            return unchecked(str(error))
        except (UnreachableError, NotReachedError) as error:
            remedy = f"Check {database.variables}host and {database.variables}port, and firewalls on the way."
            if isinstance(error, UnreachableError) or error.anywhere:
                return fails(str(error), remedy)
            return unchecked(f"{error} That does not tell whether pods reach it.", remedy)
        return passes(f"PostgreSQL answers {site.way.name} at {_place(database)}")

    return _each(site, look)


@check("database.login", "a role that can log in to each database outside of the chart")
def login(site: Site) -> Verdict:
    """The server lets the role in with its password, and the database is there."""

    def look(database: Database) -> Verdict:
        try:
            _state(site, database)
        except LoginError as error:
            return fails(
                f"{_place(database)} does not let role {database.user} into database {database.name}: {error.said}",
                _way_in(database, error.code),
            )
        return passes(f"role {database.user} can log in to database {database.name} at {_place(database)}")

    return _each(site, look)


@check("database.version", "a version of PostgreSQL that the vendor has used")
def version(site: Site) -> Verdict:
    """What version it is; there is no published minimum."""

    def look(database: Database) -> Verdict:
        state = _state(site, database)
        if state.major > _KNOWN_MAJOR:
            return warns(
                f"{_place(database)} is PostgreSQL {state.version}; the last that the vendor names is {_KNOWN_MAJOR}.",
                "Ask Popsink before this becomes production.",
            )
        return passes(f"{_place(database)} is PostgreSQL {state.version}")

    return _each(site, look)


@check("database.tls", "a connection to the database that is encrypted")
def tls(site: Site) -> Verdict:
    """The server encrypts; what the chart's programs ask of it is not published."""

    def look(database: Database) -> Verdict:
        if not _state(site, database).encrypted:
            return warns(
                f"{_place(database)} offers no TLS: between pods and server, data goes in the open.",
                "Turn ssl on in the server, or see to it that nobody can listen on that network.",
            )
        alone = site.once(("database.open", database), lambda: refuses_open(site.way, _login(site, database)))
        return passes(
            f"{_place(database)} encrypts{', and takes no connection that is not encrypted' if alone else ''}"
        )

    return _each(site, look)


@check("database.pooler", "a database whose sessions are the server's own")
def pooler(site: Site) -> Verdict:
    """No pooler stands before the data plane's database: whether it keeps sessions apart cannot be told."""

    def look(database: Database) -> Verdict:
        if database.variables != _DATA_PLANE or not _state(site, database).pooled:
            return passes(f"no pooler is known before {_place(database)}")
        return warns(
            f"A pooler, for instance PgBouncer, stands before {_place(database)}. If it pools by transaction, it "
            "breaks the advisory locks that keep the data plane's replicas from doing one thing twice.",
            "Let it pool by session (PgBouncer: pool_mode = session), or name the server itself in "
            f"{database.variables}host.",
        )

    return _each(site, look)


@check("database.tables", "a role that may create tables in its database", ahead=True)
def tables(site: Site) -> Verdict:
    """The role may do what a migration does."""

    def look(database: Database) -> Verdict:
        state = _state(site, database)
        where = f"{database.name} at {_place(database)}"
        user, name = _quoted(database.user), _quoted(database.name)
        if state.read_only:
            return fails(
                f"Database {where} takes no changes: it is a replica, or read-only for role {database.user}.",
                f"Name the primary server in {database.variables}host, or let the role write.",
            )
        if not state.may_create:
            said = f"Role {database.user} may not create tables in {state.schema or 'any schema'} of database {where}."
            remedy = f"ALTER DATABASE {name} OWNER TO {user}; and in it: {_grant(state.schema, user)}"
            # Whether the programs make a schema of their own is not published.
            return warns(f"{said} It may make schemas.", remedy) if state.may_create_schemas else fails(said, remedy)
        beside = {
            other.user for other in site.want.databases if (other.host, other.name) == (database.host, database.name)
        }
        if others := [owner for owner in state.owners if owner not in beside]:
            return warns(
                f"In database {where}, tables belong to {', '.join(others)}: a migration could not change them.",
                f"If they are the deployment's own: ALTER TABLE ... OWNER TO {user}; for each.",
            )
        return passes(f"role {database.user} may create tables in database {where}")

    return _each(site, look)


@check("database.content", "a database that is empty or this deployment's own", ahead=True)
def content(site: Site) -> Verdict:
    """Nobody else's tables are there; what the tables of a data plane are called is not published."""

    def look(database: Database) -> Verdict:
        state = _state(site, database)
        where = f"{database.name} at {_place(database)}"
        if not state.tables:
            return passes(f"database {where} is empty")
        if uses(site.release, database):
            return passes(f"database {where} has {_tables(state)}, and the release runs with it")
        remedy = f"If they are another's, name an empty database in {database.variables}name."
        if database.variables == _DATA_PLANE:
            remedy += (
                " If they are this deployment's own, of a cluster that was lost, they need the very encryption key "
                "that they were written with (playbooks/restore.yml)."
            )
        return warns(
            f"Database {where} has {_tables(state)}, and no release here uses it so far: two deployments must never "
            "share a database.",
            remedy,
        )

    return _each(site, look)


@check("database.connections", "{database_connections} connections for each replica that uses a database", ahead=True)
def connections(site: Site) -> Verdict:
    """The server, the role and the database have room for all replicas."""
    each = site.want.count("database_connections")

    def look(database: Database) -> Verdict:
        limits = _state(site, database).limits
        what, left = min(limits.items(), key=lambda limit: limit[1])
        replicas = _replicas(site, database)
        left, needed = max(0, left), replicas * each
        found = f"{_place(database)} has {left} connections left for role {database.user} ({what})"
        if left >= needed:
            return passes(f"{found}, of {needed} that are needed")
        remedy = "Raise it, end what holds connections, or lower popsink_required_database_connections."
        said = f"{found}; {replicas} replicas need {needed}."
        return fails(said, remedy) if left < replicas else warns(said, remedy)

    return _each(site, look)


def uses(release: Release | None, database: Database) -> bool:
    """Whether a release runs with a database already."""
    return release is not None and (database.host, database.name) in _databases(release.values)


def _databases(values: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Host and name of the databases that chart values name."""
    blocks = ("externalDatabase", "kora.database")
    return [(dig(values, f"{block}.host"), dig(values, f"{block}.database")) for block in blocks]


def _each(site: Site, look: Callable[[Database], Verdict]) -> Verdict:
    """One verdict on all databases: the worst, with everything that is not as it should be."""
    if not site.want.databases:
        return passes("the database comes with the chart (popsink_database_mode)")
    verdicts = [_looked(look, database) for database in site.want.databases]
    worst = min((verdict.status for verdict in verdicts), key=ORDER.index)
    if worst == PASS:
        return passes("; ".join(dict.fromkeys(verdict.found for verdict in verdicts)))
    wrong = [verdict for verdict in verdicts if verdict.status != PASS]
    found, remedies = (
        dict.fromkeys(texts) for texts in zip(*((item.found, item.remedy) for item in wrong), strict=True)
    )
    return Verdict(worst, " ".join(found), " ".join(filter(None, remedies)))


def _looked(look: Callable[[Database], Verdict], database: Database) -> Verdict:
    backend = getattr(database, "backend", _POSTGRESQL)
    if backend != _POSTGRESQL:
        return unchecked(f"The database of {database.owner} is of kind {backend}; only PostgreSQL can be asked.")
    try:
        return look(database)
    except (UnresolvedError, UnreachableError, NotReachedError):
        return unchecked(f"{_place(database)} was not reached: see database.reachable.")
    except LoginError:
        return unchecked(f"{_place(database)} does not let the role in: see database.login.")
    except ApiError:
        # Of the cluster, whichever database it is about.
        raise
    except PopsinkError as error:
        return unchecked(str(error))


def _offers_tls(site: Site, database: Database) -> bool:
    host, port = database.host, database.port
    return site.once(("database.tls", host, port), lambda: offers_tls(site.way, host, port))


def _state(site: Site, database: Database) -> State:
    offered = _offers_tls(site, database)
    return site.once(("database.state", database), lambda: ask(site.way, _login(site, database), tls=offered))


def _login(site: Site, database: Database) -> Login:
    password = site.secret(database.password)
    if not password:
        raise PopsinkError(
            f"The password of role {database.user} is not known ({CATALOGUE[database.password].variable})."
        )
    return Login(database.host, database.port, database.name, database.user, password)


def _way_in(database: Database, code: str) -> str:
    """What to do about a login that is refused, by its SQLSTATE."""
    user, name = _quoted(database.user), _quoted(database.name)
    if code == "28P01":
        return (
            f"Correct {CATALOGUE[database.password].variable} or {database.variables}user, or set the password there: "
            f"CREATE ROLE {user} LOGIN PASSWORD '...'; for a role that is there: ALTER ROLE {user} PASSWORD '...';"
        )
    if code == "3D000":
        return f"Correct {database.variables}name, or make it: CREATE DATABASE {name} OWNER {user};"
    if code == "42501":
        return f"GRANT CONNECT ON DATABASE {name} TO {user}; or ALTER DATABASE {name} OWNER TO {user};"
    if code == "28000":
        return (
            f"Let it in from this host and from the cluster (pg_hba.conf), or correct {database.variables}user; a role "
            f"that may not log in: ALTER ROLE {user} LOGIN;"
        )
    if code == "53300":
        return "End what holds connections, or raise max_connections or the CONNECTION LIMIT of role or database."
    return f"Check {database.variables}user, {database.variables}name and {CATALOGUE[database.password].variable}."


def _replicas(site: Site, database: Database) -> int:
    """Pods of the release that use a database: the schema registry uses the data plane's where it has none."""
    own = {other.variables for other in site.want.databases} != {_DATA_PLANE}
    users: Collection[str] = ("data-plane",) if own else ("data-plane", "kora")
    if database.variables != _DATA_PLANE:
        users = ("kora",)
    counts = [
        int((item.get("spec") or {}).get("replicas", 1) or 0)
        for item in workloads(site.objects)
        if component_of(item) in users
    ]
    if not counts:
        raise PopsinkError(f"How many replicas use the database of {database.owner} is not known.")
    return sum(counts)


def _tables(state: State) -> str:
    more = ", ..." if state.tables > len(state.some) else ""
    return f"{state.tables} table{'s' * (state.tables != 1)} ({', '.join(state.some)}{more})"


def _grant(schema: str, user: str) -> str:
    if not schema:
        return f"CREATE SCHEMA public AUTHORIZATION {user};"
    return f"GRANT USAGE, CREATE ON SCHEMA {_quoted(schema)} TO {user};"


def _place(database: Database) -> str:
    return f"{database.host}:{database.port}"


def _quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'
