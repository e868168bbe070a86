"""What goes for the pods of the components: put where each chart takes it, and told where it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.chart.facts import ChartFacts
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.quantity import quantity
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.build import build_plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import Plan
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.places import COMPONENTS
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.sizes import SIZES, resources_of
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks.capacity import capacity
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.workloads import planned_of
from ansible_collections.popsink.data_plane.plugins.module_utils.tree import dig, merged, nested

from tests.lab.chart.versions import VERSIONS
from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.rendering import objects_of, render
from tests.unit.plugins.samples import ALL, inputs
from tests.unit.plugins.sites import listed, site

Charts = Callable[[str], ChartFacts]

SPREAD = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
TOLERATION = {"key": "dedicated", "operator": "Equal", "value": "popsink", "effect": "NoSchedule"}
#: Set once, for all components.
FOR_ALL: dict[str, Any] = {
    "node_selector": {"pool": "data"},
    "tolerations": [TOLERATION],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "topology_spread": [SPREAD],
    "priority_class": "important",
    "pod_labels": {"team": "data"},
    "pod_annotations": {"example.com/scrape": "true"},
}
NUMBERS = [str(version.number) for version in VERSIONS]


def plan_of(chart: ChartFacts, **changes: Any) -> Plan:
    return build_plan(inputs(**changes), chart, ALL)


def about(plan: Plan, *, status: str = WARN) -> dict[str, Finding]:
    return {item.id: item for item in plan.findings if item.status == status and item.id.startswith("sizing.")}


def pods_of(helm: str, chart: ChartFacts, plan: Plan) -> dict[str, Mapping[str, Any]]:
    """Pod template by workload, without the release's name."""
    return {
        item["metadata"]["name"].removeprefix("popsink-"): item["spec"]["template"]
        for item in objects_of(render(helm, chart.archive, plan.values))
        if "template" in item.get("spec", {})
    }


#: What a chart has no key for, as its own values say. Everything else must be in the pods.
LACKING = {
    "kotatsu": {"priority_class"},
    "kafka-ui": {"priority_class", "pod_labels", "pod_annotations"},
    "metrics-exporter": {"priority_class", "pod_labels", "pod_annotations"},
}
#: Components of one pod, or whose label nobody documents: there is nothing to spread.
ALONE = ("kotatsu", "kafka-ui", "metrics-exporter", "postgresql")


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_set_for_all_gets_to_all_pods(helm: str, chart_of: Charts, number: str) -> None:
    chart = chart_of(number)
    plan = plan_of(chart, **FOR_ALL)
    assert about(plan, status=FAIL) == {}
    for name, template in pods_of(helm, chart, plan).items():
        spec, metadata = template["spec"], template["metadata"]
        found = {
            "node_selector": spec.get("nodeSelector") == FOR_ALL["node_selector"],
            "tolerations": spec.get("tolerations") == FOR_ALL["tolerations"],
            "affinity": spec.get("affinity") == FOR_ALL["affinity"],
            "topology_spread": bool(spec.get("topologySpreadConstraints")),
            "priority_class": spec.get("priorityClassName") == "important",
            "pod_labels": metadata["labels"].get("team") == "data",
            "pod_annotations": metadata.get("annotations", {}).get("example.com/scrape") == "true",
        }
        lacking = {setting for setting, there in found.items() if not there}
        assert lacking == LACKING.get(name, set()) | ({"topology_spread"} if name in ALONE else set()), name


@pytest.mark.parametrize("number", NUMBERS)
def test_a_spread_counts_the_pods_that_it_spreads(helm: str, chart_of: Charts, number: str) -> None:
    """Without a selector Kubernetes counts none."""
    chart = chart_of(number)
    spread = 0
    for template in pods_of(helm, chart, plan_of(chart, topology_spread=[SPREAD])).values():
        for constraint in template["spec"].get("topologySpreadConstraints", ()):
            labels = constraint["labelSelector"]["matchLabels"]
            assert labels.items() <= template["metadata"]["labels"].items()
            assert len(labels) == 2
            spread += 1
    assert spread == 3


