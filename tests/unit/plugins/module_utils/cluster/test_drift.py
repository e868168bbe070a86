"""What counts as a difference between an object and its manifest, and what the server only writes otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.cluster.drift import (
    differences,
    stored_differences,
)


def container(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", **fields}]}}


def mounted(*mounts: tuple[str, str, str]) -> dict[str, Any]:
    """Volume, mountPath and subPath of each."""
    return container(volumeMounts=[{"name": name, "mountPath": path, "subPath": sub} for name, path, sub in mounts])


TWICE = (("config", "/etc/a", "a"), ("config", "/etc/b", "b"), ("data", "/data", "d"))


def of_server(version: int = 1, metadata: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An Ingress as the server gives it after so many writes."""
    kept = {"resourceVersion": str(version), "generation": version, "managedFields": [{"time": version}]}
    return {"metadata": {"name": "x", **kept, **(metadata or {})}, "status": {"seen": version}, **fields}


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        pytest.param(
            {"spec": {"replicas": 2}}, {"spec": {"replicas": 2, "paused": False}}, id="defaults of the server"
        ),
        pytest.param({"spec": {}}, {"spec": {"replicas": 1}}, id="nothing is asked for"),
        pytest.param(
            container(resources={"limits": {"cpu": "0.5"}}),
            container(resources={"limits": {"cpu": "500m"}}),
            id="CPU in another unit",
        ),
        pytest.param(
            container(resources={"requests": {"memory": "1024Mi"}}),
            container(resources={"requests": {"memory": "1Gi"}}),
            id="memory in another unit",
        ),
        pytest.param(
            {"spec": {"resources": {"requests": {"storage": "1024Gi"}}}},
            {"spec": {"resources": {"requests": {"storage": "1Ti"}}}},
            id="storage in another unit",
        ),
        pytest.param({"spec": {"clusterIP": ""}}, {"spec": {}}, id="empty text is not stored"),
        pytest.param({"spec": {"tolerations": []}}, {"spec": {}}, id="an empty list is not stored"),
        pytest.param({"spec": {"nodeSelector": {}}}, {"spec": {}}, id="an empty mapping is not stored"),
        pytest.param({"spec": {"affinity": None}}, {"spec": {}}, id="null is not stored"),
        pytest.param({"status": {"a": 1}, "spec": {}}, {"status": {"a": 2}, "spec": {}}, id="status is the server's"),
        pytest.param(
            {"metadata": {"creationTimestamp": None}}, {"metadata": {"creationTimestamp": "x"}}, id="its time"
        ),
        pytest.param(
            container(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]),
            container(env=[{"name": "B", "value": "2"}, {"name": "X", "value": "0"}, {"name": "A", "value": "1"}]),
            id="named lists have no order and may be longer",
        ),
        pytest.param(
            {"spec": {"containers": [{"name": "main"}]}},
            {"spec": {"containers": [{"name": "main"}, {"name": "injected"}]}},
            id="a sidecar that somebody injects",
        ),
        pytest.param(mounted(*TWICE), mounted(*TWICE), id="a volume that is mounted twice"),
        pytest.param(mounted(*TWICE), mounted(*reversed(TWICE)), id="in another order"),
        pytest.param(
            container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
            container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
            id="a variable that is set twice",
        ),
        pytest.param(
            {"spec": {"ports": [{"port": 80}, {"port": 443}]}},
            {"spec": {"ports": [{"port": 443}, {"port": 80}]}},
            id="ports in another order",
        ),
        pytest.param(
            {"spec": {"ports": [{"port": 80}]}}, {"spec": {"ports": [{"port": 80, "nodePort": 30080}]}}, id="ports"
        ),
    ],
)
def test_no_difference(desired: dict[str, Any], live: dict[str, Any]) -> None:
    assert differences(desired, live) == []


