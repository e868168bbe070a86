"""Nodes: how many, how large, and whether pods may go there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import nodes
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.node_rules import suits
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.workloads import planned_of

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site


def node(
    *, cpu: str = "8", memory: str = "32Gi", arch: str = "amd64", ready: str = "True", unschedulable: bool = False
) -> dict[str, Any]:
    return {
        "spec": {"unschedulable": True} if unschedulable else {},
        "status": {
            "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}],
            "nodeInfo": {"architecture": arch},
            "capacity": {"cpu": cpu, "memory": memory},
        },
    }


@pytest.mark.parametrize(
    ("second", "status"),
    [
        pytest.param(node(), PASS, id="as large as needed"),
        pytest.param(node(cpu="4", memory="16G"), PASS, id="just large enough"),
        pytest.param(node(cpu="4000m", memory="16000000Ki"), PASS, id="in other units"),
        pytest.param(node(cpu="3999m"), FAIL, id="too few CPUs"),
        pytest.param(node(memory="15G"), FAIL, id="too little memory"),
        pytest.param(node(arch="arm64"), FAIL, id="another architecture"),
        pytest.param(node(ready="False"), FAIL, id="not ready"),
        pytest.param(node(ready="Unknown"), FAIL, id="not heard of"),
        pytest.param(node(unschedulable=True), FAIL, id="cordoned"),
    ],
)
def test_nodes(cluster: FakeCluster, second: dict[str, Any], status: str) -> None:
    listed(cluster, "/api/v1/nodes", node(), second)
    assert nodes.nodes.run(site(cluster)).status == status


@pytest.mark.parametrize(("count", "status"), [(0, FAIL), (1, FAIL), (2, PASS), (3, PASS)])
def test_number_of_nodes(cluster: FakeCluster, count: int, status: str) -> None:
    listed(cluster, "/api/v1/nodes", *[node()] * count)
    assert nodes.nodes.run(site(cluster)).status == status


def test_nodes_are_told_with_what_is_needed(cluster: FakeCluster) -> None:
    listed(cluster, "/api/v1/nodes", node(), node(cpu="1"))
    finding = nodes.nodes.run(site(cluster))
    assert finding.found.startswith("1 of 2 nodes are Ready, schedulable, amd64 and large enough")
    assert finding.needed == "2 nodes that are Ready, schedulable, amd64 and have 4 CPU and 16G of memory"
    assert "popsink_required_nodes" in finding.remedy


@pytest.mark.parametrize(
    "wrong",
    [
        {"node_cpu": "four"},
        {"node_memory": "16GB"},
        {"node_memory": ""},
        {"nodes": None},
        {"nodes": "two"},
        {"nodes": True},
        {"nodes": -1},
    ],
)
def test_a_threshold_that_is_none_is_a_failure(cluster: FakeCluster, wrong: dict[str, Any]) -> None:
    listed(cluster, "/api/v1/nodes", node(), node())
    finding = nodes.nodes.run(site(cluster, **wrong))
    (name,) = wrong
    assert (finding.status, f"popsink_required_{name}" in finding.found) == (FAIL, True)


def tainted(*taints: dict[str, Any], name: str = "", **labels: str) -> dict[str, Any]:
    return {**node(), "metadata": {"name": name, "labels": labels}, "spec": {"taints": list(taints)}}


def taint(key: str = "dedicated", value: str = "gpu", effect: str = "NoSchedule") -> dict[str, Any]:
    return {"key": key, "value": value, "effect": effect}


def workload(name: str = "popsink-tansu", **pod: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": {"template": {"spec": pod}}}


@pytest.mark.parametrize(
    ("there", "toleration", "status"),
    [
        pytest.param(None, None, PASS, id="no taint"),
        pytest.param(taint(), None, FAIL, id="not tolerated"),
        pytest.param(taint(effect="NoExecute"), None, FAIL, id="would be driven out"),
        pytest.param(taint(effect="PreferNoSchedule"), None, PASS, id="only a preference"),
        pytest.param(taint("node.kubernetes.io/not-ready"), None, PASS, id="of a node's condition"),
        pytest.param(taint("node.kubernetes.io/disk-pressure"), None, FAIL, id="of another condition"),
        pytest.param(taint(), {"key": "dedicated", "value": "gpu"}, PASS, id="equal"),
        pytest.param(taint(), {"key": "dedicated", "value": "web"}, FAIL, id="another value"),
        pytest.param(taint(), {"key": "other", "operator": "Exists"}, FAIL, id="another key"),
        pytest.param(taint(), {"key": "dedicated", "operator": "Exists"}, PASS, id="whatever value"),
        pytest.param(taint(), {"operator": "Exists"}, PASS, id="whatever key"),
        pytest.param(taint(), {"operator": "Exists", "effect": "NoExecute"}, FAIL, id="another effect"),
        pytest.param(taint(), {"key": "dedicated", "operator": "Gt", "value": "gpu"}, FAIL, id="another operator"),
    ],
)
def test_taints(
    cluster: FakeCluster, there: dict[str, Any] | None, toleration: dict[str, Any] | None, status: str
) -> None:
    listed(cluster, "/api/v1/nodes", *[tainted(*[there] if there else [])] * 2)
    objects = [workload(tolerations=[toleration] if toleration else None)]
    assert nodes.taints.run(site(cluster, objects=objects)).status == status


@pytest.mark.parametrize(
    ("pod", "status"),
    [
        pytest.param({}, WARN, id="fewer nodes left than are needed"),
        pytest.param({"tolerations": [{"operator": "Exists"}]}, PASS, id="all tolerated"),
        pytest.param({"nodeSelector": {"disk": "ssd"}}, PASS, id="a node that does not suit is not taken away"),
        pytest.param({"nodeSelector": {"disk": "hdd"}}, FAIL, id="only the tainted one suits"),
        pytest.param({"nodeSelector": {"disk": "none"}}, PASS, id="where no node suits no taint is to blame"),
    ],
)
def test_taints_take_nodes_away(cluster: FakeCluster, pod: dict[str, Any], status: str) -> None:
    listed(cluster, "/api/v1/nodes", tainted(disk="ssd"), tainted(taint(), disk="hdd"))
    assert nodes.taints.run(site(cluster, objects=[workload(**pod)])).status == status


def test_taints_are_told_with_the_workloads(cluster: FakeCluster) -> None:
    listed(cluster, "/api/v1/nodes", tainted(taint()), tainted(taint("team", "", "NoExecute")))
    objects = [workload(), workload("popsink-kora", tolerations=[{"operator": "Exists"}])]
    finding = nodes.taints.run(site(cluster, objects=objects))
    assert finding.found == "Taints leave no node for popsink-tansu (dedicated=gpu:NoSchedule, team:NoExecute)."
    assert "popsink_tolerations" in finding.remedy


def test_taints_of_no_usable_node_are_not_looked_at(cluster: FakeCluster) -> None:
    listed(cluster, "/api/v1/nodes", node(ready="False"))
    assert nodes.taints.run(site(cluster, objects=[workload()])).status == NOT_CHECKED


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        pytest.param([{"matchExpressions": [expression("disk", "In", "ssd", "nvme")]}], True, id="one of them"),
        pytest.param([{"matchExpressions": [expression("disk", "In", "hdd")]}], False, id="none of them"),
        pytest.param([{"matchExpressions": [expression("disk", "NotIn", "hdd")]}], True, id="not that one"),
        pytest.param([{"matchExpressions": [expression("disk", "NotIn", "ssd")]}], False, id="just that one not"),
        pytest.param([{"matchExpressions": [expression("gone", "NotIn", "ssd")]}], True, id="no label is not it"),
        pytest.param([{"matchExpressions": [expression("disk", "Exists")]}], True, id="there"),
        pytest.param([{"matchExpressions": [expression("gone", "Exists")]}], False, id="not there"),
        pytest.param([{"matchExpressions": [expression("gone", "DoesNotExist")]}], True, id="not there, as asked"),
        pytest.param([{"matchExpressions": [expression("disk", "DoesNotExist")]}], False, id="there, unasked"),
        pytest.param([{"matchExpressions": [expression("size", "Gt", "7")]}], True, id="more"),
        pytest.param([{"matchExpressions": [expression("size", "Gt", "8")]}], False, id="not more"),
        pytest.param([{"matchExpressions": [expression("size", "Lt", "9")]}], True, id="less"),
        pytest.param([{"matchExpressions": [expression("disk", "Lt", "9")]}], False, id="no number"),
        pytest.param([{"matchExpressions": [expression("disk", "Like", "ssd")]}], False, id="an unknown operator"),
        pytest.param([{"matchFields": [expression("metadata.name", "In", "one")]}], True, id="by name"),
        pytest.param(
            [{"matchExpressions": [expression("disk", "Exists"), expression("gone", "Exists")]}], False, id="all of it"
        ),
        pytest.param([{}, {"matchExpressions": [expression("disk", "Exists")]}], True, id="one of the terms"),
        pytest.param([{}], False, id="an empty term"),
        pytest.param([], False, id="no term"),
    ],
)
def test_node_affinity(terms: list[dict[str, Any]], fits: bool) -> None:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    (planned,) = planned_of([workload(affinity={"nodeAffinity": required})], "popsink").workloads
    assert suits(tainted(name="one", disk="ssd", size="8"), planned) is fits
