"""What will run: read from rendered objects."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.pod_requests import requests_of
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.workloads import (
    Planned,
    makes_room,
    planned,
    planned_of,
)

from tests.unit.plugins.sites import site

LABELS = {"app.kubernetes.io/instance": "popsink", "app.kubernetes.io/component": "tansu"}


def deployment(kind: str = "Deployment", name: str = "popsink-tansu", **spec: Any) -> dict[str, Any]:
    pod = {"metadata": {"labels": LABELS}, "spec": spec.pop("pod", {"containers": []})}
    return {"kind": kind, "metadata": {"name": name, "labels": LABELS}, "spec": {"template": pod, **spec}}


def scaler(least: int | None, name: str = "popsink-tansu") -> dict[str, Any]:
    target = {"kind": "Deployment", "name": name}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "x"},
        "spec": {"scaleTargetRef": target, "minReplicas": least},
    }


def template(name: str = "data", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"resources": {"requests": {"storage": "50Gi"}}, **spec}}


def plan(*objects: dict[str, Any]) -> Planned:
    return planned_of(objects, "popsink")


@pytest.mark.parametrize(
    ("objects", "replicas"),
    [
        pytest.param([deployment(replicas=3)], 3, id="as it says"),
        pytest.param([deployment()], 1, id="one where it does not say"),
        pytest.param([deployment(replicas=0)], 0, id="none"),
        pytest.param([deployment(), scaler(4)], 4, id="as many as the autoscaler keeps up"),
        pytest.param([deployment(replicas=3), scaler(None)], 1, id="one where the autoscaler does not say"),
        pytest.param([deployment(replicas=3), scaler(4, "other")], 3, id="the autoscaler of something else"),
        pytest.param([deployment("DaemonSet", replicas=3)], None, id="one on each node"),
        pytest.param([deployment("Job", parallelism=2)], 2, id="a Job's at the same time"),
        pytest.param([deployment("Job", replicas=2)], 1, id="a Job has no replicas"),
    ],
)
def test_replicas(objects: list[dict[str, Any]], replicas: int | None) -> None:
    assert [workload.replicas for workload in plan(*objects).workloads] == [replicas]


def test_what_runs_no_pods_is_no_workload() -> None:
    assert plan({"kind": "Service", "metadata": {"name": "x"}, "spec": {"template": {}}}, scaler(1)).workloads == ()


def test_a_cron_job_and_a_pod_have_their_pods_elsewhere() -> None:
    pod = {"containers": [{"image": "a"}]}
    cron = {
        "kind": "CronJob",
        "metadata": {"name": "x"},
        "spec": {"jobTemplate": {"spec": {"template": {"spec": pod}}}},
    }
    alone = {"kind": "Pod", "metadata": {"name": "y", "labels": {"a": "b"}}, "spec": pod}
    first, second = plan(cron, alone).workloads
    assert (first.images, first.lasting) == (("a",), False)
    assert (second.images, second.labels, second.lasting) == (("a",), {"a": "b"}, True)


def test_what_a_workload_tells() -> None:
    (workload,) = plan(
        deployment(
            pod={
                "initContainers": [{"image": "wait:1"}],
                "containers": [{"image": "tansu:1"}, {"image": "wait:1"}],
                "serviceAccountName": "popsink-tansu",
                "imagePullSecrets": [{"name": "pull"}],
                "volumes": [{"emptyDir": {}}, {"persistentVolumeClaim": {"claimName": "kept"}}],
                "topologySpreadConstraints": [
                    {"whenUnsatisfiable": "ScheduleAnyway"},
                    {"whenUnsatisfiable": "DoNotSchedule"},
                ],
            }
        )
    ).workloads
    assert (workload.component, workload.namespace, workload.labels) == ("tansu", "popsink", LABELS)
    assert workload.images == ("wait:1", "tansu:1")
    assert (workload.service_account, workload.pull_secrets) == ("popsink-tansu", ("pull",))
    assert workload.mounted_claims == ("kept",)
    assert workload.spread == [{"whenUnsatisfiable": "DoNotSchedule"}]


def test_a_workload_that_tells_nothing() -> None:
    nothing = dict.fromkeys(
        ("initContainers", "affinity", "nodeSelector", "tolerations", "volumes", "imagePullSecrets", "containers")
    )
    (workload,) = plan(deployment(pod=nothing)).workloads
    assert (workload.images, workload.requests, workload.mounted_claims, workload.pull_secrets) == ((), {}, (), ())
    assert (workload.node_affinity, workload.anti_affinity, workload.tolerations) == (None, [], [])
    assert (workload.service_account, dict(workload.node_selector)) == ("default", {})


def test_claims_of_a_stateful_set_by_their_names() -> None:
    found = plan(
        deployment(
            "StatefulSet",
            "popsink-postgresql",
            replicas=2,
            ordinals={"start": 1},
            volumeClaimTemplates=[template(storageClassName="ssd", accessModes=["ReadWriteOnce"]), template("wal")],
        ),
    ).claims
    assert [(claim.name, claim.storage_class) for claim in found] == [
        ("data-popsink-postgresql-1", "ssd"),
        ("data-popsink-postgresql-2", "ssd"),
        ("wal-popsink-postgresql-1", None),
        ("wal-popsink-postgresql-2", None),
    ]
    assert {claim.size for claim in found} == {Decimal(50 * 2**30)}
    assert (found[0].owner, found[0].access_modes) == ("popsink-postgresql", ("ReadWriteOnce",))


def test_a_claim_that_stands_by_itself() -> None:
    (claim,) = plan({"kind": "PersistentVolumeClaim", **template("kept", storageClassName="")}).claims
    assert (claim.name, claim.owner, claim.storage_class) == ("kept", "", "")


def container(cpu: Any = None, limit: Any = None, **more: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu} if cpu else None, "limits": {"cpu": limit} if limit else None}
    return {"resources": resources, **more}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        pytest.param({"containers": [container("500m"), container("1")]}, "1.5", id="the sum of the containers"),
        pytest.param({"containers": [container("1")], "initContainers": [container("3")]}, "3", id="a larger init"),
        pytest.param({"containers": [container("4")], "initContainers": [container("3")] * 2}, "4", id="smaller inits"),
        pytest.param({"containers": [container(limit="2")]}, "2", id="a limit alone is a request"),
        pytest.param({"containers": [container("1", "2")]}, "1", id="a limit beside a request is none"),
        pytest.param(
            {"containers": [container("2")], "initContainers": [container("1", restartPolicy="Always")]},
            "3",
            id="a sidecar stays beside",
        ),
        pytest.param(
            {
                "containers": [container("1")],
                "initContainers": [container("1", restartPolicy="Always"), container("2")],
            },
            "3",
            id="an init beside a sidecar",
        ),
        pytest.param({"containers": [container("1")], "overhead": {"cpu": "250m"}}, "1.25", id="with overhead"),
        pytest.param({"containers": [container("1")], **container("5")}, "5", id="what the pod asks for as a whole"),
        pytest.param({"containers": [{"resources": None}, {}]}, "0", id="nothing"),
    ],
)
def test_requests(spec: dict[str, Any], cpu: str) -> None:
    assert requests_of(spec).get("cpu", Decimal(0)) == Decimal(cpu)


def test_a_request_that_is_no_quantity_is_told() -> None:
    with pytest.raises(PopsinkError, match="'lots' is no quantity"):
        requests_of({"containers": [container("lots")]})


def pod(namespace: str = "popsink", owner: str | None = "ReplicaSet", **labels: str) -> dict[str, Any]:
    names = {"instance": "popsink", "component": "tansu", **labels}
    return {
        "metadata": {
            "name": "x",
            "namespace": namespace,
            "labels": {f"app.kubernetes.io/{name}": value for name, value in names.items()},
            "ownerReferences": [{"kind": owner, "controller": True}] if owner else None,
        }
    }


@pytest.mark.parametrize(
    ("there", "goes"),
    [
        pytest.param(pod(), True, id="a broker"),
        pytest.param(pod(component="karapace"), True, id="a component that newer charts do not have"),
        pytest.param(pod(owner="StatefulSet", component="primary", name="postgresql"), True, id="the database"),
        pytest.param(pod(owner="StatefulSet", component="", name="kora"), True, id="Kora, which has a name only"),
        pytest.param(pod(component="connector-worker"), False, id="a connector worker goes on"),
        pytest.param(pod(owner=None), False, id="a pod of nobody"),
        pytest.param(pod("other"), False, id="another namespace"),
        pytest.param(pod(instance="other"), False, id="another release"),
    ],
)
def test_pods_that_make_room(there: dict[str, Any], goes: bool) -> None:
    assert makes_room(there, "popsink", "popsink") is goes


def test_nothing_is_planned_where_helm_renders_nothing() -> None:
    with pytest.raises(PopsinkError, match="not known"):
        planned(site())
