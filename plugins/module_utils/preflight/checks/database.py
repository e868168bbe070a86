# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of databases outside of the chart."""

from __future__ import annotations

from collections.abc import Collection

from ...database.creation import ENCRYPTION_KEY
from ...database.login import LoginError, TlsError
from ...database.quoting import quoted
from ...database.state import State
from ...database.wire import NotReachedError, refuses_open
from ...errors import PopsinkError
from ...upgrade.transition import component_of, workloads
from ...way import UnreachableError, UnresolvedError
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..databases import DATA_PLANE, login_of, on_each, place_of, state_of, tls_offered, uses, way_in
from ..requirements import Database
from ..site import Site

#: The last major version that the vendor names as used.
_KNOWN_MAJOR = 17


@check("database.reachable", "a PostgreSQL server that answers where a database outside of the chart is to be")
def reachable(site: Site) -> Verdict:
    """Its name resolves, and what answers there is PostgreSQL."""

    def look(database: Database) -> Verdict:
        try:
            tls_offered(site, database)
        except UnresolvedError as error:
            return unchecked(str(error))
        except (UnreachableError, NotReachedError) as error:
            remedy = f"Check {database.variables}host and {database.variables}port, and firewalls on the way."
            if isinstance(error, UnreachableError) or error.anywhere:
                return fails(str(error), remedy)
            return unchecked(f"{error} That does not tell whether pods reach it.", remedy)
        return passes(f"PostgreSQL answers {site.way.name} at {place_of(database)}")

    return on_each(site, look)


@check("database.login", "a role that can log in to each database outside of the chart")
def login(site: Site) -> Verdict:
    """The server lets the role in with its password, and the database is there."""

    def look(database: Database) -> Verdict:
        try:
            state_of(site, database)
        except LoginError as error:
            return fails(
                f"{place_of(database)} does not let role {database.user} into database {database.name}: {error.said}",
                way_in(database, error.code),
            )
        return passes(f"role {database.user} can log in to database {database.name} at {place_of(database)}")

    return on_each(site, look)


@check("database.version", "a version of PostgreSQL that the vendor has used")
def version(site: Site) -> Verdict:
    """What version it is; there is no published minimum."""

    def look(database: Database) -> Verdict:
        state = state_of(site, database)
        if state.major > _KNOWN_MAJOR:
            return warns(
                f"{place_of(database)} is PostgreSQL {state.version}; the vendor names none after {_KNOWN_MAJOR}.",
                "Ask Popsink before this becomes production.",
            )
        return passes(f"{place_of(database)} is PostgreSQL {state.version}")

    return on_each(site, look)


@check("database.tls", "a connection to the database that is encrypted")
def tls(site: Site) -> Verdict:
    """The server encrypts; what the chart's programs ask of it is not published."""

    def look(database: Database) -> Verdict:
        try:
            encrypted = state_of(site, database).encrypted
        except TlsError as error:
            return fails(
                str(error),
                "Correct popsink_database_sslmode, popsink_database_ca_cert (without it, popsink_ca_certificates) or "
                "popsink_database_client_cert, or the server's certificate; with verify-full it must name "
                f"{database.host}.",
            )
        if not encrypted and site.want.database_tls.sslmode == "disable":
            return warns(
                f"popsink_database_sslmode is 'disable': what goes to {place_of(database)} from here is not encrypted.",
                "Set it to prefer or more.",
            )
        if not encrypted:
            return warns(
                f"{place_of(database)} offers no TLS: between pods and server, data goes in the open.",
                "Turn ssl on in the server, or see to it that nobody can listen on that network.",
            )
        alone = site.once(("database.open", database), lambda: refuses_open(site.way, login_of(site, database)))
        return passes(
            f"{place_of(database)} encrypts{', and takes no connection that is not encrypted' if alone else ''}"
        )

    return on_each(site, look)


@check("database.pooler", "a database whose sessions are the server's own")
def pooler(site: Site) -> Verdict:
    """No pooler stands before the data plane's database that takes sessions away between transactions."""

    def look(database: Database) -> Verdict:
        if database.variables != DATA_PLANE or not (state := state_of(site, database)).pooled:
            return passes(f"no pooler is known before {place_of(database)}")
        said = f"A pooler, for instance PgBouncer, stands before {place_of(database)}"
        if state.shared is False:
            return passes(f"{said}, and leaves each client its session")
        harm = "breaks the advisory locks that keep the data plane's replicas from doing one thing twice."
        remedy = (
            "Let it pool by session (PgBouncer: pool_mode = session), or name the server itself in "
            f"{database.variables}host."
        )
        if state.shared:
            return fails(f"{said} and pools by transaction, which {harm}", remedy)
        return warns(f"{said}. If it pools by transaction, it {harm}", remedy)

    return on_each(site, look)


@check("database.tables", "a role that may create tables in its database", ahead=True)
def tables(site: Site) -> Verdict:
    """The role may do what a migration does."""

    def look(database: Database) -> Verdict:
        state = state_of(site, database)
        where = f"{database.name} at {place_of(database)}"
        user, name = quoted(database.user), quoted(database.name)
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

    return on_each(site, look)


@check("database.content", "a database that is empty or this deployment's own", ahead=True)
def content(site: Site) -> Verdict:
    """Nobody else's tables are there; what the tables of a data plane are called is not published."""

    def look(database: Database) -> Verdict:
        state = state_of(site, database)
        where = f"{database.name} at {place_of(database)}"
        if not state.tables:
            return passes(f"database {where} is empty")
        if uses(site.release, database):
            return passes(f"database {where} has {_tables(state)}, and the release runs with it")
        lost = database.variables == DATA_PLANE and not site.secret(ENCRYPTION_KEY)
        remedy = f"If they are another's, name an empty database in {database.variables}name."
        if database.variables == DATA_PLANE:
            remedy += (
                " If they are this deployment's own, of a cluster that was lost, they need the very encryption key "
                "that they were written with (playbooks/restore.yml)."
            )
        said = f"Database {where} has {_tables(state)}, and no release here uses it so far"
        if lost:
            # A new key would be made, and nobody could read any more what the old one encrypted.
            return fails(f"{said}; no encryption key that could have written them is known.", remedy)
        return warns(
            f"{said}: two deployments must never share a database.",
            remedy,
        )

    return on_each(site, look)


@check("database.connections", "{database_connections} connections for each replica that uses a database", ahead=True)
def connections(site: Site) -> Verdict:
    """The server, the role and the database have room for all replicas."""
    each = site.want.count("database_connections")

    def look(database: Database) -> Verdict:
        limits = state_of(site, database).limits
        what, left = min(limits.items(), key=lambda limit: limit[1])
        replicas = _replicas(site, database)
        left, needed = max(0, left), replicas * each
        found = f"{place_of(database)} has {left} connections left for role {database.user} ({what})"
        if left >= needed:
            return passes(f"{found}, of {needed} that are needed")
        remedy = "Raise it, end what holds connections, or lower popsink_required_database_connections."
        said = f"{found}; {replicas} replicas need {needed}."
        return fails(said, remedy) if left < replicas else warns(said, remedy)

    return on_each(site, look)


def _replicas(site: Site, database: Database) -> int:
    """Pods of the release that use a database: the schema registry uses the data plane's where it has none."""
    own = {other.variables for other in site.want.databases} != {DATA_PLANE}
    users: Collection[str] = ("data-plane",) if own else ("data-plane", "kora")
    if database.variables != DATA_PLANE:
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
    return f"GRANT USAGE, CREATE ON SCHEMA {quoted(schema)} TO {user};"
