"""What pods refer to that only shows when they are to start."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.session import ApiError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import pods

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site

CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
METRICS = "/apis/metrics.k8s.io/v1beta1"


def workload(**spec: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": "popsink-tansu"}, "spec": {"template": {"spec": spec}}}


def autoscaler(kind: str = "Resource") -> dict[str, Any]:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "popsink-data-plane"}, "metrics": [{"type": kind}]}
    return {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "popsink-data-plane"}, "spec": spec}


@pytest.mark.parametrize(
    ("named", "status", "words"),
    [
        (("important",), PASS, "important is there"),
        (("",), PASS, "no pod names one"),
        (("urgent",), FAIL, "There is no PriorityClass urgent (there is: important, other)."),
        (("important", "urgent"), FAIL, "no PriorityClass urgent ("),
    ],
)
def test_priority_class(cluster: FakeCluster, named: tuple[str, ...], status: str, words: str) -> None:
    listed(cluster, CLASSES, {"metadata": {"name": "important"}}, {"metadata": {"name": "other"}})
    objects = [workload(priorityClassName=name) if name else workload() for name in named]
    finding = pods.priority_class.run(site(cluster, objects=objects))
    assert (finding.status, words in finding.found) == (status, True)
    assert status == PASS or "popsink_priority_class" in finding.remedy


def test_priority_classes_that_may_not_be_listed(cluster: FakeCluster) -> None:
    cluster.answers["GET", CLASSES] = ApiError(403, "forbidden")
    found = pods.priority_class.run(site(cluster, objects=[workload(priorityClassName="important")]))
    assert (found.status, "docs/rbac" in found.remedy) == (NOT_CHECKED, True)
    assert pods.priority_class.run(site(cluster, objects=[workload()])).status == PASS


@pytest.mark.parametrize(
    ("objects", "there", "status", "words"),
    [
        ([autoscaler()], True, PASS, "is there"),
        ([autoscaler()], False, WARN, "autoscaler popsink-data-plane never adds a pod"),
        ([autoscaler("External")], False, PASS, "no autoscaler follows any"),
        ([workload()], False, PASS, "no autoscaler follows any"),
    ],
)
def test_metrics(cluster: FakeCluster, objects: list[dict[str, Any]], there: bool, status: str, words: str) -> None:
    if there:
        cluster.answers["GET", METRICS] = {"resources": []}
    finding = pods.metrics.run(site(cluster, objects=objects))
    assert (finding.status, words in finding.found) == (status, True)
