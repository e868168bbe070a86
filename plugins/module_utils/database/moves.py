# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the bundled PostgreSQL is to be moved: the databases of a release that runs with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cluster.session import Cluster
from ..errors import PopsinkError
from ..release.state import find_deployed, find_release
from ..tree import dig
from .bundled_server import administrator_of
from .move import Move, Target


def moves(
    cluster: Cluster, namespace: str, release: str, targets: list[Target], known: Mapping[str, str]
) -> list[Move]:
    """What is to be moved: the databases of a release that runs with the bundled PostgreSQL; nothing of any other.

    :param targets: the data plane's database, and the schema registry's where that has its own.
    :param known: values by secret name.
    :raises PopsinkError: they do not fit each other, a password is not known, or it cannot be told what is to be moved.
    """
    service = f"{release}-postgresql"
    pod = f"{service}-0"
    deployed, newest = find_deployed(cluster, namespace, release), find_release(cluster, namespace, release)
    values = deployed.effective if deployed else {}
    if not dig(values, "postgresql.enabled"):
        if _runs_with(values, targets):
            return []
        _require_nothing_left(cluster, namespace, service)
        if deployed is None:
            return []
        raise PopsinkError(
            "The release runs with a database outside of the chart, and with another than the inventory names. Only "
            "the bundled PostgreSQL's content is moved from here; nothing was.",
            remedy="Move it by pg_dump and psql, then run site.yml with popsink_accept: [database].",
        )
    if cluster.find(f"/api/v1/namespaces/{namespace}/pods/{pod}") is None:
        if newest and _runs_with(newest.effective, targets):
            # A run before this one copied it, and its change of the release failed later.
            return []
        raise PopsinkError(
            f"The release runs with the bundled PostgreSQL, and pod {namespace}/{pod} is not there.",
            remedy="See that it runs: playbooks/site.yml with popsink_database_mode: bundled.",
        )
    old = _databases_in(values, service, namespace)
    if not _is_service(dig(values, "kora.database.host"), service, namespace):
        # Kora's is outside already.
        targets = targets[:1]
    if len(old) != len(targets):
        has, will = "shares the data plane's", "would have one of its own"
        if len(old) > 1:
            has, will = "has its own", "would share one"
        raise PopsinkError(
            f"The schema registry {has} database in the release, and {will} outside.",
            remedy="Move it as it is (popsink_schema_registry_database_name), and part or join them not at all.",
        )
    administrator = known.get("database_admin_password") or administrator_of(cluster, namespace, release)
    lacking = [target.password for target in targets if target.password not in known and not target.pending]
    if not administrator:
        lacking.append("database_admin_password")
    if lacking:
        raise PopsinkError(f"No value is known of {', '.join(f'popsink_{name}' for name in lacking)}.")
    return [
        Move(cluster, namespace, pod, name, target, administrator, known.get(target.password, ""))
        for name, target in zip(old, targets, strict=True)
    ]


def _databases_in(values: Mapping[str, Any], service: str, namespace: str) -> list[str]:
    """Names of the databases in the bundled PostgreSQL, the data plane's first.

    :raises PopsinkError: the data plane's is not told.
    """
    data = dig(values, "postgresql.auth.database")
    if not data:
        raise PopsinkError(
            "The release does not say what its database in the bundled PostgreSQL is called.",
            remedy="Say so: postgresql.auth.database, by playbooks/site.yml with popsink_database_mode: bundled.",
        )
    registry = dig(values, "kora.database.database") or data
    beside = _is_service(dig(values, "kora.database.host"), service, namespace)
    return [str(data), str(registry)] if beside and registry != data else [str(data)]


def _is_service(host: object, service: str, namespace: str) -> bool:
    """Whether a host name is that of a Service in the namespace, in any of its forms, or of none."""
    name = str(host or "").casefold().rstrip(".")
    whole = f"{service}.{namespace}.svc"
    return name in ("", service, f"{service}.{namespace}", whole) or name.startswith(f"{whole}.")


def _runs_with(values: Mapping[str, Any], targets: list[Target]) -> bool:
    """Whether a release has its database where it is to be moved to."""
    host, name = (str(dig(values, f"externalDatabase.{key}") or "") for key in ("host", "database"))
    there = any((target.host.casefold(), target.name) == (host.casefold(), name) for target in targets[:1])
    return there and not dig(values, "postgresql.enabled")


def _require_nothing_left(cluster: Cluster, namespace: str, service: str) -> None:
    """End where a bundled PostgreSQL is there that the release says nothing of: its content would stay behind.

    :raises PopsinkError: it is there.
    """
    for kind, path in (
        ("StatefulSet", f"/apis/apps/v1/namespaces/{namespace}/statefulsets/{service}"),
        ("pod", f"/api/v1/namespaces/{namespace}/pods/{service}-0"),
    ):
        if cluster.find(path) is not None:
            raise PopsinkError(
                f"{kind} {path.rpartition('/')[2]} of a bundled PostgreSQL is in namespace {namespace}, and the "
                "release does not run with it, nor with the database that it is to be moved to. Nothing was moved.",
                remedy="Roll out with popsink_database_mode: bundled if its content is wanted, or delete it if not.",
            )
