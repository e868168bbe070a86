"""Looking from inside the cluster: what only a pod sees, and nothing that stays behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.firewall import blocked

from .looking import NAME, Place
from .playbook import LAB, eventually, finished
from .preflight_breaks import class_of

pytestmark = pytest.mark.alone

INSIDE = {"popsink_preflight_inside": True}

#: Of the lab, whose volumes can really be made.
REAL_VOLUMES = {"popsink_database_storage_class": "standard"}

#: Where nothing tells: what the lab's class is made of.
UNKNOWN = {"volumes.speed", "volumes.capacity", "volumes.provisioner"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything around a deployment that is never rolled out."""
    made = Place(tmp_path_factory.mktemp("inside"))
    yield made
    made.clean()


def jobs(place: Place, namespace: str = NAME) -> str:
    """What is there of ours."""
    return place.deployed.kubectl(
        f"--namespace={namespace}", "get", "jobs,pods,secrets,persistentvolumeclaims", "--output=name",
        "--selector=app.kubernetes.io/component=preflight",
    ).strip()  # fmt: skip


def test_with_everything_in_order_all_pass_and_nothing_is_left(place: Place) -> None:
    before = place.state()
    looked = place.look(**INSIDE, **REAL_VOLUMES)
    assert (looked.ids("fail"), looked.ids("warn"), looked.ids("not checked")) == (set(), set(), UNKNOWN)
    assert {name for name in looked.findings if name.startswith("inside.")} == {
        *("inside.pod", "inside.volume", "inside.images"),
        *("inside.control_plane", "inside.object_store", "inside.schema_registry"),
    }
    assert place.state() == before
    # The volume of a claim that is gone goes a moment later.
    assert eventually(lambda: _made(place) == _volumes(place), seconds=60)


def _made(place: Place) -> int:
    """Volumes that were made for claims."""
    return place.deployed.kubectl("get", "persistentvolumes", "--output=name").count("pvc-")


def _volumes(place: Place) -> int:
    """Volumes that belong to claims that are there."""
    return place.deployed.kubectl(
        "get",
        "persistentvolumeclaims",
        "--all-namespaces",
        "--output=jsonpath={range .items[*]}{.spec.volumeName} {end}",
    ).count("pvc-")


def test_a_control_plane_that_only_pods_do_not_reach(place: Place) -> None:
    address, port = place.deployed.lab["control_plane"]["api"].removeprefix("http://").removesuffix("/api").split(":")
    with blocked(LAB, address=address, port=int(port)):
        looked = place.look(**INSIDE, **REAL_VOLUMES)
    assert looked.findings["control_plane.config"]["status"] == "pass"
    finding = looked.findings["inside.control_plane"]
    assert (finding["status"], f"{address}:{port} is not reached from inside" in finding["found"]) == ("fail", True)
    assert looked.ids("fail") == {"inside.control_plane"}


def test_a_store_that_only_pods_know(place: Place) -> None:
    """A name of the cluster: from here nothing can be said, from inside it answers."""
    service = f"""
apiVersion: v1
kind: Service
metadata: {{name: store}}
spec: {{ports: [{{port: 9000}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: store}}
subsets:
  - addresses: [{{ip: {place.deployed.lab["address"]}}}]
    ports: [{{port: 9000}}]
"""
    with place.applied(service):
        looked = place.look(**INSIDE, **REAL_VOLUMES, popsink_s3_endpoint=f"http://store.{NAME}.svc.cluster.local:9000")
    assert looked.findings["storage.bucket"]["status"] == "not checked"
    assert looked.findings["inside.object_store"]["status"] == "pass"


def role(place: Place, **changes: Any) -> dict[str, Any]:
    """The inventory of a broker whose service account has a role, and no keys."""
    given = {"popsink_s3_access_key_id": "", "popsink_s3_secret_access_key": "", "popsink_s3_auth": "irsa"}
    return {**REAL_VOLUMES, **given, "popsink_s3_irsa_role_arn": place.deployed.lab["s3"]["role"], **changes}


STORE = {f"storage.{name}" for name in ("bucket", "region", "access", "versioning", "lifecycle", "prefix")}


def test_a_store_that_is_open_to_the_brokers_own_account(place: Place) -> None:
    before = place.state()
    assert place.look(**role(place)).ids("not checked") >= STORE
    looked = place.look(**INSIDE, **role(place))
    assert looked.ids("pass") >= STORE
    assert "popsink-tansu" not in str(before)
    assert place.state() == before


