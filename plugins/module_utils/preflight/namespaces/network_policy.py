# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkPolicies: whom they let reach whom. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ..selectors import selects

EGRESS, INGRESS = "Egress", "Ingress"


class Reach(IntEnum):
    """Whether a connection is let through; what cannot be told from the policies is in between."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True)
class Port:
    """A port as policies name it: by number or by its name in the pod that listens.

    :ivar number: 0 for any.
    """

    number: int
    name: str = ""
    protocol: str = "TCP"


@dataclass(frozen=True)
class Peer:
    """One end of a connection.

    :ivar title: for people.
    :ivar labels: of the pods; None for an end that is no pod of the namespace.
    :ivar address: of an end outside, where it is known as an address.
    :ivar inside: whether an end outside of the namespace may be a pod of the cluster.
    :ivar elsewhere: whether it may have other addresses, too.
    """

    title: str
    labels: Mapping[str, str] | None = None
    address: str = ""
    inside: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Policies:
    """The NetworkPolicies of a namespace.

    :ivar items: all that count together: what one of them lets through is let through.
    :ivar namespace: the namespace's labels.
    """

    items: Sequence[Mapping[str, Any]]
    namespace: Mapping[str, str] = field(default_factory=dict)

    def selecting(self, pod: Mapping[str, str], direction: str) -> list[Mapping[str, Any]]:
        """The policies that cut pods with these labels off in a direction, but for what policies let through."""
        return [
            item
            for item in self.items
            if direction in _types(item) and selects((item.get("spec") or {}).get("podSelector"), pod)
        ]

    def reach(self, pod: Mapping[str, str], direction: str, peer: Peer, ports: Iterable[Port]) -> Reach:
        """Whether pods with these labels may reach the other end, or be reached by it, on one of some ports."""
        selecting, wanted = self.selecting(pod, direction), list(ports)
        if not selecting:
            return Reach.YES
        rules = [rule or {} for item in selecting for rule in item["spec"].get(direction.lower()) or ()]
        fitting = [rule for rule in rules if _has_port(rule, wanted)]
        return max((self._meets(rule.get("to" if direction == EGRESS else "from"), peer) for rule in fitting),
                   default=Reach.NO)  # fmt: skip

    def _meets(self, peers: Any, other: Peer) -> Reach:
        if not peers:
            return Reach.YES
        return max(self._is(peer or {}, other) for peer in peers)

    def _is(self, peer: Mapping[str, Any], other: Peer) -> Reach:
        if peer.get("ipBlock"):
            # Pods are told by their labels, not by addresses that they have for a while.
            return Reach.NO if other.labels is not None else _in_block(peer["ipBlock"], other)
        spaces = peer.get("namespaceSelector")
        if other.labels is not None:
            near = spaces is None or selects(spaces, self.namespace)
            return Reach.YES if near and selects(peer.get("podSelector") or {}, other.labels) else Reach.NO
        if spaces is None or not other.inside:
            return Reach.NO
        # Pods of another namespace: all of them, or some whose labels are not known here.
        return Reach.MAYBE if spaces or peer.get("podSelector") else Reach.YES


def _types(item: Mapping[str, Any]) -> Sequence[str]:
    spec = item.get("spec") or {}
    return spec.get("policyTypes") or (INGRESS, *([EGRESS] if spec.get("egress") else []))


def _has_port(rule: Mapping[str, Any], wanted: Iterable[Port]) -> bool:
    ports = rule.get("ports")
    return not ports or any(_is_port(port or {}, one) for port in ports for one in wanted)


def _is_port(port: Mapping[str, Any], one: Port) -> bool:
    if (port.get("protocol") or "TCP") != one.protocol:
        return False
    value = port.get("port")
    if value is None or one.number == 0:
        return True
    if isinstance(value, int):
        return value <= one.number <= int(port.get("endPort") or value)
    return bool(one.name) and value == one.name


def _in_block(block: Mapping[str, Any], other: Peer) -> Reach:
    """Whether an address is in a block; of a name that is told only by a block of everything."""
    try:
        network = ipaddress.ip_network(str(block.get("cidr")), strict=False)
        left_out = [ipaddress.ip_network(str(part), strict=False) for part in block.get("except") or ()]
    except ValueError:
        return Reach.MAYBE
    if not other.address:
        return Reach.YES if network.prefixlen == 0 else Reach.MAYBE
    there = ipaddress.ip_address(other.address)
    if there in network and not any(there in part for part in left_out):
        return Reach.YES
    return Reach.MAYBE if other.elsewhere else Reach.NO