def test_a_selector_of_ones_own_stays(chart_205: ChartFacts) -> None:
    own = {**SPREAD, "labelSelector": {"matchLabels": {"a": "b"}}}
    assert plan_of(chart_205, topology_spread=[own]).values["topologySpreadConstraints"] == [own]


@pytest.mark.parametrize(
    ("number", "changes", "id", "words"),
    [
        ("205", {"priority_class": "p", "kotatsu_enabled": True}, "sizing.priority_class",
         ("no priorityClassName for kotatsu:", "popsink_priority_class does not get there")),
        ("205", {"components": {"kotatsu": {"priority_class": "p"}}, "kotatsu_enabled": True}, "sizing.priority_class",
         ("popsink_components.kotatsu.priority_class does not get there",)),
        ("60", {"pod_labels": {"a": "b"}}, "sizing.pod_labels", ("for kafka_ui, metrics_exporter:",)),
        ("205", {"components": {"database": {"replicas": 2}}}, "sizing.replicas", ("replicaCount for database",)),
        ("205", {"components": {"schema_registry": {"pdb": True}}}, "sizing.pdb", ("pdb.create for schema_registry",)),
        ("205", {"components": {"kafka_ui": {"replicas": 2}}}, "sizing.components", ("has kafka_ui", "does not run")),
        ("205", {"components": {"database": {"priority_class": "p"}}, "database_mode": "external",
                 "database_host": "db.example"}, "sizing.components", ("has database",)),
        ("91", {"network_policy_enabled": True}, "sizing.network_policy", ("popsink_network_policy_enabled",)),
        ("205", {"hpa_min_replicas": 2}, "sizing.autoscaling", ("popsink_hpa_min_replicas is set",)),
        ("205", {"replicas": 1}, "sizing.pdb", ("One pod runs of data_plane,",)),
        ("205", {"broker_replicas": 1, "replicas": 1}, "sizing.pdb", ("One pod runs of data_plane, broker,",)),
        ("205", {"hpa_enabled": True, "hpa_min_replicas": 1}, "sizing.pdb", ("One pod runs of data_plane,",)),
    ],
)  # fmt: skip
def test_what_is_worth_knowing(
    chart_of: Charts, number: str, changes: dict[str, Any], id: str, words: tuple[str, ...]
) -> None:
    plan = plan_of(chart_of(number), **changes)
    assert about(plan, status=FAIL) == {}
    assert set(about(plan)) - {"sizing.tasks"} == {id}
    finding = about(plan)[id]
    assert [word for word in words if word not in finding.found] == []
    assert finding.remedy


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"pdb_enabled": False}, "pdb.create", False),
        ({"pdb_enabled": False}, "kodansu.pdb.create", False),
        ({"pdb_enabled": True}, "kodansu.pdb.create", True),
        ({"pdb_enabled": True, "broker_replicas": 1}, "kodansu.pdb.create", None),
        ({"pdb_enabled": False, "components": {"broker": {"pdb": True}}}, "kodansu.pdb.create", True),
        ({"components": {"schema_registry": {"replicas": "2"}}}, "kora.replicaCount", 2),
        ({"components": {"broker": {"replicas": 5}}}, "kodansu.replicaCount", 5),
        ({"broker_replicas": 5}, "kodansu.replicaCount", 5),
        ({"hpa_enabled": True, "hpa_max_replicas": 9}, "autoscaling.hpa", {"enabled": True, "maxReplicas": 9}),
        ({"hpa_enabled": True, "hpa_target_cpu": 60}, "autoscaling.hpa.targetCPU", 60),
        ({"hpa_enabled": True}, "replicaCount", None),
        ({"vpa_enabled": True, "vpa_update_mode": "Off"}, "autoscaling.vpa", {"enabled": True, "updateMode": "Off"}),
        ({"network_policy_enabled": False}, "networkPolicy.enabled", False),
        ({"tolerations": [TOLERATION], "components": {"broker": {"tolerations": []}}}, "kodansu.tolerations", []),
        ({"tolerations": [TOLERATION], "components": {"broker": {"tolerations": []}}}, "tolerations", [TOLERATION]),
        ({"node_selector": {"a": "b"}, "components": {"database": {"node_selector": {"c": "d"}}}},
         "postgresql.primary.nodeSelector", {"c": "d"}),
        ({"size": "small", "components": {"broker": {"resources": {"requests": {"cpu": 2}}}}}, "kodansu.resources",
         {"requests": {"cpu": 2}}),
        ({"size": "small"}, "kodansu.resources", resources_of("small", "broker")),
        ({"size": "small"}, "kotatsu.resources", None),
        ({"size": "small", "values": {"kotatsu": {"enabled": True}}}, "kotatsu.resources",
         resources_of("small", "kotatsu")),
        ({"size": "small", "kotatsu_enabled": True, "values": {"kotatsu": {"enabled": False}}}, "kotatsu.resources",
         None),
        ({"size": "large"}, "postgresql.primary.resources", resources_of("large", "database")),
        ({"size": "large", "database_mode": "external", "database_host": "db.example"}, "postgresql.primary", None),
        ({}, "resources", None),
        ({}, "kodansu.pdb", None),
        ({}, "autoscaling", None),
    ],
)  # fmt: skip
def test_values(chart_205: ChartFacts, changes: dict[str, Any], path: str, value: Any) -> None:
    plan = plan_of(chart_205, **changes)
    assert about(plan, status=FAIL) == {}
    assert dig(plan.values, path) == value