def test_a_role_that_the_brokers_account_may_not_take_on(place: Place) -> None:
    looked = place.look(**INSIDE, **role(place, popsink_s3_irsa_role_arn="arn:aws:iam::1:role/nobody"))
    finding = looked.findings["storage.bucket"]
    assert (finding["status"], "may not take on the role" in finding["found"]) == ("fail", True)
    assert "popsink_s3_irsa_role_arn" in finding["remedy"]
    assert jobs(place) == ""


def test_in_check_mode_nothing_is_made(place: Place) -> None:
    looked = place.look("--check", **INSIDE, **REAL_VOLUMES)
    assert looked.ids("not checked") >= {"inside.pod", "inside.volume", "inside.images", "storage.access"}
    assert looked.run.code == 0


def test_images_that_a_node_may_not_pull(place: Place) -> None:
    looked = place.look(**INSIDE, **REAL_VOLUMES, popsink_values={"image": {"tag": "nobody-made-this"}})
    finding = looked.findings["inside.images"]
    assert (finding["status"], "data-plane:nobody-made-this" in finding["found"]) == ("fail", True)
    assert "popsink_image_pull_token" in finding["remedy"]
    assert jobs(place) == ""


def test_a_volume_that_nobody_makes(place: Place) -> None:
    with place.applied(class_of("looked-nobody", "nobody.popsink.example")):
        looked = place.look(
            **INSIDE, popsink_database_storage_class="looked-nobody", popsink_preflight_inside_timeout=20
        )
    finding = looked.findings["inside.volume"]
    assert finding["status"] == "fail"
    assert "popsink_database_storage_class" in finding["remedy"]
    assert jobs(place) == ""


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"popsink_preflight_image": "docker.io/library/nothing:1"}, "docker.io/library/nothing:1"),
        ({"popsink_preflight_image": "no image!"}, "no image!"),
    ],
    ids=["an image that is not there", "an image that is none"],
)
def test_without_a_pod_nothing_is_said_of_what_it_would_see(
    place: Place, variables: dict[str, str], words: str
) -> None:
    looked = place.look(**INSIDE, **REAL_VOLUMES, **variables)
    inside = {name for name in looked.findings if name.startswith("inside.")} - {"inside.schema_registry"}
    assert inside - {"inside.images"} <= looked.ids("not checked")
    assert words in looked.findings["inside.pod"]["found"]
    assert "popsink_preflight_image" in looked.findings["inside.pod"]["remedy"]
    assert jobs(place) == ""


def test_a_namespace_that_takes_no_pods(place: Place) -> None:
    quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: none}, spec: {hard: {pods: '0'}}}"
    with place.applied(quota):
        looked = place.look(**INSIDE, **REAL_VOLUMES, popsink_preflight_inside_timeout=20)
    finding = looked.findings["inside.pod"]
    assert (finding["status"], "exceeded quota" in finding["found"]) == ("not checked", True)
    assert jobs(place) == ""


def test_before_there_is_a_namespace_it_is_looked_from_another(place: Place) -> None:
    looked = place.look(**INSIDE, **REAL_VOLUMES, popsink_namespace="not-there-yet", popsink_ingress_tls_secret="")
    assert looked.findings["inside.pod"]["found"].endswith("runs in namespace default")
    assert jobs(place, "default") == ""
    assert place.deployed.kubectl("get", "namespace", "not-there-yet", "--ignore-not-found") == ""


def test_after_a_kill_in_the_middle_everything_goes_by_itself(place: Place) -> None:
    before, limit = place.state(), 15
    extra: dict[str, Any] = {**INSIDE, **REAL_VOLUMES, "popsink_preflight_inside_timeout": limit}
    process = place.playbook.start(playbook="playbooks/preflight.yml", **extra)
    end = time.monotonic() + 30
    while not jobs(place) and time.monotonic() < end:
        time.sleep(0.1)
    assert jobs(place)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in [process.pid, *map(int, children)]:
        os.kill(pid, signal.SIGKILL)
    finished(process)
    # The time limit of the Job, what Kubernetes keeps it for afterwards, and what its removal takes.
    end = time.monotonic() + limit + 60
    while place.state() != before and time.monotonic() < end:
        time.sleep(1)
    assert place.state() == before
