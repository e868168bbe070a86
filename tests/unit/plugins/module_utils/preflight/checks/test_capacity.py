"""Room on the nodes for what is planned."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import capacity

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def node(
    name: str = "one", cpu: str = "4", memory: str = "16Gi", *, pods: str = "110", ready: str = "True", **labels: str
) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {HOST: name, **labels}},
        "status": {
            "conditions": [{"type": "Ready", "status": ready}],
            "nodeInfo": {"architecture": "amd64"},
            "allocatable": {"cpu": cpu, "memory": memory, "pods": pods},
        },
    }


def asking(cpu: str | None, memory: str | None) -> list[dict[str, Any]]:
    return [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]


def workload(
    name: str = "tansu",
    cpu: str | None = "1",
    memory: str | None = "1Gi",
    *,
    replicas: int = 1,
    kind: str = "Deployment",
    **pod: Any,
) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": asking(cpu, memory), **pod}}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"replicas": replicas, "template": template}}


def running(on: str = "one", cpu: str = "1", memory: str = "1Gi", *, namespace: str = "other", **more: Any) -> Any:
    labels, owners = more.pop("labels", {}), more.pop("owners", [])
    metadata = {"name": "x", "namespace": namespace, "labels": labels, "ownerReferences": owners}
    return {"metadata": metadata, "spec": {"nodeName": on, "containers": asking(cpu, memory), **more}}


def own(component: str, cpu: str) -> Any:
    labels = {"app.kubernetes.io/instance": "popsink", "app.kubernetes.io/component": component}
    return running(cpu=cpu, namespace="popsink", labels=labels, owners=[{"kind": "ReplicaSet", "controller": True}])


def apart(key: str = HOST, app: str = "tansu", **more: Any) -> dict[str, Any]:
    term = {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}, **more}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def spread(key: str = HOST, skew: int = 1, **more: Any) -> list[dict[str, Any]]:
    selector = {"matchLabels": {"app": "tansu"}}
    return [
        {"topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector, **more}
    ]


def looked(
    cluster: FakeCluster, nodes: list[dict[str, Any]], pods: list[dict[str, Any]], *objects: dict[str, Any]
) -> Finding:
    listed(cluster, "/api/v1/nodes", *nodes)
    listed(cluster, "/api/v1/pods", *pods)
    return capacity.capacity.run(site(cluster, objects=list(objects)))


@pytest.mark.parametrize(
    ("nodes", "pods", "objects", "status"),
    [
        pytest.param([node()], [], [workload(cpu="4")], PASS, id="just enough"),
        pytest.param([node()], [], [workload(cpu="4001m")], FAIL, id="a node too small"),
        pytest.param([node(), node("two")], [], [workload(cpu="5")], FAIL, id="no pod runs on two nodes"),
        pytest.param([node()], [running()], [workload(cpu="3")], PASS, id="beside what runs"),
        pytest.param([node()], [running()], [workload(cpu="3500m")], FAIL, id="not beside what runs"),
        pytest.param([node()], [running("gone")], [workload(cpu="4")], PASS, id="a pod of a node that is gone"),
        pytest.param([node()], [running("")], [workload(cpu="4")], PASS, id="a pod that has no node"),
        pytest.param([node()], [own("tansu", "3")], [workload(cpu="4")], PASS, id="what is replaced makes room"),
        pytest.param([node()], [own("connector-worker", "3")], [workload(cpu="4")], FAIL, id="a worker makes none"),
        pytest.param([node()], [], [workload(memory="17Gi")], FAIL, id="too little memory"),
        pytest.param([node(pods="2")], [running()], [workload()], PASS, id="a place for one pod"),
        pytest.param([node(pods="1")], [running()], [workload()], FAIL, id="no place for a pod"),
        pytest.param([node()], [], [workload(replicas=4)], PASS, id="all replicas"),
        pytest.param([node()], [], [workload(replicas=5)], FAIL, id="not all replicas"),
        pytest.param([node()], [], [workload(), workload("kora", "3500m")], FAIL, id="not both"),
        pytest.param(
            [node(), node("two")],
            [],
            [workload("a", "1"), workload("b", "2"), workload("c", "3"), workload("d", "2")],
            PASS,
            id="large ones first",
        ),
        pytest.param(
            [node(), node("two")],
            [],
            [workload("any", "3"), workload("bound", "2", nodeSelector={HOST: "one"})],
            PASS,
            id="those with less choice first",
        ),
        pytest.param([node(), node("two", ready="False")], [], [workload(replicas=5)], FAIL, id="not on a sick node"),
        pytest.param([node(disk="ssd")], [], [workload(nodeSelector={"disk": "hdd"})], FAIL, id="no node suits"),
        pytest.param([node()], [], [workload("daemon", kind="DaemonSet")], PASS, id="one on each node"),
        pytest.param(
            [node(), node("two", "500m")], [], [workload("daemon", kind="DaemonSet")], FAIL, id="not on each node"
        ),
        pytest.param([node()], [], [workload(cpu="9", kind="CronJob")], PASS, id="what ends by itself does not count"),
        pytest.param([node()], [], [workload(cpu=None)], WARN, id="says nothing of CPU"),
        pytest.param([node()], [], [workload(memory=None)], WARN, id="says nothing of memory"),
        pytest.param([node(pods="0")], [], [workload(cpu=None)], FAIL, id="no room is worse than saying nothing"),
        pytest.param([node(ready="False")], [], [workload()], NOT_CHECKED, id="no usable node"),
        pytest.param([node()], [], [workload(cpu="lots")], NOT_CHECKED, id="no quantity"),
        pytest.param([node()], [running(cpu="lots")], [workload()], NOT_CHECKED, id="no quantity of what runs"),
        pytest.param([node()], [], [], NOT_CHECKED, id="nothing is rendered"),
        pytest.param(
            [node()],
            [],
            [workload(affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}})],
            NOT_CHECKED,
            id="a rule that is not understood",
        ),
    ],
)
def test_capacity(
    cluster: FakeCluster,
    nodes: list[dict[str, Any]],
    pods: list[dict[str, Any]],
    objects: list[dict[str, Any]],
    status: str,
) -> None:
    assert looked(cluster, nodes, pods, *objects).status == status


ZONES = [node("one", zone="a", **{ZONE: "a"}), node("two", **{ZONE: "a"}), node("three", **{ZONE: "b"})]


@pytest.mark.parametrize(
    ("pods", "planned", "status"),
    [
        pytest.param([], workload(replicas=3, affinity=apart()), PASS, id="one on each node"),
        pytest.param([], workload(replicas=4, affinity=apart()), FAIL, id="more than nodes"),
        pytest.param([], workload(replicas=2, affinity=apart(ZONE)), PASS, id="one in each zone"),
        pytest.param([], workload(replicas=3, affinity=apart(ZONE)), FAIL, id="more than zones"),
        pytest.param([], workload(replicas=4, affinity=apart("rack")), PASS, id="by a label that no node has"),
        pytest.param([], workload(replicas=4, affinity=apart(app="kora")), PASS, id="apart from others only"),
        pytest.param(
            [running(namespace="popsink", labels={"app": "tansu"})],
            workload(replicas=3, affinity=apart()),
            FAIL,
            id="apart from one that stays",
        ),
        pytest.param(
            [running(labels={"app": "tansu"})],
            workload(replicas=3, affinity=apart()),
            PASS,
            id="in another namespace",
        ),
        pytest.param(
            [running(labels={"app": "tansu"})],
            workload(replicas=9, affinity=apart(namespaces=["other"])),
            FAIL,
            id="in a namespace that is named",
        ),
        pytest.param(
            [running(labels={"app": "tansu"})],
            workload(replicas=3, affinity=apart(namespaceSelector={})),
            FAIL,
            id="in any namespace",
        ),
        pytest.param(
            [running(affinity=apart(ZONE, namespaces=["popsink"]))],
            workload(cpu="3", replicas=2),
            FAIL,
            id="kept away by one that stays",
        ),
        pytest.param([], workload(replicas=12, topologySpreadConstraints=spread()), PASS, id="spread evenly"),
        pytest.param(
            [running(cpu="4")], workload(replicas=3, topologySpreadConstraints=spread()), FAIL, id="spread too far"
        ),
        pytest.param(
            [running(cpu="4")], workload(replicas=4, topologySpreadConstraints=spread(skew=2)), PASS, id="spread less"
        ),
        pytest.param(
            [running(cpu="4")],
            workload(
                replicas=3,
                topologySpreadConstraints=spread(),
                affinity={
                    "nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [
                                {"matchExpressions": [{"key": HOST, "operator": "NotIn", "values": ["one"]}]}
                            ]
                        }
                    }
                },
            ),
            PASS,
            id="a node that does not suit does not count",
        ),
        pytest.param(
            [], workload(replicas=4, topologySpreadConstraints=spread(minDomains=4)), FAIL, id="too few to spread over"
        ),
        pytest.param([], workload(topologySpreadConstraints=spread("rack")), FAIL, id="spread over what is not there"),
        pytest.param(
            [running("three", "4")],
            workload(replicas=3, topologySpreadConstraints=spread(ZONE)),
            FAIL,
            id="spread over zones",
        ),
    ],
)
def test_rules_on_other_pods(
    cluster: FakeCluster, pods: list[dict[str, Any]], planned: dict[str, Any], status: str
) -> None:
    assert looked(cluster, ZONES, pods, planned).status == status


def test_spreading_counts_nodes_that_are_sick_or_tainted_unless_told_otherwise(cluster: FakeCluster) -> None:
    nodes = [node("one"), node("two", ready="False")]
    planned = workload(replicas=2, topologySpreadConstraints=spread())
    minding = workload(replicas=2, topologySpreadConstraints=spread(nodeTaintsPolicy="Honor"))
    assert looked(cluster, nodes, [], planned).status == FAIL
    assert looked(cluster, nodes, [], minding).status == PASS


@pytest.mark.parametrize(
    ("nodes", "planned", "words"),
    [
        (
            [node("one", "2"), node("two", "1500m", "8Gi")],
            workload(cpu="3", memory="4Gi", replicas=3),
            "3 of 3 pods of tansu find no node: each asks for 3 CPU and 4Gi, and one, which comes closest, has",
        ),
        (
            [node(pods="0")],
            workload(),
            "one, which comes closest, has 4 CPU and 16Gi and 0 pods left: 1 pods too little",
        ),
        (
            [{**node(), "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}],
            workload(),
            "they tolerate the taints of none (nodes.taints)",
        ),
        (
            [node()],
            workload(replicas=2, affinity=apart()),
            "1 of 2 pods of tansu find no node: anti-affinity or topologySpreadConstraints leave none of their 1 nodes",
        ),
        (
            [node(), node("two", "500m")],
            workload("daemon", kind="DaemonSet"),
            "1 of 2 pods of daemon find no node: each asks for 1 CPU and 1Gi, and two, which comes closest, has 0.5",
        ),
    ],
)
def test_what_is_missing_is_told(
    cluster: FakeCluster, nodes: list[dict[str, Any]], planned: dict[str, Any], words: str
) -> None:
    finding = looked(cluster, nodes, [], planned)
    assert words in finding.found
    assert "popsink_size" in finding.remedy


def node_affinity(*expressions: tuple[str, str, list[str]]) -> dict[str, Any]:
    terms = [
        {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}
        for key, operator, values in expressions
    ]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


@pytest.mark.parametrize(
    ("pod", "asked"),
    [
        ({"nodeSelector": {"pool": "data", "disk": "ssd"}}, "pool=data and disk=ssd"),
        ({"affinity": node_affinity(("pool", "In", ["data"]))}, "pool=data"),
        ({"affinity": node_affinity(("pool", "In", ["a", "b"]), ("disk", "Exists", []))}, "pool in (a, b) or disk"),
        ({"affinity": node_affinity((HOST, "DoesNotExist", []))}, f"!{HOST}"),
        (
            {"nodeSelector": {"a": "b"}, "affinity": node_affinity((HOST, "NotIn", ["one"]))},
            f"a=b and {HOST} notin (one)",
        ),
    ],
)
def test_labels_that_no_node_has_are_named_once(cluster: FakeCluster, pod: dict[str, Any], asked: str) -> None:
    finding = looked(cluster, [node()], [], workload(**pod), workload("kora", **pod), workload("large", cpu="9"))
    assert f"no usable node has {asked}, which nodeSelector or affinity of kora, tansu ask for; 1 of 1" in finding.found
    assert [word for word in ("kubectl label node", "popsink_node_selector") if word not in finding.remedy] == []


def test_everything_that_finds_no_node_is_told(cluster: FakeCluster) -> None:
    found = looked(cluster, [node()], [], workload("a", "9"), workload("b", "9"), workload("c")).found
    assert ("pods of a " in found, "pods of b " in found, "pods of c " in found) == (True, True, False)


def test_pods_that_may_not_be_read_are_no_room(cluster: FakeCluster) -> None:
    listed(cluster, "/api/v1/nodes", node())
    cluster.answers["GET", "/api/v1/pods"] = ApiError(403, "forbidden")
    assert capacity.capacity.run(site(cluster, objects=[workload()])).status == NOT_CHECKED
