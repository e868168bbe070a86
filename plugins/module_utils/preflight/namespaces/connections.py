# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections that a deployment lives by. Source: docs/chart.md."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ...errors import PopsinkError
from ...kafka.login import servers_in
from ...plan.labels import INSTANCE
from ...storage.bucket import url_of
from ...tree import dig
from ..pods.workloads import Workload, planned
from ..selectors import selects
from ..site import Site
from .network_policy import Peer, Port

DATA_PLANE, WORKERS = "data-plane", "connector workers"

#: Who connects to whom within the namespace; of some pairs a release has one or the other only.
_PAIRS = (
    (DATA_PLANE, "tansu"),
    (DATA_PLANE, "kora"),
    (DATA_PLANE, "karapace"),
    (DATA_PLANE, "postgresql"),
    (DATA_PLANE, WORKERS),
    ("kora", "postgresql"),
    ("karapace", "tansu"),
    (WORKERS, DATA_PLANE),
    (WORKERS, "tansu"),
    (WORKERS, "kora"),
    (WORKERS, "karapace"),
)

#: As the Service has it, and as OpenShift's own pods listen.
_DNS = (Port(53, "dns", "UDP"), Port(5353, "dns", "UDP"))

_HTTPS = 443
_API = "/api/v1/namespaces/default/endpoints/kubernetes"
#: Names with fewer dots may be ``SERVICE`` or ``SERVICE.NAMESPACE``.
_DOTS = 2
_CLUSTER_NAMES = (".svc", ".svc.cluster.local")


@dataclass(frozen=True)
class Connection:
    """One connection.

    :ivar ports: of which one is enough.
    :ivar certain: whether the labels of both ends are known, or need not be.
    :ivar lenient: whether it counts as let through where the policies alone cannot tell.
    """

    source: Peer
    target: Peer
    ports: tuple[Port, ...]
    certain: bool = True
    lenient: bool = False

    @property
    def end(self) -> str:
        """The target with its first port, for people."""
        port = self.ports[0]
        protocol = "" if port.protocol == "TCP" else f"/{port.protocol}"
        return f"{self.target.title} (port {port.number}{protocol})" if port.number else self.target.title


def connections(site: Site) -> Iterator[Connection]:
    """What must be let through."""
    workloads = {workload.component: workload for workload in planned(site).workloads if workload.lasting}
    peers = {name: Peer(name, workload.labels) for name, workload in workloads.items()}
    peers[WORKERS] = Peer(WORKERS, worker_labels(site))
    found = [*_within(site, workloads, peers)]
    for name, target, port in _outside(site):
        if name in peers:
            found.append(Connection(peers[name], target, (Port(port),), name != WORKERS))
    if DATA_PLANE in peers:
        found += _to_api(site, peers[DATA_PLANE])
    yield from found
    # Whoever connects asks for names first.
    for name in dict.fromkeys(connection.source.title for connection in found):
        yield Connection(peers[name], Peer("DNS", inside=True), _DNS, name != WORKERS, lenient=True)
    if DATA_PLANE in peers and site.want.exposure is not None:
        ports = _ports(site, workloads[DATA_PLANE])
        # It may be let in by other means than a policy, for instance as a program of the node.
        yield Connection(Peer("the Ingress controller", inside=True), peers[DATA_PLANE], ports, False, lenient=True)


def worker_labels(site: Site) -> Mapping[str, str]:
    """Labels of the connector workers, which the data plane makes: as the release's policies tell, else the least."""
    pods = [workload.labels for workload in planned(site).workloads]
    for item in site.objects:
        selector = (item["kind"] == "NetworkPolicy" and dig(item, "spec.podSelector")) or {}
        if selector.get("matchLabels") and not any(selects(selector, labels) for labels in pods):
            return dict(selector["matchLabels"])
    return {INSTANCE: site.want.release}


def _within(site: Site, workloads: Mapping[str, Workload], peers: Mapping[str, Peer]) -> Iterator[Connection]:
    own = [database.variables for database in site.want.databases]
    for source, target in _PAIRS:
        if source not in peers or target not in peers:
            continue
        if (source, target) == ("kora", "postgresql") and any("schema_registry" in name for name in own):
            continue
        # A worker's port is not known beforehand.
        ports = _ports(site, workloads[target]) if target in workloads else (Port(0),)
        yield Connection(peers[source], peers[target], ports, WORKERS not in (source, target))


def _ports(site: Site, workload: Workload) -> tuple[Port, ...]:
    """Where its pods listen: as Services lead to it, or as its containers say."""
    said = [
        Port(int(port["containerPort"]), str(port.get("name") or ""), str(port.get("protocol") or "TCP"))
        for container in workload.containers
        for port in container.get("ports") or ()
        if port.get("containerPort")
    ]
    found = []
    for item in site.objects:
        selector = dig(item, "spec.selector")
        if item["kind"] == "Service" and selector and selects({"matchLabels": selector}, workload.labels):
            for port in dig(item, "spec.ports") or ():
                target = port.get("targetPort") or port.get("port")
                known = [one for one in said if target in (one.number, one.name)]
                found += known or ([Port(target)] if isinstance(target, int) else [])
    return tuple(dict.fromkeys(found or said)) or (Port(0),)


def _outside(site: Site) -> Iterator[tuple[str, Peer, int]]:
    """Component, server and port."""
    want = site.want
    if want.control_plane is not None:
        yield DATA_PLANE, *_server("the control plane", want.control_plane.url, _HTTPS)
    if want.store is not None:
        for name in ("tansu", DATA_PLANE):
            yield (
                name,
                *_server("the object store", url_of(want.store.bucket), _HTTPS),
            )
    for database in want.databases:
        owner = "kora" if "schema_registry" in database.variables else DATA_PLANE
        yield owner, *_server(f"database {database.name}", f"//{_bracketed(database.host)}:{database.port}", 5432)
    for name in (DATA_PLANE, WORKERS):
        for server in (servers_in(want.kafka.bootstrap_servers) if want.kafka else None) or ():
            yield name, *_server("Kafka", f"//{_bracketed(server.host)}:{server.port}", 9092)
        if want.schema_registry is not None:
            yield name, *_server("the schema registry", want.schema_registry.url, _HTTPS)


def _server(title: str, url: str, otherwise: int) -> tuple[Peer, int]:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, otherwise)
    except ValueError:
        raise PopsinkError(f"The address of {title} cannot be read.") from None
    try:
        return Peer(title, address=str(ipaddress.ip_address(host))), port
    except ValueError:
        return Peer(title, inside=host.count(".") < _DOTS or host.endswith(_CLUSTER_NAMES)), port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _to_api(site: Site, source: Peer) -> Iterator[Connection]:
    """To the API server: where it really is, which is what most networks look at, or its Service."""
    target = Peer("the Kubernetes API", elsewhere=True)
    try:
        found = site.find(_API) or {}
    except PopsinkError:
        found = {}
    subsets = found.get("subsets") or ()
    addresses = [str(item["ip"]) for subset in subsets for item in subset.get("addresses") or () if item.get("ip")]
    numbers = [int(port["port"]) for subset in subsets for port in subset.get("ports") or () if port.get("port")]
    ports = tuple(Port(number) for number in dict.fromkeys([*(numbers or [6443]), _HTTPS]))
    for address in addresses or [""]:
        yield Connection(source, replace(target, address=address), ports)
