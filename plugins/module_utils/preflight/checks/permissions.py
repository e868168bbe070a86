# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what the account may do with which everything is rolled out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from ...cluster.session import Cluster, together
from ...errors import PopsinkError
from ..check import Verdict, check, fails, passes, unchecked
from ..namespaces.rights import Grant, Right, grants, rights
from ..site import Site

_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@check("access.permissions", "an account that may do what the rollout does", ahead=True)
def permissions(site: Site) -> Verdict:
    """The account of the kubeconfig may do everything that the steps, and Helm, do at the API."""
    space = site.want.namespace
    if may(site.cluster, Right("*", "*", "*")):
        return passes("the account may do everything in the whole cluster")
    needed, granted = rights(site), grants(site)
    if may(site.cluster, Right("*", "*", "*", space)):
        needed = [right for right in needed if not right.namespace]
        granted = [grant for grant in granted if not grant.any.namespace]
    held = _answers(site.cluster, [*needed, *(grant.any for grant in granted)])
    lacking = [right for right in needed if not held[right]]
    asked = [grant for grant in granted if not held[grant.any]]
    held |= _answers(site.cluster, {right for grant in asked for right in grant.rights} - held.keys())
    ungrantable = _ungrantable(asked, held)
    if lacking or ungrantable:
        return fails(
            f"The account may not: {'; '.join([*_grouped(lacking), *ungrantable])}.",
            f"Have a Role in namespace {space} with these (a ClusterRole for the whole cluster) bound to the account "
            f"of popsink_kubeconfig. What it has: kubectl auth can-i --list --namespace {space}",
        )
    if unread := [f"{grant.title} ({grant.unread})" for grant in asked if grant.unread]:
        return unchecked(f"What these hold, and the account must, is not known: {'; '.join(unread)}.")
    if not held:
        return passes("the account may do everything in the namespace, and no more is needed")
    return passes(f"the account may do all that the rollout does ({len(held)} rights)")


def may(cluster: Cluster, right: Right) -> bool:
    """Whether this account has a right.

    :raises PopsinkError: the API does not tell.
    """
    answer = cluster.request("POST", _REVIEW, body=right.review())
    status = answer.get("status") if isinstance(answer, Mapping) else None
    if not isinstance(status, Mapping) or not isinstance(status.get("allowed"), bool):
        raise PopsinkError("The API does not tell what the account may do.")
    return bool(status["allowed"])


def _answers(cluster: Cluster, asked: Iterable[Right]) -> dict[Right, bool]:
    wanted = list(dict.fromkeys(asked))
    return dict(zip(wanted, together(*(partial(may, cluster, right) for right in wanted)), strict=True))


def _ungrantable(asked: Iterable[Grant], held: Mapping[Right, bool]) -> list[str]:
    """What keeps Roles and bindings from being made, each reason once."""
    reasons: dict[str, list[Grant]] = {}
    for grant in asked:
        if lacking := [right for right in grant.rights if not held[right]]:
            reasons.setdefault("; ".join(_grouped(lacking)), []).append(grant)
    return [
        f"make {' and '.join(grant.title for grant in grants)} without having itself ({lacking}), or the verb "
        f"{' and '.join(dict.fromkeys(grant.any.verb for grant in grants))}"
        for lacking, grants in reasons.items()
    ]


def _grouped(lacking: Iterable[Right]) -> list[str]:
    verbs: dict[str, list[str]] = {}
    for right in lacking:
        verbs.setdefault(right.title, []).append(right.verb)
    return [f"{title}: {', '.join(names)}" for title, names in verbs.items()]
