"""Whom NetworkPolicies let reach whom."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.namespaces.network_policy import (
    EGRESS,
    INGRESS,
    Peer,
    Policies,
    Port,
    Reach,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.selectors import selects

APP = {"app": "one"}
OTHER = Peer("other", {"app": "two"})
NAMED = Peer("server")
ADDRESS = Peer("server", address="10.1.2.3")
SERVICE = Peer("server", inside=True)
KAFKA = Port(9092, "kafka")
LABELS = {"team": "data"}


def egress(*rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"podSelector": {}, "policyTypes": [EGRESS], "egress": [*rules], **spec}}


def to(**peer: Any) -> dict[str, Any]:
    return {"to": [peer]}


def ports(*ports: dict[str, Any]) -> dict[str, Any]:
    return {"ports": [*ports]}


ANYWHERE = {"cidr": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("policy", "peer", "reach"),
    [
        pytest.param(egress(), OTHER, Reach.NO, id="nothing is let through"),
        pytest.param(egress({}), OTHER, Reach.YES, id="everything is"),
        pytest.param(egress(podSelector={"matchLabels": {"app": "x"}}), OTHER, Reach.YES, id="other pods are meant"),
        pytest.param(egress(policyTypes=[INGRESS]), OTHER, Reach.YES, id="the other direction is meant"),
        pytest.param(
            egress(ports({"port": 1}), policyTypes=None), OTHER, Reach.NO, id="rules make it an egress policy"
        ),
        pytest.param(egress(policyTypes=None), OTHER, Reach.YES, id="none make it one of the other direction"),
        pytest.param(egress(to(podSelector={})), OTHER, Reach.YES, id="to all pods"),
        pytest.param(egress(to(podSelector={"matchLabels": {"app": "two"}})), OTHER, Reach.YES, id="to these pods"),
        pytest.param(egress(to(podSelector={"matchLabels": {"app": "x"}})), OTHER, Reach.NO, id="to other pods"),
        pytest.param(egress(to(namespaceSelector={"matchLabels": LABELS})), OTHER, Reach.YES, id="to this namespace"),
        pytest.param(
            egress(to(namespaceSelector={"matchLabels": {"team": "x"}})), OTHER, Reach.NO, id="to another one"
        ),
        pytest.param(
            egress(to(namespaceSelector={}, podSelector={"matchLabels": {"app": "x"}})),
            OTHER,
            Reach.NO,
            id="both count",
        ),
        pytest.param(egress(to(ipBlock=ANYWHERE)), OTHER, Reach.NO, id="an address is no pod"),
        pytest.param(egress(ports({"port": 9092})), OTHER, Reach.YES, id="on the port"),
        pytest.param(egress(ports({"port": "kafka"})), OTHER, Reach.YES, id="on the port by its name"),
        pytest.param(egress(ports({"port": 9000, "endPort": 9100})), OTHER, Reach.YES, id="on a range"),
        pytest.param(egress(ports({"port": 9000, "endPort": 9091})), OTHER, Reach.NO, id="on another range"),
        pytest.param(egress(ports({"port": 9093})), OTHER, Reach.NO, id="on another port"),
        pytest.param(egress(ports({"port": "http"})), OTHER, Reach.NO, id="on another name"),
        pytest.param(egress(ports({"port": 9092, "protocol": "UDP"})), OTHER, Reach.NO, id="on another protocol"),
        pytest.param(egress(ports({})), OTHER, Reach.YES, id="on any port"),
        pytest.param(egress(ports({"port": 1}), to(podSelector={})), OTHER, Reach.YES, id="one rule is enough"),
        pytest.param(egress(to(ipBlock=ANYWHERE)), NAMED, Reach.YES, id="anywhere outside"),
        pytest.param(egress(to(ipBlock={"cidr": "10.0.0.0/8"})), NAMED, Reach.MAYBE, id="a name may be in a block"),
        pytest.param(egress(to(podSelector={})), NAMED, Reach.NO, id="pods are not outside"),
        pytest.param(egress(to(namespaceSelector={})), NAMED, Reach.NO, id="namespaces are not outside"),
        pytest.param(egress(to(ipBlock={"cidr": "10.0.0.0/8"})), ADDRESS, Reach.YES, id="in the block"),
        pytest.param(egress(to(ipBlock={"cidr": "10.2.0.0/16"})), ADDRESS, Reach.NO, id="not in the block"),
        pytest.param(
            egress(to(ipBlock={**ANYWHERE, "except": ["10.0.0.0/8"]})), ADDRESS, Reach.NO, id="left out of it"
        ),
        pytest.param(egress(to(ipBlock={"cidr": "::/0"})), ADDRESS, Reach.NO, id="another family"),
        pytest.param(egress(to(ipBlock={"cidr": "nonsense"})), ADDRESS, Reach.MAYBE, id="no block"),
        pytest.param(egress(to(namespaceSelector={})), SERVICE, Reach.YES, id="all namespaces"),
        pytest.param(egress(to(namespaceSelector={"matchLabels": LABELS})), SERVICE, Reach.MAYBE, id="some namespace"),
    ],
)
def test_reach(policy: dict[str, Any], peer: Peer, reach: Reach) -> None:
    assert Policies([policy], LABELS).reach(APP, EGRESS, peer, [KAFKA]) == reach


def test_what_one_policy_lets_through_is_let_through() -> None:
    assert Policies([egress(), egress(to(podSelector={}))]).reach(APP, EGRESS, OTHER, [KAFKA]) == Reach.YES


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "one"}}, True),
        ({"matchLabels": {"app": "one", "tier": "x"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["one", "two"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["two"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["one"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["one"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchLabels": {"app": "one"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selectors(selector: dict[str, Any] | None, chosen: bool) -> None:
    assert selects(selector, APP) is chosen
