# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role and databases outside of the chart: what is wanted, what is there, and what is to be done or in the way.

What is there is used as it is, or named as wrong: nothing is dropped, and nobody else's role or database is changed.
What is made here carries a comment that names the deployment, so that a run that was ended in the middle is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..plan.database import WantedDatabase
from .login import Tls

#: How the comment on what is made begins.
_MARK = "popsink.data_plane: deployment "

#: SQLSTATE of a login with another password.
WRONG_PASSWORD = "28P01"

#: SQLSTATEs that a role gets to hear only after its password was taken: no such database, and no right to connect.
PASSWORD_TAKEN = ("3D000", "42501")

#: How it is said that a database may hold tables.
UNTOLD = "is there, whether it is empty cannot be told"
UNSEEN = "may hold tables, which its role cannot look for from the host that reaches the cluster"

#: The secret without which nobody can read what a data plane's tables hold.
ENCRYPTION_KEY = "connector_config_encryption_key"


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
        UNTOLD: f" If it is empty: GRANT CONNECT ON DATABASE {name} TO {server.administrator}; so that this can be "
        "seen.",
        UNSEEN: " If it is empty, and only the cluster reaches it: run site.yml whole, with popsink_preflight_inside.",
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


def held(count: int) -> str:
    """So many tables, as a part of a sentence; empty for none."""
    return f"holds {count} table{'s' * (count != 1)}" if count else ""


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
        return ([Step("password", wanted.role, wanted)] if code == WRONG_PASSWORD else []), []
    if comment == creation.mark and code == WRONG_PASSWORD:
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
    if code is None or code == WRONG_PASSWORD:
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
    if not code or code == WRONG_PASSWORD or code in PASSWORD_TAKEN:
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