def test_labels_stand_beside_those_of_a_workload_identity(chart_205: ChartFacts) -> None:
    azure = {"storage_type": "azure", "azure_account": "acme", "azure_container": "c", "azure_client_id": "an-id"}
    plan = plan_of(chart_205, **azure, pod_labels={"team": "data"})
    assert plan.values["kodansu"]["podLabels"] == {"azure.workload.identity/use": "true", "team": "data"}


def test_the_registry_is_called_so_with_either_chart(chart_of: Charts) -> None:
    own = {"components": {"schema_registry": {"resources": {"limits": {"memory": "1Gi"}}}}}
    found = {number: plan_of(chart_of(number), **own).values for number in ("60", "205")}
    assert dig(found["60"], "karapace.resources.limits.memory") == "1Gi"
    assert dig(found["205"], "kora.resources.limits.memory") == "1Gi"


def with_default(chart: ChartFacts, path: str, value: Any) -> ChartFacts:
    return replace(chart, values=merged(chart.values, nested(path, value)))


def test_a_size_takes_the_charts_limit_of_cpu_away(chart_205: ChartFacts) -> None:
    chart = with_default(chart_205, "kora.resources.limits", {"cpu": "50m"})
    plan = plan_of(chart, size="small")
    assert about(plan, status=FAIL) == {}
    assert plan.values["kora"]["resources"]["limits"] == {"memory": "512Mi", "cpu": None}
    assert "cpu" not in plan_of(chart_205, size="small").values["kora"]["resources"]["limits"]


def test_so_does_nothing_in_place_of_an_amount(chart_205: ChartFacts) -> None:
    own = {"broker": {"resources": {"limits": {"cpu": None}, "requests": {"cpu": None, "memory": "1Gi"}}}}
    plan = plan_of(chart_205, components=own)
    assert about(plan, status=FAIL) == {}
    assert plan.values["tansu"] == {"resources": {"requests": {"cpu": None}}}
    assert plan.values["kodansu"]["resources"] == {"requests": {"memory": "1Gi"}}


