"""LimitRanges; the rows agree with what a real API server said to such pods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.namespaces.limit_range import (
    claim_refusals,
    refusals,
    with_defaults,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.preflight.pods.workloads import Claim, Workload


def workload(requests: dict[str, str] | None = None, limits: dict[str, str] | None = None, copies: int = 1) -> Workload:
    container = {"name": "one", "resources": {"requests": requests or {}, "limits": limits}}
    return Workload("Deployment", "app", "popsink", "app", 1, {}, {"containers": [container] * copies})


#: Asks for 4 CPUs, and is limited to 1 as far as it is limited.
MIXED = Workload(
    "Deployment", "app", "popsink", "app", 1, {},
    {"containers": [{"name": "free", "resources": {"requests": {"cpu": "3"}}},
                    {"name": "bound", "resources": {"limits": {"cpu": "1"}}}]},
)  # fmt: skip


def limit(kind: str = "Container", **limits: Any) -> list[dict[str, Any]]:
    return [{"metadata": {"name": "bounds"}, "spec": {"limits": [{"type": kind, **limits}]}}]


@pytest.mark.parametrize(
    ("planned", "ranges", "words"),
    [
        (workload(), [], ""),
        (workload({"cpu": "1"}), limit(min={"cpu": "500m"}), ""),
        (workload({"cpu": "100m"}), limit(min={"cpu": "500m"}), "has less cpu than the minimum 500m"),
        (workload(), limit(min={"cpu": "500m"}), "asks for no cpu, and the minimum is 500m"),
        (workload({"cpu": "1"}, {"cpu": "2"}), limit(max={"cpu": "1"}), "has more cpu than the maximum 1"),
        (workload({"cpu": "1"}), limit(max={"cpu": "1"}), "has no limit of cpu, and the maximum is 1"),
        (workload({"cpu": "1"}), limit(max={"cpu": "1"}, default={"cpu": "1"}), ""),
        (workload(), limit(min={"cpu": "1"}, defaultRequest={"cpu": "1"}), ""),
        (workload({"cpu": "2"}), limit(default={"cpu": "1"}), "asks for cpu 2, above the default limit 1"),
        (workload({"cpu": "1"}, {"cpu": "3"}), limit(maxLimitRequestRatio={"cpu": "2"}), "above 2 times its request"),
        (workload({"cpu": "1"}, {"cpu": "2"}), limit(maxLimitRequestRatio={"cpu": "2"}), ""),
        (workload({"cpu": "1"}), limit(maxLimitRequestRatio={"cpu": "2"}), "needs a request and a limit of cpu"),
        (workload({}, {"memory": "1Gi"}, 2), limit("Pod", max={"memory": "2Gi"}), ""),
        (
            workload({}, {"memory": "1Gi"}, 3),
            limit("Pod", max={"memory": "2Gi"}),
            "has more memory than the maximum 2Gi",
        ),
        (MIXED, limit("Pod", max={"cpu": "2"}), "has more cpu than the maximum 2"),
        (MIXED, limit("Pod", min={"cpu": "2"}), "has less cpu than the minimum 2"),
        (workload({"cpu": "1"}), limit("PersistentVolumeClaim", max={"cpu": "0"}), ""),
    ],
)
def test_refusals(planned: Workload, ranges: list[dict[str, Any]], words: str) -> None:
    found = "; ".join(refusals(planned, ranges))
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(
    ("resources", "requests", "limits"),
    [
        ({}, {"cpu": "1", "memory": "2Gi"}, {"cpu": "2"}),
        ({"requests": {"cpu": "3"}}, {"cpu": "3", "memory": "2Gi"}, {"cpu": "2"}),
        # A limit of its own is its request, before a default could be.
        ({"limits": {"cpu": "4", "memory": "4Gi"}}, {"cpu": "4", "memory": "4Gi"}, {"cpu": "4", "memory": "4Gi"}),
    ],
)
def test_defaults(resources: dict[str, Any], requests: dict[str, str], limits: dict[str, str]) -> None:
    ranges = limit(default={"cpu": "2"}, defaultRequest={"cpu": "1", "memory": "2Gi"})
    (filled,) = with_defaults({"containers": [{"name": "one", "resources": resources}]}, ranges)["containers"]
    assert filled["resources"] == {"requests": requests, "limits": limits}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"min": {"storage": "1Gi"}, "max": {"storage": "50Gi"}}, ""),
        ({"max": {"storage": "10Gi"}}, "claim data-0 has more storage than the maximum 10Gi"),
        ({"min": {"storage": "100Gi"}}, "claim data-0 has less storage than the minimum 100Gi"),
    ],
)
def test_claims(limits: dict[str, Any], words: str) -> None:
    claim = Claim("data-0", "app", Decimal(50 * 1024**3), None)
    assert words in "".join(found := list(claim_refusals(claim, limit("PersistentVolumeClaim", **limits))))
    assert bool(words) == bool(found)
