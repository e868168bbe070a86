# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of whether somebody makes the volumes that the release asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...tree import dig
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..pods.amounts import amount
from ..pods.claims import claims_there, each_class, phase_of, told
from ..pods.workloads import Claim, planned
from ..site import Site
from ..thresholds import numbers

#: What a class names as its provisioner when people make its volumes.
_NOBODY = "kubernetes.io/no-provisioner"

#: Provisioners that were part of Kubernetes, the CSI driver that took their place, and the minor version of Kubernetes
#: from which only the driver makes their volumes. Source: Kubernetes' feature gates CSIMigration…, when stable.
_MIGRATED = {
    "kubernetes.io/aws-ebs": ("ebs.csi.aws.com", 25),
    "kubernetes.io/azure-disk": ("disk.csi.azure.com", 24),
    "kubernetes.io/azure-file": ("file.csi.azure.com", 26),
    "kubernetes.io/cinder": ("cinder.csi.openstack.org", 24),
    "kubernetes.io/gce-pd": ("pd.csi.storage.gke.io", 25),
    "kubernetes.io/portworx-volume": ("pxd.portworx.com", 33),
    "kubernetes.io/vsphere-volume": ("csi.vsphere.vmware.com", 26),
}

_NODES = "/apis/storage.k8s.io/v1/csinodes"
_DRIVERS = "/apis/storage.k8s.io/v1/csidrivers"

_OTHER_CLASS = "name a StorageClass that makes them in popsink_database_storage_class."


@check("volumes.provisioner", "volumes, or somebody who makes them, for all claims", ahead=True)
def provisioner(site: Site) -> Verdict:
    """Every claim has its volume, or a driver that is there makes it."""
    there = claims_there(site)
    lost = [claim.name for claim in planned(site).claims if phase_of(there.get(claim.name, {})) == "Lost"]
    if lost:
        return fails(
            f"The volumes of {', '.join(lost)} are gone.",
            f"Bring them back; or delete the claims, and what they held is lost: kubectl -n {site.want.namespace} "
            "delete pvc NAME",
        )
    made = {claim.name for claim in planned(site).claims}
    named = {name for workload in planned(site).workloads for name in workload.mounted_claims}
    if missing := sorted(named - made - set(there)):
        return fails(
            f"Pods mount claims that are not there: {', '.join(missing)}.",
            "Create them, or correct existingClaim in popsink_values.",
        )

    def judge(name: str, storage_class: dict[str, Any] | None, claims: list[Claim]) -> Verdict:
        made_by = str((storage_class or {}).get("provisioner") or "")
        return _by_hand(site, name, claims) if made_by in ("", _NOBODY) else _by_driver(site, name, made_by)

    return each_class(site, judge)


def _by_hand(site: Site, name: str, claims: list[Claim]) -> Verdict:
    """Volumes that people make: enough of them fit."""
    volumes = [item for item in site.items("/api/v1/persistentvolumes") if _is_free(item, name)]
    short = unmatched(claims, volumes, site.want.namespace)
    of_class = f"of StorageClass {name}" if name else "without a StorageClass"
    if not short:
        return passes(f"PersistentVolumes {of_class} that are Available fit {told(claims)}")
    return fails(
        f"Nobody makes volumes {of_class}, and of the {len(volumes)} that are Available none is left that fits "
        f"{told(short)}.",
        f"Create PersistentVolumes (kubectl get pv tells those that are there), or {_OTHER_CLASS}",
    )


def _is_free(volume: dict[str, Any], name: str) -> bool:
    return dig(volume, "status.phase") == "Available" and (dig(volume, "spec.storageClassName") or "") == name


def unmatched(claims: list[Claim], volumes: Iterable[dict[str, Any]], namespace: str) -> list[Claim]:
    """Claims that no volume is left for: the largest takes the smallest that will do."""
    left = sorted(volumes, key=lambda item: (_size(item), str(item["metadata"]["name"])))
    short = []
    for claim in sorted(claims, key=lambda claim: (-claim.size, claim.name)):
        owner = (namespace, claim.name)
        fitting = [item for item in left if _kept_for(item) in (None, owner) and _serves(item, claim)]
        if not fitting:
            short.append(claim)
            continue
        # What is kept for a claim by name goes to it, and to no other.
        left.remove(min(fitting, key=lambda item: _kept_for(item) is None))
    return short


def _kept_for(volume: dict[str, Any]) -> tuple[str, str] | None:
    """Namespace and name of the claim that a volume is kept for; None for any."""
    kept = dig(volume, "spec.claimRef")
    return (str(kept.get("namespace")), str(kept.get("name"))) if kept else None


def _size(volume: dict[str, Any]) -> Any:
    return amount(dig(volume, "spec.capacity.storage") or "0")


def _serves(volume: dict[str, Any], claim: Claim) -> bool:
    modes = dig(volume, "spec.accessModes") or ()
    block = dig(volume, "spec.volumeMode") == "Block"
    return not block and _size(volume) >= claim.size and set(claim.access_modes) <= set(modes)


def _by_driver(site: Site, name: str, provisioner: str) -> Verdict:
    """Volumes that a driver makes: it is there."""
    driver, since = _MIGRATED.get(provisioner, (provisioner, 0))
    on_nodes = {dig(item, "name") for node in site.items(_NODES) for item in dig(node, "spec.drivers") or ()}
    if driver in on_nodes:
        return passes(f"{driver}, which makes the volumes of StorageClass {name}, runs on the nodes")
    if driver in (item["metadata"]["name"] for item in site.items(_DRIVERS)):
        return warns(
            f"{driver}, which makes the volumes of StorageClass {name}, is installed and runs on no node.",
            "Look at the driver's pods, which every node needs: kubectl get csinodes",
        )
    if "csi" not in driver and driver == provisioner:
        return unchecked(f"{driver}, which makes the volumes of StorageClass {name}, does not tell whether it runs.")
    if since and _minor(site) < since:
        return unchecked(f"Whether this Kubernetes makes the volumes of {provisioner} itself is not told.")
    return fails(
        f"There is no driver {driver}, which makes the volumes of StorageClass {name}.",
        f"Install that driver, or {_OTHER_CLASS}",
    )


def _minor(site: Site) -> int:
    found = numbers(site.version["minor"].rstrip("+"))
    return found[0] if found else 0