def test_it_is_taken_away_where_the_chart_has_it(chart_205: ChartFacts) -> None:
    """Under the new name of the broker's block, a null would stay, and the server refuses it."""
    chart = with_default(chart_205, "tansu.resources.limits", {"cpu": "50m"})
    values = plan_of(chart, size="small").values
    assert values["tansu"] == {"resources": {"limits": {"cpu": None}}}
    assert values["kodansu"]["resources"] == resources_of("small", "broker")


# Sizes


def amounts(size: str, *, data_planes: int = 2, brokers: int = 3) -> tuple[Decimal, Decimal]:
    """CPUs and gibibytes that the newest charts ask for with the vendor's replicas, stream browser included."""
    counts = {"data_plane": data_planes, "broker": brokers, "schema_registry": 1, "kotatsu": 1, "database": 1}
    cpu = sum((as_number(SIZES[size][name][0]) * count for name, count in counts.items()), Decimal(0))
    memory = sum((as_number(SIZES[size][name][1]) * count for name, count in counts.items()), Decimal(0))
    return cpu, memory / 2**30


def as_number(text: str) -> Decimal:
    found = quantity(text)
    assert found is not None
    return found


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_complete(size: str) -> None:
    assert set(SIZES[size]) == {component.name for component in COMPONENTS}


@pytest.mark.parametrize("size", SIZES)
def test_memory_is_limited_and_cpu_is_not(size: str) -> None:
    for component in SIZES[size]:
        resources = resources_of(size, component)
        assert set(resources["limits"]) == {"memory"}
        assert as_number(resources["limits"]["memory"]) == 2 * as_number(resources["requests"]["memory"])


@pytest.mark.parametrize(
    ("size", "cpu", "memory"), [("small", "1.55", "3.5"), ("medium", "2.9", "8"), ("large", "8", "20")]
)
def test_a_size_asks_for_what_its_page_says(size: str, cpu: str, memory: str) -> None:
    assert amounts(size) == (Decimal(cpu), Decimal(memory))


@pytest.mark.parametrize("number", ["60", "91", "205"])
@pytest.mark.parametrize("size", SIZES)
def test_pods_ask_for_what_the_size_says(helm: str, chart_of: Charts, number: str, size: str) -> None:
    """Which nodes.capacity adds up: it reads the same objects."""
    chart = chart_of(number)
    plan = plan_of(chart, size=size, kotatsu_enabled=True if number != "60" else None)
    assert about(plan, status=FAIL) == {}
    workloads = planned_of(objects_of(render(helm, chart.archive, plan.values)), "popsink").workloads
    assert sum((one.requests["cpu"] * (one.replicas or 0) for one in workloads), Decimal(0)) == {
        "60": amounts(size)[0] - _of(size, "kotatsu") + _of(size, "kafka_ui") + _of(size, "metrics_exporter")
    }.get(number, amounts(size)[0])


#: Of a node of 4 vCPU and 16 GB, less what providers keep for the node itself.
NODE = {"cpu": "3900m", "memory": "13Gi", "pods": "110"}


@pytest.mark.parametrize(
    ("size", "count", "status"),
    [("small", 1, PASS), ("medium", 1, PASS), ("medium", 2, PASS), ("large", 2, FAIL), ("large", 5, PASS)],
)
def test_the_preflight_counts_what_the_size_says(
    helm: str, chart_205: ChartFacts, cluster: FakeCluster, size: str, count: int, status: str
) -> None:
    plan = plan_of(chart_205, size=size, kotatsu_enabled=True)
    objects = objects_of(render(helm, chart_205.archive, plan.values))
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"architecture": "amd64"}}
    nodes = [
        {"metadata": {"name": str(number)}, "spec": {}, "status": {**ready, "allocatable": NODE}}
        for number in range(count)
    ]
    listed(cluster, "/api/v1/nodes", *nodes)
    listed(cluster, "/api/v1/pods")
    finding = capacity.run(site(cluster, objects=objects))
    assert finding.status == status
    assert status == FAIL or f"{amounts(size)[0].normalize()} CPU" in finding.found


def _of(size: str, component: str) -> Decimal:
    return as_number(SIZES[size][component][0])
