# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role and databases made where they are missing, over one connection, and seen to be of use."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import PopsinkError
from ..plan.database import WantedDatabase
from ..way import Here
from .administrator import Administrator
from .creation import PASSWORD_TAKEN, UNSEEN, WRONG_PASSWORD, Creation, Problem, Server, Step, decided, held, unreadable
from .login import Login, LoginError
from .state import State, ask
from .wire import offers_tls


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
        return f"{UNSEEN} ({str(error).rstrip('.')})"
    return held(state.tables)


def _refused(creation: Creation, wanted: WantedDatabase, known: Mapping[str, str]) -> str | None:
    password = known.get(wanted.password)
    if not password:
        return None
    try:
        _state(creation, wanted, password)
    except LoginError as error:
        return error.code if error.code in (WRONG_PASSWORD, *PASSWORD_TAKEN) else error.said
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