@pytest.mark.parametrize(
    ("desired", "live", "paths"),
    [
        pytest.param({"spec": {"replicas": 2}}, {"spec": {"replicas": 3}}, ["spec.replicas"], id="scaled"),
        pytest.param({"spec": {"replicas": 2}}, {"spec": {}}, ["spec.replicas"], id="a field is gone"),
        pytest.param({"spec": {"a": {"b": 1}}}, {}, ["spec"], id="a block is gone"),
        pytest.param({"spec": {"a": False}}, {"spec": {}}, ["spec.a"], id="false, which some fields keep"),
        pytest.param({"spec": {"a": 0}}, {"spec": {}}, ["spec.a"], id="zero, which some fields keep"),
        pytest.param({"spec": {"a": True}}, {"spec": {"a": False}}, ["spec.a"], id="switched off"),
        pytest.param({"spec": {"a": False}}, {"spec": {"a": True}}, ["spec.a"], id="switched on"),
        pytest.param({"spec": {"a": ""}}, {"spec": {"a": "x"}}, ["spec.a"], id="text where there was none"),
        pytest.param({"data": {"status": "a"}}, {"data": {"status": "b"}}, ["data.status"], id="a key called status"),
        pytest.param(
            {"metadata": {"labels": {"version": "1.10"}}},
            {"metadata": {"labels": {"version": "1.1"}}},
            ["metadata.labels.version"],
            id="versions are no quantities",
        ),
        pytest.param(
            container(env=[{"name": "LIMIT", "value": "1000"}]),
            container(env=[{"name": "LIMIT", "value": "1k"}]),
            ["spec.containers[main].env[LIMIT].value"],
            id="nor are environment variables",
        ),
        pytest.param(
            container(resources={"limits": {"cpu": "500m"}}),
            container(resources={"limits": {"cpu": "600m"}}),
            ["spec.containers[main].resources.limits.cpu"],
            id="another quantity",
        ),
        pytest.param(
            container(env=[{"name": "A", "value": "1"}]),
            container(),
            ["spec.containers[main].env[A]"],
            id="an item is gone",
        ),
        pytest.param(
            container(args=["a"]), container(args=["a", "b"]), ["spec.containers[main].args"], id="longer list"
        ),
        pytest.param(container(args=["a"]), container(args=["b"]), ["spec.containers[main].args[0]"], id="other item"),
        pytest.param({"spec": {"a": [1]}}, {"spec": {"a": "text"}}, ["spec.a"], id="no list at all"),
        pytest.param(
            {"spec": {"rules": [{"host": "a.example"}]}},
            {"spec": {"rules": [{"host": "b.example"}]}},
            ["spec.rules[0].host"],
            id="the host of an Ingress",
        ),
        pytest.param(
            mounted(*TWICE),
            mounted(("config", "/etc/a", "edited"), *TWICE[1:]),
            ["spec.containers[main].volumeMounts[/etc/a].subPath"],
            id="another part of a volume that is mounted twice",
        ),
        pytest.param(
            mounted(*TWICE),
            mounted(*TWICE[1:]),
            ["spec.containers[main].volumeMounts[/etc/a]"],
            id="one mount of two is gone",
        ),
        pytest.param(
            container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
            container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "3"}]),
            ["spec.containers[main].env[1].value"],
            id="items that only their position tells apart",
        ),
        pytest.param(
            {"spec": {"tolerations": [{"key": "a"}]}},
            {"spec": {"tolerations": [{"key": "a"}, {"key": "b"}]}},
            ["spec.tolerations"],
            id="a toleration that somebody adds",
        ),
        pytest.param({"a": 1, "b": {"c": 1}}, {"a": 2, "b": {"c": 2}}, ["a", "b.c"], id="all of them"),
    ],
)
def test_difference(desired: dict[str, Any], live: dict[str, Any], paths: list[str]) -> None:
    assert differences(desired, live) == paths


@pytest.mark.parametrize(
    ("applied", "live", "paths"),
    [
        pytest.param({"apiVersion": "v1", "kind": "X", **of_server(2)}, of_server(), [], id="the server's own notes"),
        pytest.param(of_server(spec={"a": 1}), of_server(spec={"a": 2}), ["spec.a"], id="a value, told once"),
        pytest.param(of_server(spec={"a": 1}), of_server(spec={}), ["spec.a"], id="a field comes"),
        pytest.param(of_server(spec={}), of_server(spec={"a": 1}), ["spec.a"], id="a field goes"),
        pytest.param(
            of_server(metadata={"annotations": {"b": "1"}}),
            of_server(metadata={"annotations": {"a": "", "b": "1"}}),
            ["metadata.annotations.a"],
            id="an empty text goes",
        ),
        pytest.param(
            of_server(spec={"items": [{"name": "a"}]}),
            of_server(spec={"items": [{"name": "a"}, {"name": "b"}]}),
            ["spec.items[b]"],
            id="an item goes",
        ),
    ],
)
def test_stored_difference(applied: dict[str, Any], live: dict[str, Any], paths: list[str]) -> None:
    assert stored_differences(applied, live) == paths
