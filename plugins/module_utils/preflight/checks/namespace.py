# Copyright: (c) 2026, Popsink
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the rules that the namespace has for what runs in it: quotas, limits, security, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ...cluster.quantity import quantity
from ..check import Verdict, check, fails, passes, unchecked, warns
from ..namespaces.accounts import lacking_tokens
from ..namespaces.limit_range import claim_refusals, refusals, with_defaults
from ..namespaces.pod_security import BASELINE, PRIVILEGED, RESTRICTED, broken_rules
from ..namespaces.quota import INDIRECT, Added, added, hard_of, is_scoped, unnamed
from ..namespaces.uid_range import fixed_ids, ranges_of
from ..pods.amounts import in_bytes
from ..pods.workloads import Workload, planned
from ..site import Site

_ENFORCE = "pod-security.kubernetes.io/enforce"
_WARN = "pod-security.kubernetes.io/warn"
_UIDS = "openshift.io/sa.scc.uid-range"
_GROUPS = "openshift.io/sa.scc.supplemental-groups"


@check("namespace.state", "a namespace that is not being deleted")
def state(site: Site) -> Verdict:
    """Nothing can be made in a namespace that is being deleted."""
    there = site.namespace
    if there is None:
        return passes("the namespace is not there yet")
    if (there.get("status") or {}).get("phase") == "Terminating" or there["metadata"].get("deletionTimestamp"):
        return fails(
            f"Namespace {site.want.namespace} is being deleted.",
            "Wait until it is gone, and see what holds it up: "
            f"kubectl get namespace {site.want.namespace} --output yaml",
        )
    return passes("the namespace is there")


@check("namespace.quota", "room in the namespace's ResourceQuotas", ahead=True)
def quota(site: Site) -> Verdict:
    """What the release adds fits, and its containers name what the quotas demand."""
    if site.namespace is None:
        return passes("the namespace is not there yet, and has no quota")
    quotas = site.in_namespace("resourcequotas")
    if not quotas:
        return passes("the namespace has no ResourceQuota")
    plan, ranges = planned(site), site.in_namespace("limitranges")
    judged = [item for item in quotas if not is_scoped(item)]
    more = added(site, plan, ranges, {name for item in judged for name in hard_of(item)})
    wrong: list[str] = []
    tight: list[str] = []
    unknown = [f"{_name(item)} (has scopes)" for item in quotas if is_scoped(item)]
    for item in judged:
        wrong += [*_exceeded(item, more.lasting), *_undemanded(item, plan.workloads, ranges)]
        tight += _exceeded(item, _sum(more))
        unknown += _uncounted(item)
    if wrong:
        return fails(
            f"In namespace {site.want.namespace}: {'; '.join(wrong)}.",
            "Have the quota raised, or ask for less: popsink_size, popsink_replicas, popsink_broker_replicas, or "
            "resources in popsink_components. Where containers name nothing, set their resources there, or have a "
            "LimitRange give defaults, which connector workers get as well.",
        )
    if tight:
        return warns(
            f"While pods are replaced, the one that starts first does not fit: {'; '.join(tight)}.",
            "Have the quota raised, or the update waits.",
        )
    if unknown:
        return unchecked(f"Not looked at: ResourceQuota {', '.join(unknown)}.")
    return passes(f"it fits into {', '.join(map(_name, quotas))}; connector workers come on top")


def _exceeded(item: Mapping[str, Any], more: Mapping[str, Decimal]) -> Iterator[str]:
    used = (item.get("status") or {}).get("used") or {}
    found = []
    for name, allowed in hard_of(item).items():
        new, now, most = more.get(name, Decimal(0)), quantity(used.get(name)), quantity(allowed)
        if new > 0 and now is not None and most is not None and now + new > most:
            found.append(f"{name} {allowed} ({used[name]} used, {_text(name, new)} more needed)")
    if found:
        yield f"ResourceQuota {_name(item)} allows {', '.join(found)}"


def _undemanded(item: Mapping[str, Any], workloads: tuple[Workload, ...], ranges: list[Any]) -> Iterator[str]:
    found = [
        f"{workload.component}: {text}"
        for workload in workloads
        for text in unnamed(item, with_defaults(workload.spec, ranges))
    ]
    if found:
        yield f"ResourceQuota {_name(item)} demands of every container what these do not name: {', '.join(found)}"


def _uncounted(item: Mapping[str, Any]) -> Iterator[str]:
    used = (item.get("status") or {}).get("used") or {}
    for name, allowed in hard_of(item).items():
        if name in INDIRECT:
            yield f"{_name(item)} ({name} is made by controllers)"
        elif quantity(used.get(name)) is None or quantity(allowed) is None:
            yield f"{_name(item)} (what is used of {name} is not told)"


def _sum(more: Added) -> dict[str, Decimal]:
    zero = Decimal(0)
    return {name: value + more.lasting.get(name, zero) for name, value in more.passing.items()}


def _text(name: str, value: Decimal) -> str:
    return in_bytes(value) if "memory" in name or "storage" in name else f"{value.normalize():f}"


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])


