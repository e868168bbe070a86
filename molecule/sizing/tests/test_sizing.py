"""Every pod has what was set once, each component what was set for it, and nobody undoes what autoscalers decide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.deployed import RELEASE, Deployed

WORKLOADS = {
    "data-plane": ("deployment", "20m", "96Mi", "512Mi"),
    "tansu": ("deployment", "15m", "80Mi", "512Mi"),
    "kora": ("deployment", "10m", "48Mi", "256Mi"),
    "kotatsu": ("deployment", "10m", "48Mi", "256Mi"),
    "postgresql": ("statefulset", "30m", "96Mi", "512Mi"),
}
#: What the chart takes no PriorityClass for; of which one pod runs.
WITHOUT_CLASS = ("kotatsu",)
ALONE = ("kotatsu", "postgresql")


def pods_of(deployed: Deployed, name: str) -> list[dict[str, Any]]:
    """The pods of a workload as they run."""
    selector = deployed.get(WORKLOADS[name][0], f"{RELEASE}-{name}")["spec"]["selector"]["matchLabels"]
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    return list(deployed.get("pods", f"--selector={labels}")["items"])


@pytest.fixture(params=WORKLOADS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_pods_go_where_they_are_to(deployed: Deployed, name: str) -> None:
    toleration = {"key": "dedicated", "operator": "Equal", "value": "data", "effect": "NoSchedule"}
    for pod in pods_of(deployed, name):
        assert pod["spec"]["nodeSelector"] == {"example.com/pool": "data"}
        assert toleration in pod["spec"]["tolerations"]


def test_pods_are_spread_by_their_own_labels(deployed: Deployed, name: str) -> None:
    for pod in pods_of(deployed, name):
        constraints = pod["spec"].get("topologySpreadConstraints", ())
        assert len(constraints) == (0 if name in ALONE else 1)
        for constraint in constraints:
            assert constraint["labelSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


def test_pods_have_their_class(deployed: Deployed, name: str) -> None:
    found = {(pod["spec"].get("priorityClassName"), pod["spec"]["priority"]) for pod in pods_of(deployed, name)}
    wanted = ("database-critical", 2000) if name == "postgresql" else ("business-critical", 1000)
    assert found == {(None, 0) if name in WITHOUT_CLASS else wanted}


def test_pods_have_labels_and_annotations(deployed: Deployed, name: str) -> None:
    for pod in pods_of(deployed, name):
        assert pod["metadata"]["labels"]["team"] == ("streams" if name == "kotatsu" else "data")
        assert pod["metadata"]["annotations"]["example.com/contact"] == "data@example.com"


def test_pods_have_their_resources(deployed: Deployed, name: str) -> None:
    _kind, cpu, memory, limit = WORKLOADS[name]
    for pod in pods_of(deployed, name):
        (container,) = pod["spec"]["containers"]
        assert container["resources"] == {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def test_budgets_keep_a_pod_of_what_has_several(deployed: Deployed) -> None:
    budgets = {item["metadata"]["name"]: item["spec"] for item in deployed.get("poddisruptionbudgets")["items"]}
    assert {name: spec["minAvailable"] for name, spec in budgets.items()} == {
        f"{RELEASE}-data-plane": 1,
        f"{RELEASE}-tansu": 1,
    }


def test_the_autoscaler_has_its_bounds(deployed: Deployed) -> None:
    spec = deployed.get("horizontalpodautoscaler", f"{RELEASE}-data-plane")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 4)
    assert spec["scaleTargetRef"]["name"] == f"{RELEASE}-data-plane"
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 70


@pytest.mark.parametrize(("workload", "count"), [("data-plane", 3), ("tansu", 3), ("kora", 2)])
def test_what_autoscalers_added_is_still_there(deployed: Deployed, workload: str, count: int) -> None:
    """A run came after it."""
    status = deployed.get("deployment", f"{RELEASE}-{workload}")["status"]
    assert (status["replicas"], status["readyReplicas"]) == (count, count)


def test_the_release_names_no_replicas_of_what_is_scaled(deployed: Deployed) -> None:
    values = deployed.helm("get", "values", RELEASE)
    assert "\nreplicaCount" not in f"\n{values}"
