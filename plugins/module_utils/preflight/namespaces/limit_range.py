# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""LimitRanges: what they give to containers that say nothing, and what they refuse. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..pods.amounts import amount, amounts
from ..pods.pod_requests import requests_of
from ..pods.workloads import Claim, Workload

Items = Sequence[Mapping[str, Any]]

CONTAINER, POD, CLAIM = "Container", "Pod", "PersistentVolumeClaim"


def items_of(ranges: Iterable[Mapping[str, Any]], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The limits for a kind, each with the name of its LimitRange."""
    for item in ranges:
        for limits in (item.get("spec") or {}).get("limits") or ():
            if limits.get("type") == kind:
                yield str(item["metadata"]["name"]), limits


def with_defaults(spec: Mapping[str, Any], ranges: Items) -> dict[str, Any]:
    """A pod as the server stores it: requests and limits that its containers lack are filled in."""
    defaults = [limits for _name, limits in items_of(ranges, CONTAINER)]
    filled = {
        group: [_filled(container, defaults) for container in spec.get(group) or ()]
        for group in ("initContainers", "containers")
    }
    return {**spec, **filled}


def _filled(container: Mapping[str, Any], defaults: list[Mapping[str, Any]]) -> dict[str, Any]:
    limits, own = limits_in(container), requests_in(container)
    # A limit of one's own is a request, too; only then come the LimitRanges.
    requests = {**limits, **own}
    for given in defaults:
        limits = {**(given.get("default") or {}), **limits}
        requests = {**(given.get("defaultRequest") or {}), **requests}
    return {**container, "resources": {"requests": requests, "limits": limits}}


def limits_in(item: Mapping[str, Any]) -> dict[str, Any]:
    """Limits of a container or a pod."""
    return _without_nulls((item.get("resources") or {}).get("limits"))


def requests_in(item: Mapping[str, Any]) -> dict[str, Any]:
    """Requests of a container or a pod."""
    return _without_nulls((item.get("resources") or {}).get("requests"))


def _without_nulls(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if value is not None}


def limits_of(spec: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a pod may take at most, counted as its requests are."""
    groups = {
        group: [{**item, "resources": {"requests": limits_in(item)}} for item in spec.get(group) or ()]
        for group in ("initContainers", "containers")
    }
    return requests_of({**spec, **groups, "resources": {"requests": limits_in(spec)}})


def refusals(workload: Workload, ranges: Items) -> Iterator[str]:
    """Why the server would not take the pods of a workload, one phrase each."""
    spec = with_defaults(workload.spec, ranges)
    for container in (*spec["initContainers"], *spec["containers"]):
        requests, limits = amounts(requests_in(container)), amounts(limits_in(container))
        title = f"container {container.get('name')} of {workload.kind} {workload.name}"
        for resource in sorted(set(requests) & set(limits)):
            if requests[resource] > limits[resource]:
                # Its own would have been refused by the dry run of the Deployment; this one is the LimitRange's.
                asked, most = requests_in(container)[resource], limits_in(container)[resource]
                yield f"{title} asks for {resource} {asked}, above the default limit {most}"
        for name, given in items_of(ranges, CONTAINER):
            yield from (f"LimitRange {name}: {title} {why}" for why in _against(given, requests, limits))
    whole = requests_of(spec), limits_of(spec)
    for name, given in items_of(ranges, POD):
        yield from (
            f"LimitRange {name}: a pod of {workload.kind} {workload.name} {why}" for why in _against(given, *whole)
        )


def claim_refusals(claim: Claim, ranges: Items) -> Iterator[str]:
    """Why the server would not take a claim."""
    asked = {"storage": claim.size}
    for name, given in items_of(ranges, CLAIM):
        # Of claims the requests alone count.
        yield from (f"LimitRange {name}: claim {claim.name} {why}" for why in _against(given, asked, asked))


def _against(given: Mapping[str, Any], requests: Mapping[str, Decimal], limits: Mapping[str, Decimal]) -> Iterator[str]:
    """The server's own rules: what is bounded from below must be asked for, and what is from above must be limited.

    Of a pod, requests may be above limits: not all of its containers need have one.
    """
    for resource, least in (given.get("min") or {}).items():
        if resource not in requests:
            yield f"asks for no {resource}, and the minimum is {least}"
        elif min(requests[resource], limits.get(resource, requests[resource])) < amount(least):
            yield f"has less {resource} than the minimum {least}"
    for resource, most in (given.get("max") or {}).items():
        if resource not in limits:
            yield f"has no limit of {resource}, and the maximum is {most}"
        elif max(limits[resource], requests.get(resource, limits[resource])) > amount(most):
            yield f"has more {resource} than the maximum {most}"
    for resource, ratio in (given.get("maxLimitRequestRatio") or {}).items():
        asked, most = requests.get(resource), limits.get(resource)
        if not asked or not most:
            yield f"needs a request and a limit of {resource}, at most {ratio} times the request"
        elif most / asked > amount(ratio):
            yield f"has a limit of {resource} above {ratio} times its request"
