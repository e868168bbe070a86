"""The volumes: their class, who makes them, on what, and whether there is room."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, NOT_CHECKED, PASS, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.check import Check
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.checks import (
    volume_capacity,
    volume_provisioner,
    volume_speed,
    volumes,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods import claims

from tests.unit.plugins.fakes import FakeCluster
from tests.unit.plugins.sites import listed, site


def named(*names: str, default: str = "") -> list[dict[str, Any]]:
    return [
        {"metadata": {"name": name, **({"annotations": {claims.DEFAULT: "true"}} if name == default else {})}}
        for name in names
    ]


@pytest.mark.parametrize(
    ("classes", "wanted", "status", "words"),
    [
        (named("ssd", "hdd"), "ssd", PASS, "ssd is there"),
        (named("ssd", default="ssd"), "", PASS, "ssd is the default"),
        (named("ssd", "hdd"), "nvme", FAIL, "There is no StorageClass nvme (there is: ssd, hdd)."),
        (named("ssd"), "", FAIL, "no default StorageClass (there is: ssd)."),
        ([], "", FAIL, "there is: none"),
        ([], "ssd", FAIL, "there is: none"),
        ([], None, PASS, "no volume is asked for"),
    ],
)
def test_storage_class(
    cluster: FakeCluster, classes: list[dict[str, Any]], wanted: str | None, status: str, words: str
) -> None:
    listed(cluster, claims.CLASSES, *classes)
    finding = volumes.storage_class.run(site(cluster, storage_class=wanted))
    assert finding.status == status
    assert words in finding.found
    assert status == PASS or "popsink_database_storage_class" in finding.remedy


STORAGE = "/apis/storage.k8s.io/v1"
CLAIM = "data-popsink-postgresql-0"
ALL = (volume_provisioner.provisioner, volume_speed.speed, volume_capacity.capacity)


def database(storage_class: str | None = "ssd", size: str = "50Gi", *, replicas: int = 1, **pod: Any) -> dict[str, Any]:
    spec = {"storageClassName": storage_class, "accessModes": ["ReadWriteOnce"]}
    template = {"metadata": {"name": "data"}, "spec": {**spec, "resources": {"requests": {"storage": size}}}}
    return {
        "kind": "StatefulSet",
        "metadata": {"name": "popsink-postgresql"},
        "spec": {"replicas": replicas, "volumeClaimTemplates": [template], "template": {"spec": pod}},
    }


def claim(phase: str, storage_class: str = "ssd", size: str = "50Gi", name: str = CLAIM) -> dict[str, Any]:
    spec = {"storageClassName": storage_class, "resources": {"requests": {"storage": size}}}
    return {"metadata": {"name": name}, "spec": spec, "status": {"phase": phase}}


def of(provisioner: str, name: str = "ssd", **parameters: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "provisioner": provisioner, "parameters": parameters or None}


def looked(
    cluster: FakeCluster,
    check: Check,
    *classes: dict[str, Any],
    there: tuple[dict[str, Any], ...] = (),
    objects: list[dict[str, Any]] | None = None,
) -> Finding:
    listed(cluster, claims.CLASSES, *classes)
    listed(cluster, "/api/v1/namespaces/popsink/persistentvolumeclaims", *there)
    return check.run(site(cluster, objects=[database()] if objects is None else objects))


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
@pytest.mark.parametrize(
    ("there", "objects", "status"),
    [
        pytest.param((claim("Bound"),), [database()], PASS, id="the volume is there"),
        pytest.param((claim("Bound"),), [database(replicas=2)], NOT_CHECKED, id="one of two is there"),
        pytest.param((claim("Pending"),), [database()], NOT_CHECKED, id="it is waited for"),
        pytest.param((claim("Bound", name="other"),), [database()], NOT_CHECKED, id="that of something else"),
        pytest.param((), [{"kind": "Service", "metadata": {"name": "x"}}], PASS, id="none is asked for"),
        pytest.param((), [], NOT_CHECKED, id="nothing is rendered"),
    ],
)
def test_only_volumes_that_are_not_there_matter(
    cluster: FakeCluster, check: Check, there: tuple[dict[str, Any], ...], objects: list[dict[str, Any]], status: str
) -> None:
    # Nothing can be said of this provisioner.
    assert looked(cluster, check, of("rancher.io/local-path"), there=there, objects=objects).status == status


def volume(
    size: str = "50Gi",
    storage_class: str | None = "ssd",
    phase: str = "Available",
    *,
    modes: tuple[str, ...] = ("ReadWriteOnce",),
    kept_for: str = "",
    **spec: Any,
) -> dict[str, Any]:
    kept = {"claimRef": {"namespace": "popsink", "name": kept_for}} if kept_for else {}
    spec = {
        "storageClassName": storage_class,
        "capacity": {"storage": size},
        "accessModes": list(modes),
        **kept,
        **spec,
    }
    return {"metadata": {"name": f"pv-{size}"}, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("made", "objects", "status"),
    [
        pytest.param([volume()], [database()], PASS, id="one that fits"),
        pytest.param([], [database()], FAIL, id="none"),
        pytest.param([volume("49Gi")], [database()], FAIL, id="too small"),
        pytest.param([volume(phase="Bound")], [database()], FAIL, id="in use"),
        pytest.param([volume(phase="Released")], [database()], FAIL, id="not yet free again"),
        pytest.param([volume(storage_class="hdd")], [database()], FAIL, id="of another class"),
        pytest.param([volume(modes=("ReadOnlyMany",))], [database()], FAIL, id="that may not be written"),
        pytest.param([volume(volumeMode="Block")], [database()], FAIL, id="without a file system"),
        pytest.param([volume(kept_for="other")], [database()], FAIL, id="kept for another claim"),
        pytest.param([volume(kept_for=CLAIM)], [database()], PASS, id="kept for the claim"),
        pytest.param([volume()], [database(replicas=2)], FAIL, id="one for two"),
        pytest.param([volume("60Gi"), volume()], [database(replicas=2)], PASS, id="two for two"),
        pytest.param(
            [volume("60Gi"), volume("10Gi")],
            [database(), {"kind": "PersistentVolumeClaim", **claim("", size="5Gi", name="small")}],
            PASS,
            id="the small claim leaves the large volume alone",
        ),
        pytest.param([volume(storage_class=None)], [database("")], PASS, id="without a class"),
        pytest.param([volume()], [database("")], FAIL, id="a class where none is wanted"),
        pytest.param([volume(storage_class="mine")], [database("mine")], PASS, id="a class in name only"),
        pytest.param([volume(storage_class="")], [database(None)], PASS, id="no class, and no default"),
    ],
)
def test_volumes_that_people_make(
    cluster: FakeCluster, made: list[dict[str, Any]], objects: list[dict[str, Any]], status: str
) -> None:
    listed(cluster, "/api/v1/persistentvolumes", *made)
    finding = looked(cluster, volume_provisioner.provisioner, of("kubernetes.io/no-provisioner"), objects=objects)
    assert finding.status == status
    assert status == PASS or (CLAIM in finding.found or "postgresql-1" in finding.found)


@pytest.mark.parametrize(
    ("provisioner", "on_node", "installed", "minor", "status"),
    [
        pytest.param("ebs.csi.aws.com", "ebs.csi.aws.com", "ebs.csi.aws.com", "30", PASS, id="it runs"),
        pytest.param("ebs.csi.aws.com", "ebs.csi.aws.com", "", "30", PASS, id="it runs without telling of itself"),
        pytest.param("ebs.csi.aws.com", "", "ebs.csi.aws.com", "30", WARN, id="it runs on no node"),
        pytest.param("ebs.csi.aws.com", "efs.csi.aws.com", "efs.csi.aws.com", "30", FAIL, id="another is there"),
        pytest.param("ebs.csi.aws.com", "", "", "23", FAIL, id="it is not there"),
        pytest.param("kubernetes.io/aws-ebs", "ebs.csi.aws.com", "", "30", PASS, id="in the place of the old one"),
        pytest.param("kubernetes.io/aws-ebs", "", "", "30+", FAIL, id="nothing in the place of the old one"),
        pytest.param("kubernetes.io/aws-ebs", "", "", "24+", NOT_CHECKED, id="the old one may still be there"),
        pytest.param("kubernetes.io/host-path", "", "", "36", NOT_CHECKED, id="one that does not tell"),
        pytest.param("rancher.io/local-path", "", "", "36", NOT_CHECKED, id="one of a third party"),
    ],
)
def test_volumes_that_a_driver_makes(
    cluster: FakeCluster, provisioner: str, on_node: str, installed: str, minor: str, status: str
) -> None:
    listed(cluster, f"{STORAGE}/csinodes", {"spec": {"drivers": [{"name": on_node}]}}, {"spec": {"drivers": None}})
    listed(cluster, f"{STORAGE}/csidrivers", *[{"metadata": {"name": installed}}] * bool(installed))
    cluster.answers["GET", "/version"] = {"major": "1", "minor": minor}
    finding = looked(cluster, volume_provisioner.provisioner, of(provisioner))
    assert (finding.status, "StorageClass ssd" in finding.found or status == NOT_CHECKED) == (status, True)


def test_the_default_class_counts_where_none_is_named(cluster: FakeCluster) -> None:
    default = of("ebs.csi.aws.com", "usual")
    default["metadata"]["annotations"] = {claims.DEFAULT: "true"}
    finding = looked(cluster, volume_provisioner.provisioner, of("x"), default, objects=[database(None)])
    assert (finding.status, "StorageClass usual" in finding.found) == (FAIL, True)


def test_a_claim_that_waits_counts_as_it_is(cluster: FakeCluster) -> None:
    there = (claim("Pending", "old"),)
    finding = looked(cluster, volume_provisioner.provisioner, of("x"), of("a.csi.b", "old"), there=there)
    assert (finding.status, "StorageClass old" in finding.found) == (FAIL, True)


def test_a_volume_that_is_gone_is_a_failure(cluster: FakeCluster) -> None:
    finding = looked(cluster, volume_provisioner.provisioner, of("x"), there=(claim("Lost"),))
    assert (finding.status, finding.found) == (FAIL, f"The volumes of {CLAIM} are gone.")


@pytest.mark.parametrize(
    ("there", "objects", "status"),
    [
        pytest.param((), [], FAIL, id="not there"),
        pytest.param((claim("Bound", name="kept"),), [], PASS, id="there"),
        pytest.param((), [{"kind": "PersistentVolumeClaim", **claim("", name="kept")}], NOT_CHECKED, id="to be made"),
    ],
)
def test_a_claim_that_pods_mount_must_be_there(
    cluster: FakeCluster, there: tuple[dict[str, Any], ...], objects: list[dict[str, Any]], status: str
) -> None:
    pod = {"volumes": [{"persistentVolumeClaim": {"claimName": "kept"}}]}
    mounting = {"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {"spec": pod}}}
    finding = looked(cluster, volume_provisioner.provisioner, of("x"), there=there, objects=[mounting, *objects])
    assert (finding.status, status != FAIL or "kept" in finding.found) == (status, True)


@pytest.mark.parametrize(
    ("storage_class", "status"),
    [
        (of("ebs.csi.aws.com", type="gp3"), PASS),
        (of("ebs.csi.aws.com", type="io2"), PASS),
        (of("ebs.csi.aws.com"), PASS),
        (of("ebs.csi.aws.com", type="st1"), WARN),
        (of("kubernetes.io/aws-ebs", type="standard"), WARN),
        (of("ebs.csi.aws.com", type="tomorrow"), NOT_CHECKED),
        (of("pd.csi.storage.gke.io", type="pd-ssd"), PASS),
        (of("pd.csi.storage.gke.io", type="hyperdisk-balanced-high-availability"), PASS),
        (of("pd.csi.storage.gke.io", type="pd-standard"), WARN),
        (of("pd.csi.storage.gke.io"), WARN),
        (of("disk.csi.azure.com", skuName="Premium_LRS"), PASS),
        (of("disk.csi.azure.com", skuname="StandardSSD_ZRS"), PASS),
        (of("disk.csi.azure.com", storageAccountType="Standard_LRS"), WARN),
        (of("disk.csi.azure.com"), PASS),
        (of("kubernetes.io/azure-disk"), NOT_CHECKED),
        (of("csi.hetzner.cloud"), PASS),
        (of("csi.vsphere.vmware.com", type="gp3"), NOT_CHECKED),
        (of("kubernetes.io/no-provisioner"), NOT_CHECKED),
    ],
    ids=lambda item: (
        "-".join(map(str, (item["provisioner"], *(item["parameters"] or {}).values())))
        if isinstance(item, dict)
        else item
    ),
)
def test_speed(cluster: FakeCluster, storage_class: dict[str, Any], status: str) -> None:
    finding = looked(cluster, volume_speed.speed, storage_class)
    assert (finding.status, status != WARN or "popsink_database_storage_class" in finding.remedy) == (status, True)


def left(capacity: str | None, largest: str | None = None, storage_class: str = "ssd") -> dict[str, Any]:
    return {"storageClassName": storage_class, "capacity": capacity, "maximumVolumeSize": largest}


@pytest.mark.parametrize(
    ("reported", "status"),
    [
        pytest.param([left("200Gi")], PASS, id="enough"),
        pytest.param([left("100Gi"), left("100Gi")], PASS, id="enough in all"),
        pytest.param([left("100Gi"), left("99Gi")], WARN, id="too little in all"),
        pytest.param([left("49Gi")] * 9, FAIL, id="nowhere enough for the volume"),
        pytest.param([left("300Gi", "49Gi")], FAIL, id="no volume may be as large"),
        pytest.param([left("300Gi", "50Gi")], PASS, id="just as large as may be"),
        pytest.param([left("49Gi"), left("151Gi")], PASS, id="enough in one place"),
        pytest.param([left(None)], FAIL, id="nothing left"),
        pytest.param([left("1Ti", storage_class="hdd")], NOT_CHECKED, id="only of another class"),
        pytest.param([], NOT_CHECKED, id="not told"),
    ],
)
def test_room_of_the_storage(cluster: FakeCluster, reported: list[dict[str, Any]], status: str) -> None:
    listed(cluster, f"{STORAGE}/csistoragecapacities", *reported)
    finding = looked(cluster, volume_capacity.capacity, of("x.csi.y"))
    assert (finding.status, status != FAIL or f"{CLAIM} (50Gi)" in finding.found) == (status, True)


def test_the_worst_of_several_classes_counts(cluster: FakeCluster) -> None:
    objects = [
        database("slow"),
        {"kind": "PersistentVolumeClaim", **claim("", "fast", name="a")},
        {"kind": "PersistentVolumeClaim", **claim("", "slower", name="b")},
    ]
    classes = (of("ebs.csi.aws.com", name, type=kind) for name, kind in
               (("slow", "st1"), ("fast", "gp3"), ("slower", "sc1")))  # fmt: skip
    finding = looked(cluster, volume_speed.speed, *classes, objects=objects)
    assert finding.status == WARN
    assert [name in finding.found for name in ("slow ", "slower ", "fast ")] == [True, True, False]
