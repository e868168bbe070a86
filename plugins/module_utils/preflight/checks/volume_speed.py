# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of what the volumes are kept on: a solid-state disk, or one that turns."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..check import Verdict, check, passes, unchecked, warns
from ..pods.claims import each_class
from ..pods.workloads import Claim
from ..site import Site


@dataclass(frozen=True)
class Disks:
    """What a provisioner's parameter says about the disk.

    :ivar parameters: names of the StorageClass' parameter, in lower case; none where all disks are the same.
    :ivar solid: values that stand for a solid-state disk, in lower case, with ``*``.
    :ivar turning: values that stand for a hard disk.
    :ivar default: what holds where the parameter is not set; empty for what is not known.
    """

    provisioners: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    solid: tuple[str, ...] = ()
    turning: tuple[str, ...] = ()
    default: str = ""


#: Source: the drivers' own documentation of their parameters.
DISKS = (
    Disks(("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"), ("type",),
          ("gp2", "gp3", "io1", "io2"), ("st1", "sc1", "standard", "sbp1", "sbg1"), "gp3"),
    Disks(("pd.csi.storage.gke.io", "kubernetes.io/gce-pd"), ("type",),
          ("pd-ssd", "pd-balanced", "pd-extreme", "hyperdisk-balanced*", "hyperdisk-extreme"), ("pd-standard",),
          "pd-standard"),
    Disks(("disk.csi.azure.com",), ("skuname", "storageaccounttype"), ("premium*", "standardssd_*", "ultrassd_*"),
          ("standard_lrs",), "standardssd_lrs"),
    Disks(("kubernetes.io/azure-disk",), ("skuname", "storageaccounttype"),
          ("premium*", "standardssd_*", "ultrassd_*"), ("standard_lrs",)),
    Disks(("dobs.csi.digitalocean.com", "csi.hetzner.cloud"), solid=("",)),
)  # fmt: skip


@check("volumes.speed", "volumes on solid-state disks", ahead=True)
def speed(site: Site) -> Verdict:
    """No volume is made on a hard disk, as far as its StorageClass tells."""
    return each_class(site, _judged)


def _judged(name: str, storage_class: dict[str, Any] | None, _claims: list[Claim]) -> Verdict:
    solid, reason = disk_of(storage_class or {})
    of_class = f"StorageClass {name}" if name else "No StorageClass"
    if solid is None:
        return unchecked(f"{of_class}: nothing tells what its volumes are kept on.")
    if solid:
        return passes(f"{of_class} has solid-state disks ({reason})")
    return warns(
        f"{of_class} has hard disks ({reason}).",
        "Name a StorageClass with solid-state disks in popsink_database_storage_class: later the data would have to be "
        "moved.",
    )


def disk_of(storage_class: dict[str, Any]) -> tuple[bool | None, str]:
    """Whether a class makes volumes on solid-state disks, None where nothing tells; and what tells so."""
    provisioner = str(storage_class.get("provisioner"))
    disks = next((row for row in DISKS if provisioner in row.provisioners), Disks(()))
    given = {str(key).lower(): str(value) for key, value in (storage_class.get("parameters") or {}).items()}
    value = next((given[key] for key in disks.parameters if given.get(key)), "")
    counts = value.lower() or disks.default
    reason = value or f"as {provisioner} does by itself"
    if any(fnmatchcase(counts, pattern) for pattern in disks.solid):
        return True, reason
    return (False if counts in disks.turning else None), reason
