# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the bundled PostgreSQL, where the schema registry gets a database of its own in it."""

from __future__ import annotations

from ...cluster.session import Cluster
from ...database.bundled_server import administrator_of
from ...database.kora import KoraDatabase, TakenError, wanted_from
from ..check import Verdict, check, fails, passes
from ..site import Site


@check("database.bundled", "a bundled PostgreSQL that can have the schema registry's own database", ahead=True)
def bundled(site: Site) -> Verdict:
    """Where it runs already, nobody else has the names of the role and the database."""
    if site.want.bundled_database is None:
        return passes("nothing is made in a bundled PostgreSQL")
    database, wanted = wanted_from(site.want.bundled_database, site.want.namespace)
    place = f"role {wanted.role} and database {wanted.name}"
    if site.find(f"/api/v1/namespaces/{database.namespace}/pods/{database.pod}") is None:
        return passes(f"{place} are made once PostgreSQL runs")
    # A session of its own: while a command runs in a pod, its session can do nothing else.
    cluster = Cluster.connect(site.auth)
    administrator = site.secret("database_admin_password") or administrator_of(
        cluster, site.want.namespace, site.want.release
    )
    try:
        todo = KoraDatabase(cluster, database, administrator).missing(wanted, site.secret(wanted.password) or None)
    except TakenError as error:
        return fails(str(error), "")
    return passes("; ".join(told for told, _statement in todo) or f"{place} are there")
