# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking from inside the cluster: what is made for it, once a run, and removed."""

from __future__ import annotations

from dataclasses import dataclass

from ...http_request import NotAskedError
from ...kafka.login import servers_in
from ...storage.bucket import url_of
from ..requirements import Requirements
from .jobs import Jobs
from .tunnel import Tunnel
from .web import server_of

#: Where a release's namespace is not there yet, and every cluster has one.
_ELSEWHERE = "default"


@dataclass(frozen=True)
class Probe:
    """What it is looked with.

    :ivar jobs: makes pods, and removes them.
    :ivar tunnel: the way to servers from inside the cluster.
    :ivar image: of the pods.
    """

    jobs: Jobs
    tunnel: Tunnel
    image: str


def place(want: Requirements, *, is_there: bool) -> str:
    """The namespace for pods of ours: the deployment's, where it is there.

    It is not made for the sake of looking: whoever removes it again could remove a deployment.
    """
    return want.namespace if is_there else _ELSEWHERE


def servers(want: Requirements) -> list[tuple[str, int]]:
    """Host and port of everything outside of the cluster's API that the deployment connects to."""
    urls = [
        *([want.control_plane.url] if want.control_plane else ()),
        *([url_of(want.store.bucket)] if want.store else ()),
        *([want.schema_registry.url] if want.schema_registry else ()),
    ]
    found = [(database.host, database.port) for database in want.databases]
    for url in urls:
        try:
            found.append(server_of(url))
        except NotAskedError:
            # What is wrong with it is said by whoever asks it.
            continue
    if want.kafka:
        found += [(server.host, server.port) for server in servers_in(want.kafka.bootstrap_servers) or ()]
    return list(dict.fromkeys(found))