@check("namespace.limit_range", "resources within the namespace's LimitRanges", ahead=True)
def limit_range(site: Site) -> Verdict:
    """The server takes the pods and claims as far as LimitRanges are concerned."""
    if site.namespace is None:
        return passes("the namespace is not there yet, and has no LimitRange")
    ranges = site.in_namespace("limitranges")
    if not ranges:
        return passes("the namespace has no LimitRange")
    plan, there = planned(site), {_name(item) for item in site.in_namespace("persistentvolumeclaims")}
    wrong = [text for workload in plan.workloads for text in refusals(workload, ranges)]
    wrong += [text for claim in plan.claims if claim.name not in there for text in claim_refusals(claim, ranges)]
    if wrong:
        return fails(
            f"In namespace {site.want.namespace}: {'; '.join(wrong)}.",
            "Set resources within it in popsink_values (popsink_database_storage_size for the volume), or have the "
            "LimitRange changed.",
        )
    return passes(f"within {', '.join(map(_name, ranges))}")


@check("namespace.pod_security", "pods that the namespace's Pod Security level takes", ahead=True)
def pod_security(site: Site) -> Verdict:
    """The namespace's level takes the pods: the server would take Deployments, and refuse their pods."""
    if site.namespace is None:
        return passes("the namespace is not there yet, and enforces no level of Pod Security")
    labels = site.namespace["metadata"].get("labels") or {}
    enforced, warned = str(labels.get(_ENFORCE) or PRIVILEGED), str(labels.get(_WARN) or PRIVILEGED)
    if {enforced, warned} == {PRIVILEGED}:
        return passes("the namespace enforces no level of Pod Security")
    if strange := {enforced, warned} - {PRIVILEGED, BASELINE, RESTRICTED}:
        return unchecked(
            f"The namespace has a level of Pod Security that is not known here: {', '.join(sorted(strange))}."
        )
    workloads = planned(site).workloads
    remedy = (
        "Set what is missing in popsink_values (securityContext, podSecurityContext: the chart's values.yaml has their "
        f"names), or lower the level: kubectl label namespace {site.want.namespace} --overwrite "
    )
    if wrong := _breaches(enforced, workloads):
        return fails(
            f"Namespace {site.want.namespace} enforces {enforced}, and refuses pods without: {wrong}.",
            f"{remedy}{_ENFORCE}={PRIVILEGED if _breaches(BASELINE, workloads) else BASELINE}",
        )
    if wrong := _breaches(warned, workloads):
        return warns(
            f"Namespace {site.want.namespace} warns of pods below {warned}: {wrong}.",
            f"{remedy}{_WARN}={PRIVILEGED if _breaches(BASELINE, workloads) else BASELINE}",
        )
    return passes(f"the namespace enforces {enforced}, and its planned pods keep to it")


def _breaches(level: str, workloads: tuple[Workload, ...]) -> str:
    """What is broken, with the components that do."""
    found: dict[str, list[str]] = {}
    for workload in workloads:
        for words in broken_rules(level, workload.spec):
            found.setdefault(words, []).append(workload.component)
    return "; ".join(f"{words} ({', '.join(dict.fromkeys(names))})" for words, names in found.items())


@check("namespace.service_accounts", "ServiceAccounts that are there, and give pods the token they need", ahead=True)
def service_accounts(site: Site) -> Verdict:
    """The ServiceAccounts of the pods are there, and who asks the Kubernetes API has a token for it."""
    missing, tokenless = lacking_tokens(site, planned(site).workloads)
    wrong = [
        *(f"ServiceAccount {name}, which pods of {who} name, does not exist" for name, who in missing.items()),
        *(f"pods of {who} ask the Kubernetes API, and get no token: {why}" for who, why in tokenless.items()),
    ]
    if wrong:
        return fails(
            f"In namespace {site.want.namespace}: {'; '.join(wrong)}.",
            "Make the ServiceAccount, or name another in popsink_values (serviceAccount); for the data plane let "
            "automountServiceAccountToken be true.",
        )
    return passes("the ServiceAccounts are there or come with the release, and give the tokens that are needed")


@check("namespace.scc", "users and groups that OpenShift lets pods run as", ahead=True)
def scc(site: Site) -> Verdict:
    """On OpenShift, pods run as users and groups that the namespace may use."""
    if not site.is_openshift:
        return passes("not an OpenShift cluster")
    annotations = ((site.namespace or {}).get("metadata") or {}).get("annotations") or {}
    users = annotations.get(_UIDS)
    groups = annotations.get(_GROUPS) or users
    wrong, accounts = [], set()
    for workload in planned(site).workloads:
        texts = fixed_ids(workload.spec, ranges_of(users), ranges_of(groups))
        wrong += [f"{workload.component}: {text}" for text in texts]
        accounts |= {workload.service_account} if texts else set()
    if not wrong:
        return passes("no pod runs as a user or group outside of the namespace's range")
    grants = "; ".join(
        f"oc adm policy add-scc-to-user nonroot-v2 -z {name} -n {site.want.namespace}" for name in sorted(accounts)
    )
    return warns(
        f"Outside of the range that OpenShift gave namespace {site.want.namespace} ({users or 'none yet'}): "
        f"{'; '.join(wrong)}. Its SCC restricted-v2 refuses such pods.",
        f"Unset them with null in popsink_values, or grant another SCC: {grants}",
    )
