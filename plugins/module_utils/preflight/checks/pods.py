# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what pods refer to that only shows when they are to start, or never."""

from __future__ import annotations

from ...tree import dig
from ..check import Verdict, check, fails, passes, warns
from ..classes import names_of
from ..pods.workloads import planned
from ..site import Site

_CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
_METRICS = "/apis/metrics.k8s.io/v1beta1"


@check("pods.priority_class", "the PriorityClasses of the pods", ahead=True)
def priority_class(site: Site) -> Verdict:
    """The PriorityClasses that pods name are there: without them no pod is made, and only events say so."""
    named = {str(name) for workload in planned(site).workloads if (name := workload.spec.get("priorityClassName"))}
    if not named:
        return passes("no pod names one")
    there = names_of(site.items(_CLASSES))
    if missing := sorted(named - set(there)):
        return fails(
            f"There is no PriorityClass {', '.join(missing)} (there is: {', '.join(there) or 'none'}).",
            "Make it, or name one of these in popsink_priority_class, or in priority_class of popsink_components.",
        )
    return passes(f"PriorityClass {', '.join(sorted(named))} is there")


@check("pods.metrics", "metrics of the pods, where an autoscaler follows them", ahead=True)
def metrics(site: Site) -> Verdict:
    """The metrics API is there for a HorizontalPodAutoscaler: without it replicas stay at the fewest."""
    following = [
        str(item["metadata"]["name"])
        for item in site.objects
        if item.get("kind") == "HorizontalPodAutoscaler"
        and any(metric.get("type") == "Resource" for metric in dig(item, "spec.metrics") or ())
    ]
    if not following:
        return passes("no autoscaler follows any")
    if site.find(_METRICS) is None:
        return warns(
            f"The cluster has no metrics API, so that autoscaler {', '.join(following)} never adds a pod.",
            "Install metrics-server, or remove popsink_hpa_enabled.",
        )
    return passes("the metrics API is there")
