# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases outside of the chart: how each is asked, once, and what is said of all of them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..cluster.session import ApiError
from ..database.bring import outlook
from ..database.creation import ENCRYPTION_KEY, Creation, Problem, Step
from ..database.login import Login, LoginError, Tls, TlsError
from ..database.quoting import quoted
from ..database.state import State, ask
from ..database.wire import NotReachedError, offers_tls
from ..errors import PopsinkError
from ..findings import ORDER, PASS
from ..release.state import Release
from ..secrets.catalogue import CATALOGUE
from ..tree import dig
from ..way import UnreachableError, UnresolvedError
from .check import Verdict, passes, unchecked
from .requirements import Database
from .site import Site

#: How the variables of the data plane's database begin.
DATA_PLANE = "popsink_database_"

#: As inputs and as charts call it.
_POSTGRESQL = ("postgresql", "postgres")


class ToBeMadeError(PopsinkError):
    """The database, or its role, is made by the rollout."""


def on_each(site: Site, look: Callable[[Database], Verdict]) -> Verdict:
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
    if database.backend not in _POSTGRESQL:
        return unchecked(
            f"The database of {database.owner} is of kind {database.backend}; only PostgreSQL can be asked."
        )
    try:
        return look(database)
    except ToBeMadeError as made:
        return passes(str(made))
    except TlsError:
        return unchecked(f"{place_of(database)} was not asked: see database.tls.")
    except (UnresolvedError, UnreachableError, NotReachedError):
        return unchecked(f"{place_of(database)} was not reached: see database.reachable.")
    except LoginError:
        return unchecked(f"{place_of(database)} does not let the role in: see database.login.")
    except ApiError:
        # Of the cluster, whichever database it is about.
        raise
    except PopsinkError as error:
        return unchecked(str(error))


def tls_offered(site: Site, database: Database) -> bool:
    """Whether the server speaks TLS; asked once."""
    host, port = database.host, database.port
    return site.once(("database.tls", host, port), lambda: offers_tls(site.way, host, port))


def state_of(site: Site, database: Database) -> State:
    """What the role sees in the database; asked once, over one connection.

    :raises ToBeMadeError: it is not there yet.
    """
    if database.made:
        _require_there(site, database)
    offered = tls_offered(site, database)
    return site.once(("database.state", database), lambda: ask(site.way, login_of(site, database), tls=offered))


def was_seen_empty(site: Site) -> bool:
    """Whether the data plane's database outside of the chart was looked into, and holds no table."""
    first = next(iter(site.want.databases), None)
    state = site.answered(("database.state", first)) if first and first.variables == DATA_PLANE else None
    return state is not None and not state.tables


def login_of(site: Site, database: Database) -> Login:
    """How the role logs in.

    :raises PopsinkError: its password is not known.
    """
    password = site.secret(database.password)
    if not password:
        raise PopsinkError(
            f"The password of role {database.user} is not known ({CATALOGUE[database.password].variable})."
        )
    return Login(database.host, database.port, database.name, database.user, password, tls_of(site))


def tls_of(site: Site) -> Tls:
    """How databases outside of the chart are asked."""
    want = site.want.database_tls
    return Tls(want.sslmode, want.ca_cert, want.client_cert, site.secret("database_client_key") or "")


def _require_there(site: Site, database: Database) -> None:
    try:
        steps, problems = to_be_made(site)
    except PopsinkError:
        steps, problems = [], None
    if problems is None or problems:
        raise PopsinkError(f"{place_of(database)} was not asked: see database.create.")
    if any(_concerns(step, database) for step in steps):
        raise ToBeMadeError(f"the rollout makes what is missing at {place_of(database)}")


def _concerns(step: Step, database: Database) -> bool:
    """Whether a database cannot be used before a step is taken; what is made of another one hides nothing of it."""
    if step.kind in ("role", "password"):
        return step.wanted.user == database.user
    return step.kind == "database" and step.name == database.name


def to_be_made(site: Site) -> tuple[list[Step], list[Problem]]:
    """What is made on request, and what is in the way of it; asked once.

    :raises PopsinkError: it cannot be asked.
    """

    def ask_administrator() -> tuple[list[Step], list[Problem]]:
        creation = Creation.from_dict(site.want.creation or {}, site.secret("database_client_key") or "")
        names = {"database_admin_dsn", ENCRYPTION_KEY, *(wanted.password for wanted in creation.databases)}
        return outlook(creation, {name: value for name in names if (value := site.secret(name))})

    return site.once("database.creation", ask_administrator)


def way_in(database: Database, code: str) -> str:
    """What to do about a login that is refused, by its SQLSTATE."""
    user, name = quoted(database.user), quoted(database.name)
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
            f"that may not log in: ALTER ROLE {user} LOGIN; a server that asks for a client certificate: "
            "popsink_database_client_cert."
        )
    if code == "53300":
        return "End what holds connections, or raise max_connections or the CONNECTION LIMIT of role or database."
    return f"Check {database.variables}user, {database.variables}name and {CATALOGUE[database.password].variable}."


def uses(release: Release | None, database: Database) -> bool:
    """Whether a release runs with a database already."""
    return release is not None and (database.host, database.name) in _databases(release.values)


def _databases(values: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Host and name of the databases that chart values name."""
    blocks = ("externalDatabase", "kora.database")
    return [(dig(values, f"{block}.host"), dig(values, f"{block}.database")) for block in blocks]


def place_of(database: Database) -> str:
    """Host and port, for people."""
    return f"{database.host}:{database.port}"
