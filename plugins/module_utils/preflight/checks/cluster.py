# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the cluster itself and of the tools that reach it."""

from __future__ import annotations

from ...cluster.secrets import foreign_problems, read_secrets
from ...cluster.session import SYSTEM_NAMESPACE, WrongClusterError
from ...release.helm import helm_environment, version_of
from ..check import Verdict, check, fails, passes, warns
from ..site import Site
from ..thresholds import numbers

#: The newest major version of Helm that this collection was seen working with.
_KNOWN_HELM = 4


@check("cluster.version", "Kubernetes {kubernetes} or later", essential=True)
def version(site: Site) -> Verdict:
    """The API server is reached and new enough."""
    needed = site.want.version("kubernetes")
    there = site.version
    found = f"{there['major']}.{there['minor'].rstrip('+')}"
    # A patch level says nothing about what an API offers.
    if (numbers(found) or ()) >= needed[:2]:
        return passes(f"Kubernetes {there['gitVersion']}")
    return fails(
        f"The cluster runs Kubernetes {found}.",
        "Upgrade the cluster, choose another with popsink_kubeconfig and popsink_context, or lower "
        "popsink_required_kubernetes.",
    )


@check("cluster.identity", "the cluster that popsink_cluster_uid names", essential=True)
def identity(site: Site) -> Verdict:
    """It is the cluster that the inventory means, and not one that the same kubeconfig leads to as well."""
    pinned = str(site.auth.get("cluster_uid") or "")
    if not pinned:
        return passes("no cluster is pinned (popsink_cluster_uid)")
    try:
        # The session itself looks, before it asks anything.
        site.find(SYSTEM_NAMESPACE)
    except WrongClusterError as error:
        return fails(str(error), "")
    return passes(f"the cluster is {pinned}, as pinned")


@check("helm.version", "Helm {helm} or later", essential=True)
def helm_version(site: Site) -> Verdict:
    """Helm is there, new enough, and can be given the access to the cluster."""
    needed = site.want.version("helm")
    helm_environment(site.auth)
    found = version_of(site.want.helm)
    text = ".".join(str(number) for number in found)
    if found < needed:
        return fails(f"Helm is {text}.", "Install a later Helm, or give its path in popsink_helm.")
    if found[0] > _KNOWN_HELM:
        return warns(f"Helm is {text}, which nobody has tried yet.", f"Give a Helm {_KNOWN_HELM} in popsink_helm.")
    return passes(f"Helm {text}")


@check("cluster.secrets", "Secrets that somebody else looks after, complete and fit", essential=True)
def secrets(site: Site) -> Verdict:
    """The Secrets that somebody else looks after are there, with the keys that are read and values that are fit."""
    want = site.want
    live = read_secrets(site.cluster, want.namespace, [secret.name for secret in want.foreign])
    wrong = [problem for spec in want.foreign for problem in foreign_problems(spec, live.get(spec.name))]
    if wrong:
        return fails(
            f"In namespace {want.namespace}: {'; '.join(wrong)}.", "Mend it where it is made, or name the right one."
        )
    return passes(f"Secrets that somebody else looks after: {len(want.foreign)}, all fit")
