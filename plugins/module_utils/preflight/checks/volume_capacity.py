# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of whether the storage has room for the volumes, where it tells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..check import Verdict, check, fails, passes, unchecked, warns
from ..pods.amounts import amount, in_bytes
from ..pods.claims import each_class
from ..pods.workloads import Claim
from ..site import Site

#: What a driver says is left, of a class in a part of the cluster. Kubernetes 1.23 has it elsewhere: not reported then.
_CAPACITIES = "/apis/storage.k8s.io/v1/csistoragecapacities"


@check("volumes.capacity", "{storage} of storage, and room for each volume", ahead=True)
def capacity(site: Site) -> Verdict:
    """The storage reports room for each new volume, and for what a data plane needs in all."""
    needed = site.want.quantity("storage")

    def judge(name: str, _storage_class: dict[str, Any] | None, claims: list[Claim]) -> Verdict:
        reported = [item for item in site.items(_CAPACITIES) if name and item.get("storageClassName") == name]
        if not reported:
            return unchecked(f"The storage of {_class(name)} does not report how much is left.")
        largest = max(_largest_volume(item) for item in reported)
        if too_large := [claim for claim in claims if claim.size > largest]:
            asked = ", ".join(f"{claim.name} ({in_bytes(claim.size)})" for claim in too_large)
            return fails(
                f"The largest volume that {_class(name)} can make is {in_bytes(largest)}: too small for {asked}.",
                "Free or add storage, lower popsink_database_storage_size, or name another StorageClass in "
                "popsink_database_storage_class.",
            )
        left = sum((amount(item.get("capacity") or "0") for item in reported), Decimal(0))
        if left < needed:
            return warns(
                f"{_class(name)} has {in_bytes(left)} left.",
                "Add storage; for an evaluation lower popsink_required_storage.",
            )
        return passes(f"{_class(name)} has {in_bytes(left)} left, and room for each volume")

    return each_class(site, judge)


def _class(name: str) -> str:
    return f"StorageClass {name}" if name else "volumes without a class"


def _largest_volume(item: dict[str, Any]) -> Decimal:
    """In one part of the cluster, as the scheduler sees it."""
    return amount(item.get("maximumVolumeSize") or item.get("capacity") or "0")
