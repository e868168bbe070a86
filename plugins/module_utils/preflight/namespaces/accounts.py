# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ServiceAccounts of the planned pods: whether they are there, and whether pods get the token that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...tree import dig
from ..pods.workloads import Workload
from ..site import Site

_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_AUTOMOUNT = "automountServiceAccountToken"

#: The component that asks the Kubernetes API, whoever grants it the rights. Source: docs/chart.md.
_ASKING = "data-plane"


def lacking_tokens(site: Site, workloads: tuple[Workload, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Accounts that are missing, with the component that names them; components without a token, with the reason.

    An account that the release brings itself is not looked up.
    """
    brought = {item["metadata"]["name"]: item for item in site.objects if item["kind"] == "ServiceAccount"}
    bound = set(_bound(site))
    missing: dict[str, str] = {}
    tokenless: dict[str, str] = {}
    for workload in workloads:
        name = workload.service_account
        needs = workload.component == _ASKING or name in bound
        if not needs and name in (*brought, "default"):
            # Every namespace has one of that name, and nobody here needs its token.
            continue
        account = brought.get(name) or site.find(f"/api/v1/namespaces/{site.want.namespace}/serviceaccounts/{name}")
        if account is None and (name != "default" or site.namespace is not None):
            missing[name] = workload.component
        elif needs and (why := _no_token(workload, account or {})):
            tokenless[workload.component] = why
    return missing, tokenless


def _bound(site: Site) -> Iterator[str]:
    """Accounts that the release binds to Roles: they need a token."""
    for item in site.objects:
        if item["kind"] in _BINDINGS:
            for subject in item.get("subjects") or ():
                near = (subject.get("namespace") or site.want.namespace) == site.want.namespace
                if subject.get("kind") == "ServiceAccount" and near:
                    yield str(subject.get("name"))


def _no_token(workload: Workload, account: Mapping[str, Any]) -> str:
    """Why its pods get none; empty where they do."""
    if _mounts_token(workload):
        return ""
    own = workload.spec.get(_AUTOMOUNT)
    if own is False:
        return f"{_AUTOMOUNT} of {workload.kind} {workload.name} is false"
    if own is None and account.get(_AUTOMOUNT) is False:
        return f"{_AUTOMOUNT} of ServiceAccount {workload.service_account} is false"
    return ""


def _mounts_token(workload: Workload) -> bool:
    """Whether its pods have a token as a volume of their own, which some prefer."""
    return any(
        source.get("serviceAccountToken") is not None
        for volume in workload.spec.get("volumes") or ()
        for source in dig(volume, "projected.sources") or ()
    )
