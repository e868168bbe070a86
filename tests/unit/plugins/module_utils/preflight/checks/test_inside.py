"""What is looked at from inside the cluster, with pods that are told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import inside
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.inside.probe import Probe
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.claims import CLASSES
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.requirements import Inside, Store
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.site import Site
from ansible_collections.popsink.data_plane.plugins.module_utils.way import UnreachableError

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site

IMAGE = "registry.example/onprem/data-plane:1"


class Pods:
    """Jobs and tunnel in one: what becomes of a pod is told."""

    namespace = "popsink"
    seconds = 60

    def __init__(self, trouble: PopsinkError | None = None, *states: dict[str, Any]) -> None:
        self.trouble = trouble
        self.states = states

    def pod(self) -> str:
        return "a-pod"

    def start(self, containers: Any, volumes: Any = ()) -> str:
        return "a-job"

    def has_pending_claim(self, name: str) -> bool:
        return "provisioner" in str(self.trouble)

    def wait(self, name: str, arrived: Any, *, patient: bool = False) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble
        told = [{"name": str(number), "image": IMAGE, "state": state} for number, state in enumerate(self.states)]
        pod = {"status": {"containerStatuses": told}}
        assert arrived(pod) or not patient
        return pod

    def to(self, host: str, port: int) -> Any:
        raise UnreachableError(f"{host}:{port} is not reached")


def looked_from(pods: Pods, cluster: FakeCluster | None = None, **want: Any) -> Site:
    made = site(cluster, inside=Inside("busybox", 60), **want)
    made.once("probe", lambda: Probe(pods, pods, "busybox"))  # type: ignore[arg-type]
    return made


def deployment() -> dict[str, Any]:
    pod = {"containers": [{"name": "api", "image": IMAGE}]}
    return {"kind": "Deployment", "metadata": {"name": "popsink-data-plane"}, "spec": {"template": {"spec": pod}}}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"running": {}}, PASS),
        ({"terminated": {"reason": "StartError", "exitCode": 128}}, PASS),
        ({"waiting": {"reason": "RunContainerError"}}, PASS),
        ({"waiting": {"reason": "ErrImagePull", "message": "401 Unauthorized\nmore"}}, FAIL),
        ({"waiting": {"reason": "ImagePullBackOff"}}, FAIL),
        ({"waiting": {"reason": "ImageInspectError"}}, FAIL),
    ],
)
def test_images(state: dict[str, Any], status: str) -> None:
    finding = inside.images.run(looked_from(Pods(None, state), objects=[deployment()]))
    assert (finding.status, "more" in finding.found) == (status, False)
    assert status == PASS or IMAGE in finding.found


@pytest.mark.parametrize(
    ("policy", "trouble", "status", "words"),
    [
        ("Delete", None, PASS, "was made and mounted"),
        ("Delete", PopsinkError("no such provisioner"), FAIL, "no such provisioner"),
        ("Delete", PopsinkError("exceeded quota"), NOT_CHECKED, "exceeded quota"),
        ("Retain", None, NOT_CHECKED, "reclaimPolicy Retain"),
    ],
)
def test_volume(cluster: FakeCluster, policy: str, trouble: PopsinkError | None, status: str, words: str) -> None:
    listed(cluster, CLASSES, {"metadata": {"name": "ssd"}, "reclaimPolicy": policy})
    finding = inside.volume.run(looked_from(Pods(trouble), cluster, storage_class="ssd"))
    assert (finding.status, words in finding.found) == (status, True)


@pytest.mark.parametrize("classes", [[], [{"metadata": {"name": "other"}}]])
def test_a_volume_of_no_class_is_not_tried(cluster: FakeCluster, classes: list[dict[str, Any]]) -> None:
    listed(cluster, CLASSES, *classes)
    assert inside.volume.run(looked_from(Pods(), cluster, storage_class="ssd")).status == NOT_CHECKED


def test_a_store_that_pods_do_not_reach() -> None:
    at = looked_from(Pods(), store=Store("records", "x", "http://minio.example:9000"))
    finding = inside.object_store.run(at)
    assert (finding.status, "minio.example:9000 is not reached" in finding.found) == (FAIL, True)


def test_what_the_deployment_has_not_is_not_tried() -> None:
    at = looked_from(Pods(), store=None, storage_class=None)
    checks = (inside.volume, inside.object_store, inside.control_plane, inside.schema_registry)
    assert [check.run(at).status for check in checks] == [PASS] * 4
